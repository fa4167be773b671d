"""What a release would change, told to the person who approves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from generator.config import logical_id
from generator.releases.record import Record


def changes(
    new: Record, new_template: str, old: Record | None = None, old_template: str = ""
) -> str:
    """Compare a release with the last good one, function by function and resource by resource.

    Values of parameters that the template keeps secret (NoEcho) are never shown.
    """
    lines = [f"Release {new.release} of {new.project}-{new.environment}", f"  {_origin(new)}"]
    if old is None:
        lines.append("Compared with nothing: no release was good before")
    else:
        lines += [f"Compared with {old.release}, the last good one", f"  {_origin(old)}"]
    parts = {
        "Functions": _functions(new, old),
        "Parameters": _parameters(new, new_template, old, old_template),
        "Resources": _resources(new_template, old_template),
        "Tags": _values(new.tags, old.tags if old else {}),
    }
    for title, rows in parts.items():
        lines += ["", title, *([f"  {row}" for row in rows] or ["  nothing changes"])]
    return "\n".join(lines) + "\n"


def _origin(record: Record) -> str:
    return f"commit {record.commit or 'unknown'}, built {record.built} by {record.built_by}"


def _functions(new: Record, old: Record | None) -> Iterator[str]:
    before = {name: code.sha256 for name, code in old.functions.items()} if old else {}
    now = {name: code.sha256 for name, code in new.functions.items()}
    for name in sorted({*before, *now}):
        if name not in before:
            yield f"+ {name}: code {now[name][:12]}"
        elif name not in now:
            yield f"- {name}"
        elif before[name] != now[name]:
            yield f"~ {name}: code {before[name][:12]} -> {now[name][:12]}"


def _parameters(
    new: Record, new_template: str, old: Record | None, old_template: str
) -> Iterator[str]:
    # Code has a part of its own.
    code = {f"{logical_id(name)}CodeKey" for r in (new, old) if r for name in r.functions}
    return changed_parameters(
        {k: v for k, v in new.parameters.items() if k not in code},
        new_template,
        {k: v for k, v in old.parameters.items() if k not in code} if old else {},
        old_template,
    )


def changed_parameters(
    now: Mapping[str, str], template: str, before: Mapping[str, str], old_template: str
) -> Iterator[str]:
    """Say how parameters change, a line each; every release has another id, so that is left out."""
    secret = _secret_parameters(template) | _secret_parameters(old_template)
    return _values(
        {k: v for k, v in now.items() if k != "Release"},
        {k: v for k, v in before.items() if k != "Release"},
        secret,
    )


def _values(
    now: Mapping[str, str], before: Mapping[str, str], secret: frozenset[str] = frozenset()
) -> Iterator[str]:
    def shown(name: str, value: str) -> str:
        return "(not shown)" if name in secret else value or "(empty)"

    for name in sorted({*before, *now}):
        if name not in before:
            yield f"+ {name}: {shown(name, now[name])}"
        elif name not in now:
            yield f"- {name}: {shown(name, before[name])}"
        elif before[name] != now[name]:
            yield f"~ {name}: {shown(name, before[name])} -> {shown(name, now[name])}"


def _resources(new_template: str, old_template: str) -> Iterator[str]:
    before, now = _section(old_template, "Resources"), _section(new_template, "Resources")
    for name in sorted({*before, *now}):
        if name not in before:
            yield f"+ {name} ({_type(now[name])})"
        elif name not in now:
            yield f"- {name} ({_type(before[name])})"
        elif _type(before[name]) != _type(now[name]):
            yield f"~ {name} ({_type(before[name])} -> {_type(now[name])})"
        elif _plain(before[name]) != _plain(now[name]):
            yield f"~ {name} ({_type(now[name])})"


def _secret_parameters(template: str) -> frozenset[str]:
    return frozenset(
        name
        for name, node in _section(template, "Parameters").items()
        if _text(_entries(node).get("NoEcho")).lower() == "true"
    )


def _type(resource: yaml.Node) -> str:
    return _text(_entries(resource).get("Type")) or "?"


def _text(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _section(template: str, name: str) -> dict[str, yaml.Node]:
    return _entries(_entries(yaml.compose(template, Loader=yaml.CSafeLoader)).get(name))


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value}


def _plain(node: yaml.Node) -> Any:
    """Give a node as values that can be compared, whatever the order of its keys."""
    if isinstance(node, yaml.MappingNode):
        return node.tag, {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return node.tag, [_plain(value) for value in node.value]
    return node.tag, node.value
