"""What a message tells: an EventBridge event, as one of four kinds of bad news."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any


class Kind(Enum):
    """What went wrong."""

    OPERATION = "operation of the set"
    STAGE = "stage of the pipeline"
    DEPLOYMENT = "CodeDeploy deployment"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Event:
    """Bad news."""

    kind: Kind
    time: datetime
    """When it happened; where AWS tells no more than the second, the end of that second."""
    about: str
    """The id of the operation, the pipeline's execution or the deployment; the alarm's name."""
    line: str
    """One line for people."""


def parse(body: str) -> Event | None:
    """Read a message's body; None if it is no bad news, ValueError if it is no event known here."""
    event = json.loads(body)
    try:
        read = _READERS[event["detail-type"]]
        return read(event, event["detail"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an event that is known here: {error!r}") from None


def _operation(event: Mapping[str, Any], detail: Mapping[str, Any]) -> Event | None:
    status, operation = detail["status-details"]["status"], detail["stack-set-operation-id"]
    if status not in ("FAILED", "STOPPED"):
        return None
    line = f"StackSet operation {operation} {status.lower()}"
    return Event(Kind.OPERATION, _second(event), operation, line)


def _stage(event: Mapping[str, Any], detail: Mapping[str, Any]) -> Event | None:
    # Who changes a pipeline cancels its executions: https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
    endings = {"FAILED": "failed", "CANCELED": "was cancelled by a change of the pipeline"}
    if detail["state"] not in endings:
        return None
    execution = detail["execution-id"]
    line = (
        f"stage {detail['stage']} of pipeline {detail['pipeline']} {endings[detail['state']]}"
        f" (execution {execution})"
    )
    return Event(Kind.STAGE, _second(event), execution, line)


def _deployment(event: Mapping[str, Any], detail: Mapping[str, Any]) -> Event | None:
    endings = {"FAILURE": "failed", "STOP": "was stopped"}
    if detail["state"] not in endings:
        return None
    deployment = detail["deploymentId"]
    line = (
        f"CodeDeploy deployment {deployment} of {detail['deploymentGroup']}"
        f" {endings[detail['state']]} in {_place(event)}"
    )
    return Event(Kind.DEPLOYMENT, _second(event), deployment, line)


def _alarm(event: Mapping[str, Any], detail: Mapping[str, Any]) -> Event | None:
    if detail["state"]["value"] != "ALARM":
        return None
    name, told = detail["alarmName"], detail["state"].get("timestamp")
    time = datetime.fromisoformat(told).astimezone(UTC) if told else _second(event)
    return Event(Kind.ALARM, time, name, f"alarm {name} turned in {_place(event)}")


def _second(event: Mapping[str, Any]) -> datetime:
    # EventBridge cuts an event's time to the second: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    time = datetime.fromisoformat(event["time"]).astimezone(UTC)
    return time if time.microsecond else time + timedelta(milliseconds=999)


def _place(event: Mapping[str, Any]) -> str:
    return f"{event['account']} {event['region']}"


_READERS = {
    "CloudFormation StackSet Operation Status Change": _operation,
    "CodePipeline Stage Execution State Change": _stage,
    "CodeDeploy Deployment State-change Notification": _deployment,
    "CloudWatch Alarm State Change": _alarm,
}
