"""Parameters as the console shows them: in groups, with labels, defaults and what they may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.lint.template import Node
from generator.picture.unit import RenderedUnit
from generator.plan.interface import INTERFACE, in_groups


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a template."""

    name: str
    label: str
    description: str
    value: str | None
    """What gen gives it, else its default; None where the release decides."""
    allowed: str
    """What it may be, in words."""
    hidden: bool
    """Whether its value is masked."""


@dataclass(frozen=True, slots=True)
class ParameterGroup:
    """Parameters under one heading of the console."""

    label: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class UnitParameters:
    """All parameters of a unit."""

    unit: str
    kind: str
    groups: tuple[ParameterGroup, ...]

    @property
    def count(self) -> int:
        return sum(len(group.parameters) for group in self.groups)


def parameters_of(unit: RenderedUnit) -> UnitParameters:
    """List a unit's parameters in the order and under the names of the console."""
    interface = next(unit.template.root.get("Metadata", INTERFACE))
    declared = unit.template.section("Parameters")
    labels = {name: _text(node, "default") for name, node in _fields(interface, "ParameterLabels")}
    groups = (
        (
            next(group.get("Label", "default")).literal,
            [node.literal for node in group.each("Parameters", "*") if node.literal],
        )
        for group in interface.each("ParameterGroups", "*")
    )
    return UnitParameters(
        unit.name,
        "StackSet" if unit.is_set else "stack",
        tuple(
            ParameterGroup(
                label, tuple(_parameter(unit, name, declared[name], labels) for name in names)
            )
            for label, names in in_groups(declared, groups)
        ),
    )


def _parameter(unit: RenderedUnit, name: str, node: Node, labels: dict[str, str]) -> Parameter:
    hidden = next(node.get("NoEcho")).is_true
    return Parameter(
        name=name,
        label=labels.get(name) or name,
        description=_text(node, "Description"),
        value="****" if hidden else unit.parameters.get(name),
        allowed="; ".join(_allowed(node)),
        hidden=hidden,
    )


def _allowed(node: Node) -> Iterator[str]:
    listed = [each.literal or "…" for each in node.each("AllowedValues", "*")]
    if listed:
        yield ", ".join(each or "nothing" for each in listed)
        return
    low, high = (next(node.get(f"{end}Value")).literal for end in ("Min", "Max"))
    if low and high:
        yield f"{low} to {high}"
    elif low or high:
        yield f"at least {low}" if low else f"at most {high}"
    said = _text(node, "ConstraintDescription")
    if said:
        yield said
    elif pattern := _text(node, "AllowedPattern"):
        yield f"matches {pattern}"
    if next(node.get("Type")).literal == "Number" and not (low or high or said):
        yield "a number"


def _fields(node: Node, name: str) -> Iterator[tuple[str, Node]]:
    for each in node.get(name):
        yield from each.fields()


def _text(node: Node, name: str) -> str:
    return (next(node.get(name)).literal or "").strip()
