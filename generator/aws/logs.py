"""CloudWatch Logs: the events of log groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A line of a log."""

    id: str
    time: datetime
    message: str


def log_events(
    cloud: Cloud, group: str, *, account: str, region: str, since: datetime, pattern: str = ""
) -> Iterator[LogEvent]:
    """Yield what a log group got since a moment, oldest first; nothing of one that is not there.

    `pattern` is CloudWatch's own.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    client = cloud.client("logs", region=region, account=account)
    arguments = {"logGroupName": group, "startTime": int(since.timestamp() * 1000)}
    if pattern:
        arguments["filterPattern"] = pattern
    while True:
        try:
            with aws_errors(f"reading log group {group} in {account} {region}"):
                page = client.filter_log_events(**arguments)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return
            raise
        for event in page["events"]:
            time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            # No field of an event is promised.
            unnamed = f"{event.get('logStreamName')} {event['timestamp']} {event['message']}"
            yield LogEvent(event.get("eventId") or unnamed, time, event["message"])
        # A page may be empty although others follow.
        if not (following := page.get("nextToken")):
            return
        arguments["nextToken"] = following
