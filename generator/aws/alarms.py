"""CloudWatch alarms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.aws.errors import aws_errors
from generator.aws.objects import batched
from generator.aws.session import Cloud

_AT_ONCE = 100
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm in state ALARM."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmState:
    """An alarm as it is."""

    name: str
    state: str
    """OK, ALARM or INSUFFICIENT_DATA."""
    reason: str
    actions: tuple[str, ...]
    """What it tells when it turns ALARM; nothing while its actions are switched off."""


def alarm_states(
    cloud: Cloud, names: Iterable[str], *, account: str, region: str
) -> dict[str, AlarmState]:
    """Describe the metric alarms of these names that there are, by name."""
    client = cloud.client("cloudwatch", region=region, account=account)
    found: dict[str, AlarmState] = {}
    for some in batched(names, _AT_ONCE):
        with aws_errors(f"looking at the alarms in {account} {region}"):
            rows = client.describe_alarms(AlarmNames=some, MaxRecords=_AT_ONCE)["MetricAlarms"]
        for row in rows:
            found[row["AlarmName"]] = AlarmState(
                name=row["AlarmName"],
                state=row["StateValue"],
                reason=row.get("StateReason", ""),
                actions=tuple(row.get("AlarmActions", ())) if row["ActionsEnabled"] else (),
            )
    return found


def alarms_in_alarm(cloud: Cloud, prefix: str, *, account: str, region: str) -> list[Alarm]:
    """List the metric alarms of a region in state ALARM whose names begin with `prefix`."""
    client = cloud.client("cloudwatch", region=region, account=account)
    arguments: dict[str, str] = {}
    found: list[Alarm] = []
    while True:
        with aws_errors(f"looking at the alarms in {account} {region}"):
            page = client.describe_alarms(
                AlarmNamePrefix=prefix,
                StateValue="ALARM",
                **arguments,
            )
        found += [
            Alarm(row["AlarmName"], row.get("StateReason", "")) for row in page["MetricAlarms"]
        ]
        if not (following := page.get("NextToken")):
            return sorted(found, key=lambda alarm: alarm.name)
        arguments["NextToken"] = following
