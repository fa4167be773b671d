"""CloudWatch alarms."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm in state ALARM."""

    name: str
    reason: str


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
