"""Templates as they are tried: line by line those of the build, but they leave nothing behind.

Two things differ, and no line moves, so that every line still comes from the same one of its
`.j2` file: what the real one retains is deleted, and what only people and the whole account feel
is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

_SHARED = frozenset(
    {"AWS::Budgets::Budget", "AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription"}
)
"""Types whose names, or number, are those of the whole account."""
_MAIL = frozenset({"email", "email-json", "sms"})


@dataclass(frozen=True, slots=True)
class Copy:
    """A template to be tried."""

    text: str
    left_out: tuple[str, ...]
    """Logical ids of the resources that it does without."""


def copy_of(template: str) -> Copy:
    """Make the copy of a template that is tried."""
    root = yaml.compose(template, Loader=yaml.CSafeLoader)
    lines = template.splitlines(keepends=True)
    left_out = []
    for key, resource in _entries(_value(root, "Resources")):
        if _is_left_out(resource) and not _is_flow(resource):
            left_out.append(str(key.value))
            for number in range(key.start_mark.line, _end(resource)):
                if lines[number].strip():
                    lines[number] = f"# {lines[number]}"
        elif (policy := _value(resource, "DeletionPolicy")) is not None:
            line, column = policy.start_mark.line, policy.start_mark.column
            before, after = lines[line][:column], lines[line][policy.end_mark.column :]
            lines[line] = f"{before}Delete{after}"
    return Copy("".join(lines), tuple(left_out))


def outputs_of(template: str) -> list[str]:
    """List the outputs that a template always has: those without a condition."""
    root = yaml.compose(template, Loader=yaml.CSafeLoader)
    return [
        str(key.value)
        for key, output in _entries(_value(root, "Outputs"))
        if _value(output, "Condition") is None
    ]


def _is_left_out(resource: yaml.Node) -> bool:
    type_, protocol = _value(resource, "Type"), _value(_value(resource, "Properties"), "Protocol")
    kind = type_.value if type_ is not None else ""
    if kind == "AWS::SNS::Subscription":
        return protocol is not None and protocol.value in _MAIL
    return kind in _SHARED


def _end(node: yaml.Node) -> int:
    """Give the first line after a node's last scalar: a mapping's own end is the next token."""
    children = (
        [child for pair in node.value for child in pair]
        if _is_mapping(node)
        else (list(node.value) if isinstance(node, yaml.SequenceNode) else [])
    )
    if not children or _is_flow(node):
        end = node.end_mark
        return int(end.line + (1 if end.column else 0))
    return max(_end(child) for child in children)


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _is_mapping(node: yaml.Node | None) -> bool:
    return isinstance(node, yaml.MappingNode)


def _entries(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if node is not None and _is_mapping(node) else []


def _value(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return next((value for key, value in _entries(node) if key.value == name), None)
