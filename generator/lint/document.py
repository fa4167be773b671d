"""YAML or JSON that is no template: plain values, and the line where each of them is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import yaml

Path = tuple[str | int, ...]
LARGEST = 100_000
"""Values that are read at most: aliases of aliases grow without end."""


@dataclass(frozen=True)
class Document:
    """A file's values, every scalar as its text: `3.10` stays `3.10`."""

    value: Any
    """Mappings, lists and texts; None for what is empty. Tagged (`!Ref X`): `{"!Ref": "X"}`."""
    places: dict[Path, yaml.Node]
    keys: dict[Path, yaml.Node]
    """The names that values of mappings stand under."""

    def at(self, path: Path) -> tuple[int, int]:
        """Give line and column, from 1, of what stands at a path, or of what it is absent from.

        What has a name is where the name is, as in cfn-lint.
        """
        while path and path not in self.places:
            path = path[:-1]
        node = self.keys.get(path, self.places.get(path))
        return (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)

    def at_line(self, path: Path, line: int) -> tuple[int, int]:
        """Give the place of a line, from 0, of a text; its first one's when it is in one line."""
        node = self.places.get(path)
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            return node.start_mark.line + 2 + line, 1
        return self.at(path)

    def as_template(self) -> Any:
        """Give the values with the long names of functions: `{"!Sub": …}` as `{"Fn::Sub": …}`."""
        return _with_long_names(self.value)

    @cached_property
    def tags(self) -> list[tuple[Path, str]]:
        """List what has a tag of its own, as `!Ref`, in order."""
        return [
            (path, node.tag)
            for path, node in self.places.items()
            if node.tag.startswith("!") and len(node.tag) > 1
        ]


@lru_cache(maxsize=64)
def read(text: str) -> Document | None:
    """Read a file; None when it is neither YAML nor JSON."""
    places: dict[Path, yaml.Node] = {}
    keys: dict[Path, yaml.Node] = {}
    try:
        root = yaml.compose(str(text), Loader=yaml.CSafeLoader)
        return Document(_value(root, (), places, keys), places, keys)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _value(
    node: yaml.Node | None,
    path: Path,
    places: dict[Path, yaml.Node],
    keys: dict[Path, yaml.Node],
) -> Any:
    value: Any = None
    if node is None:
        return None
    if len(places) > LARGEST:
        raise ValueError("too many values")
    places[path] = node
    if isinstance(node, yaml.MappingNode):
        value = {}
        for key, child in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            keys[(*path, name)] = key
            value[name] = _value(child, (*path, name), places, keys)
    elif isinstance(node, yaml.SequenceNode):
        value = [_value(child, (*path, n), places, keys) for n, child in enumerate(node.value)]
    elif node.tag != "tag:yaml.org,2002:null":
        value = str(node.value)
    return {node.tag: value} if node.tag.startswith("!") and len(node.tag) > 1 else value


def _with_long_names(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_long_names(each) for each in value]
    if isinstance(value, dict):
        return {_long_name(name): _with_long_names(each) for name, each in value.items()}
    return value


def _long_name(name: str) -> str:
    if not name.startswith("!"):
        return name
    return name[1:] if name in ("!Ref", "!Condition") else f"Fn::{name[1:]}"
