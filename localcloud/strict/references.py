"""Refuse references to what a template does not have."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_PSEUDO = {
    f"AWS::{name}"
    for name in (
        "AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName",
        "URLSuffix",
    )
}  # fmt: skip


def check(template: Mapping[str, Any]) -> None:
    """Refuse unresolved Ref, Fn::GetAtt, Fn::Sub, DependsOn and Condition (ValueError)."""
    resources = template.get("Resources") or {}
    parameters = template.get("Parameters") or {}
    conditions = template.get("Conditions") or {}
    known = {*resources, *parameters, *_PSEUDO}
    for section in ("Resources", "Outputs"):
        body = template.get(section) or {}
        missing = sorted({name for name in _referred(body) if name not in known})
        if missing:
            raise ValueError(
                f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
                f"in the {section} block of the template"
            )
    for name in _dependencies(resources):
        if name not in resources:
            raise ValueError(
                f"Template format error: Unresolved resource dependencies [{name}] in the "
                "Resources block of the template"
            )
    for name in _conditions_named(template):
        if name not in conditions:
            raise ValueError(
                f"Template format error: Unresolved condition dependency {name} in the "
                "Conditions block of the template"
            )
    for name in _referred(conditions):
        if name not in {*parameters, *_PSEUDO}:
            raise ValueError(
                f"Template format error: Unresolved dependencies [{name}]. Cannot reference "
                "resources in the Conditions block of the template"
            )


def _referred(node: Any) -> Iterator[str]:
    """Yield the names of resources and parameters that a value refers to."""
    if isinstance(node, list):
        for one in node:
            yield from _referred(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                target = value.split(".")[0] if isinstance(value, str) else value[0]
                if isinstance(target, str):
                    yield target
            elif key == "Fn::Sub":
                yield from _substituted(value)
            else:
                yield from _referred(value)


def _substituted(value: Any) -> Iterator[str]:
    text, own = (value, {}) if isinstance(value, str) else (value[0], value[1])
    for variable in _VARIABLE.findall(text):
        name = variable.strip()
        if name not in own:
            yield name.split(".")[0]
    yield from _referred(own)


def _dependencies(resources: Mapping[str, Any]) -> Iterator[str]:
    for resource in resources.values():
        wanted = resource.get("DependsOn", []) if isinstance(resource, dict) else []
        yield from wanted if isinstance(wanted, list) else [str(wanted)]


def _conditions_named(template: Mapping[str, Any]) -> Iterator[str]:
    for section in ("Resources", "Outputs"):
        for one in (template.get(section) or {}).values():
            if isinstance(one, dict) and isinstance(one.get("Condition"), str):
                yield one["Condition"]
    yield from _ifs({key: template.get(key) for key in ("Resources", "Outputs")})


def _ifs(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _ifs(one)
    elif isinstance(node, dict):
        choice = node.get("Fn::If")
        if isinstance(choice, list) and choice and isinstance(choice[0], str):
            yield choice[0]
        for one in node.values():
            yield from _ifs(one)
