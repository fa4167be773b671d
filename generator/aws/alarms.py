"""CloudWatch: the alarms that are on."""

from __future__ import annotations

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud


def alarms_on(cloud: Cloud, *, account: str, region: str, prefix: str) -> list[str]:
    """List the alarms of an account and region, of a name that begins so, that are in ALARM."""
    client = cloud.client("cloudwatch", region=region, account=account)
    with aws_errors(f"reading the alarms of {account}, {region}"):
        return sorted(
            alarm["AlarmName"]
            for page in client.get_paginator("describe_alarms").paginate(
                AlarmNamePrefix=prefix,
                StateValue="ALARM",
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            )
            for kind in ("MetricAlarms", "CompositeAlarms")
            for alarm in page.get(kind, ())
        )
