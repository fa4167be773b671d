"""Events and spans of deployments that never were, a second apart or so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from generator.deploy.pipeline.delivery_events import LogLine

TOOLS, WEST, EAST = "111111111111", "us-west-2", "us-east-1"
START = datetime(2026, 11, 22, 23, 59, 0, tzinfo=UTC)
SHIFT = "CodeDeploy Deployment State-change Notification"
ALARM = "CloudWatch Alarm State Change"
ACTION = "CodePipeline Action Execution State Change"
STAGE = "CodePipeline Stage Execution State Change"


def at(seconds: float) -> datetime:
    """Give a moment, so many seconds after the beginning."""
    return START + timedelta(seconds=seconds)


def line(
    seconds: float, what: str, status: str, text: str = "", *, source: str = "service",
    region: str = WEST, account: str = TOOLS, type_: str = "AWS::Lambda::Alias",
) -> LogLine:  # fmt: skip
    """Make an event of a stack."""
    return LogLine(
        f"{account} {region} {what} {status} {seconds}", at(seconds), account, region, source,
        what=what, type=type_, status=status, text=text,
    )  # fmt: skip


def delivery(seconds: float, what: str, status: str, text: str = "", *, type_: str) -> LogLine:
    """Make an event of a delivery."""
    return line(seconds, what, status, text, source="delivery", type_=type_)
