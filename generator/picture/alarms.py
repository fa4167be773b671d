"""Alarms: what each watches, when it is on, and what happens then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.lint.template import Node, Resource
from generator.lint.template.alarms import ALARM, COMPOSITE, expressions, metrics
from generator.lint.template.events import patterns
from generator.picture.unit import RenderedUnit
from generator.units import SERVICE

OPERATORS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}
GROUP = "AWS::CodeDeploy::DeploymentGroup"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of a unit, which is there once in each of its stacks."""

    unit: str
    name: str
    description: str
    watches: str
    condition: str
    parameter: str | None
    """The parameter that holds the threshold, if one does."""
    tells: tuple[str, ...]
    stops_deployment: bool
    """Whether it stops and takes back a deployment that is under way."""
    takes_back: bool
    """Whether, soon after a release, it takes that back in every region."""
    stacks: int


def alarms_of(units: Iterable[RenderedUnit]) -> tuple[Alarm, ...]:
    """List all alarms, unit by unit."""
    units = list(units)
    ends = tuple(end for unit in units for end in _rolled_back(unit))
    return tuple(alarm for unit in units for alarm in _alarms(unit, ends))


def _rolled_back(unit: RenderedUnit) -> Iterator[str]:
    """Yield how the names of alarms end that rules hand to the rollback coordinator."""
    for pattern in patterns(unit.template):
        targets = [
            unit.said(node) for node in pattern.owner.body.each("Properties", "Targets", "*", "Arn")
        ]
        if any("rollback" in target for target in targets):
            for node in pattern.node.each("detail", "alarmName", "*", "suffix"):
                yield unit.said(node)


def _alarms(unit: RenderedUnit, ends: tuple[str, ...]) -> Iterator[Alarm]:
    stopping = _stopping(unit)
    for resource in unit.template.of_type(ALARM, COMPOSITE):
        name = unit.name_of(resource)
        actions = [
            unit.said(node) for listed in resource.get("AlarmActions") for node in listed.items()
        ]
        threshold = next(resource.get("Threshold"))
        given = (threshold.text or "").removeprefix("${").removesuffix("}")
        yield Alarm(
            unit=unit.name,
            name=name,
            description=next(resource.get("AlarmDescription")).literal or "",
            watches=_watched(unit, resource),
            condition=_condition(unit, resource),
            parameter=given if given in unit.parameters else None,
            tells=tuple(dict.fromkeys(action.rpartition(":")[2] for action in actions)),
            stops_deployment=name in stopping or resource.id in stopping,
            takes_back=unit.name == SERVICE and name.endswith(ends or ("\0",)),
            stacks=unit.instances,
        )


def _watched(unit: RenderedUnit, resource: Resource) -> str:
    if resource.type == COMPOSITE:
        return unit.said(next(resource.get("AlarmRule")))
    if found := expressions(resource):
        return "; ".join(unit.said(node) for node in found)
    for metric in metrics(unit.template):
        if metric.owner.id == resource.id and metric.returned:
            statistic = metric.statistic.literal or _literal(resource, "ExtendedStatistic")
            namespace = (metric.namespace or "").removeprefix("AWS/")
            return " ".join(filter(None, (namespace, metric.name.literal, statistic)))
    return ""


def _condition(unit: RenderedUnit, resource: Resource) -> str:
    if resource.type == COMPOSITE:
        return "as its rule says"
    operator = OPERATORS.get(_literal(resource, "ComparisonOperator"), "outside")
    said = f"{operator} {unit.said(next(resource.get('Threshold')))}"
    times = unit.said(next(resource.get("EvaluationPeriods")))
    seconds = next((each.number for each in _periods(resource) if each.number is not None), None)
    if seconds and times.isdigit():
        return f"{said} for {_span(int(times) * seconds)}"
    return said


def _periods(resource: Resource) -> Iterator[Node]:
    yield from resource.get("Period")
    yield from resource.body.each("Properties", "Metrics", "*", "MetricStat", "Period")


def _span(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:g} min" if minutes >= 1 else f"{seconds:g} s"


def _literal(resource: Resource, name: str) -> str:
    return next(resource.get(name)).literal or ""


def _stopping(unit: RenderedUnit) -> set[str]:
    """Name the alarms by which a deployment group stops a deployment."""
    return {
        unit.said(name)
        for group in unit.template.of_type(GROUP)
        for name in group.body.each("Properties", "AlarmConfiguration", "Alarms", "*", "Name")
    }
