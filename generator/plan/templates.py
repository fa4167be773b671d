"""Read a template, YAML or JSON, into plain data: every function in its long form."""

from __future__ import annotations

from typing import Any

import yaml

from generator.errors import GenError, Problem

_BOOLEAN = "tag:yaml.org,2002:bool"
_TRUE = {"true", "yes", "on", "y"}
_PLAIN_NAMES = {"!Ref": "Ref", "!Condition": "Condition"}


def read_template(text: str) -> dict[str, Any]:
    """Read a template; raises GenError when it is none.

    Every scalar is text, since CloudFormation takes `256` and `"256"` for the same.
    """
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise GenError(Problem(f"not a template: {error}")) from None
    data = _plain(root) if root is not None else {}
    if not isinstance(data, dict):
        raise GenError(Problem("not a template: it has no sections"))
    return data


def section(template: dict[str, Any], name: str) -> dict[str, Any]:
    """Give a section's entries; none when the template does not have it."""
    found = template.get(name)
    return found if isinstance(found, dict) else {}


def _plain(node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.MappingNode):
        value = {str(key.value): _plain(each) for key, each in node.value}
        if (path := value.get("Fn::GetAtt")) and isinstance(path, str):
            value["Fn::GetAtt"] = path.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = [_plain(each) for each in node.value]
    elif node.tag == _BOOLEAN:
        value = "true" if str(node.value).lower() in _TRUE else "false"
    else:
        value = str(node.value)
    if not node.tag.startswith("!"):
        return value
    name = _PLAIN_NAMES.get(node.tag, f"Fn::{node.tag[1:]}")
    if name == "Fn::GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}
