"""Alarms as rules read them: the metrics they watch, however they are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.lint.template.node import Node
from generator.lint.template.template import Resource, Template

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that something watches."""

    owner: Resource
    node: Node
    """The mapping with `Namespace`, `MetricName`, `Dimensions`."""
    statistic: Node
    returned: bool
    """Whether the alarm is on the metric itself, not on an expression over it."""

    @property
    def namespace(self) -> str | None:
        return next(self.node.get("Namespace")).literal

    @property
    def name(self) -> Node:
        return next(self.node.get("MetricName"))

    def dimensions(self) -> Iterator[tuple[str | None, Node]]:
        """Yield each dimension's name with its value."""
        for listed in self.node.get("Dimensions"):
            for item in listed.items():
                for value in item.get("Value"):
                    yield next(item.get("Name")).literal, value


def metrics(template: Template) -> list[Metric]:
    """List the metrics of every alarm, in each branch."""
    return template.once(_metrics)


def _metrics(template: Template) -> list[Metric]:
    found: list[Metric] = []
    for alarm in template.of_type(ALARM):
        for name in alarm.get("MetricName"):
            if not name.is_absent:
                body = next(alarm.body.get("Properties", given=name.given))
                for statistic in body.get("Statistic"):
                    node = body.assuming(statistic.given)
                    found.append(Metric(alarm, node, statistic, returned=True))
        for queries in alarm.get("Metrics"):
            items = [*queries.items()]
            for item in items:
                # What is returned is said of every query but the only one.
                returned = not any(r.is_false for r in item.get("ReturnData"))
                for metric in item.get("MetricStat", "Metric"):
                    if not metric.is_absent:
                        stat = next(item.get("MetricStat", "Stat", given=metric.given))
                        found.append(Metric(alarm, metric, stat, returned))
    return found


def expressions(alarm: Resource) -> list[Node]:
    """List the expressions of an alarm's metric math."""
    return [
        expression
        for queries in alarm.get("Metrics")
        for item in queries.items()
        for expression in item.get("Expression")
        if not expression.is_absent
    ]
