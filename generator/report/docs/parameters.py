"""The section about parameters, as the console shows them."""

from __future__ import annotations

from generator.picture import System
from generator.picture.parameters import Parameter, ParameterGroup, UnitParameters
from generator.report.docs.words import counted
from generator.report.html import Column, Content, Section, code, e, table
from generator.units import SERVICE

_LONG = 240


def parameters(system: System) -> Section:
    """Show the service's parameters open, all others folded away."""
    return Section(
        "Parameters",
        [_unit(unit) for unit in sorted(system.parameters, key=lambda u: u.unit != SERVICE)],
        lead=e(
            "p",
            "In the groups, in the order and under the labels of the CloudFormation console. Those"
            " of the service can be changed there, for all regions or for one: a change makes a new"
            " version and shifts traffic to it.",
        ),
    )


def _unit(unit: UnitParameters) -> Content:
    groups = [_group(unit, group) for group in unit.groups]
    title = f"{unit.kind} {unit.unit}"
    if unit.unit == SERVICE:
        return [e("h3", title[0].upper() + title[1:]), groups]
    if not groups:
        return None
    return e("details", e("summary", f"{title}: {counted(unit.count, 'parameter')}"), groups)


def _group(unit: UnitParameters, group: ParameterGroup) -> Content:
    return table(
        group.label if unit.unit == SERVICE else f"{group.label} ({unit.unit})",
        [Column("Parameter", share=25), Column("Value", share=17),
         Column("What it is", share=35), Column("May be", share=23)],
        [_row(each) for each in group.parameters],
        strong_caption=True,
        stacks=True,
    )  # fmt: skip


def _row(parameter: Parameter) -> tuple[Content, ...]:
    match parameter.value:
        case None:
            value: Content = e("small", "set by each release")
        case "":
            value = e("small", "empty")
        case str(text):
            value = code(text)
    allowed = parameter.allowed
    return (
        [parameter.label, e("small", code(parameter.name))],
        value,
        parameter.description,
        allowed if len(allowed) <= _LONG else e(
            "details", e("summary", "Allowed values"), allowed
        ),
    )  # fmt: skip
