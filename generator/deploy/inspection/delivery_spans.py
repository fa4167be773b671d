"""Put the events of deliveries together: shifts of traffic, alarms, the pipeline's actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from generator.deploy.inspection.span import Kind, Open, Outcome, Span
from generator.deploy.pipeline.delivery_events import LogLine

ALARM = "CloudWatch Alarm State Change"
ACTION = "CodePipeline Action Execution State Change"
_SHIFT = "CodeDeploy Deployment State-change Notification"
_ELSEWHERE = {
    # Operations are read from the StackSets themselves, which know all of them.
    "CloudFormation StackSet Operation Status Change",
    # Stages are as long as their actions.
    "CodePipeline Stage Execution State Change",
}
_EXECUTION = "CodePipeline Pipeline Execution State Change"
_BEGINNINGS = {"START", "STARTED", "RESUMED", "RUNNING", "QUEUED", "PENDING", "STOPPING", "ALARM"}
_WAITING = {"READY"}
_BAD = {"FAILED", "FAILURE", "ABANDONED", "INOPERABLE", "OUTDATED"}
_STOPPED = {"STOP", "STOPPED", "CANCELED", "CANCELLED", "SUPERSEDED"}


def delivery_spans(lines: Sequence[LogLine], start: datetime) -> Iterator[Span]:
    """Yield what one thing did, whose lines are in the order of time: each time to its end.

    What is only seen to end was begun before `start`, where the record begins.
    """
    begun: Open | None = None
    for line in lines:
        if line.type in _ELSEWHERE or line.status in _WAITING:
            continue
        if line.status in _BEGINNINGS:
            if begun is None:
                begun = Open(line, line.time)
                begun.troubles += [line] if line.type == ALARM else []
            continue
        if begun is None and line.type == ALARM:
            continue  # It was off before, too.
        own = begun or Open(line, start, began_before=True)
        begun = None
        if _is_trouble(line):
            own.troubles.append(line)
        yield own.end(Kind.DELIVERY, line.time, line.status, _outcome(line), _reason(own, line))
    if begun is not None:
        outcome = Outcome.ALARM if begun.line.type == ALARM else Outcome.UNDER_WAY
        yield begun.end(Kind.DELIVERY, None, begun.line.status, outcome, begun.line.text)


def _outcome(line: LogLine) -> Outcome:
    if line.type == ALARM:
        return Outcome.ALARM
    if line.status in _BAD:
        return Outcome.FAILED
    return Outcome.STOPPED if line.status in _STOPPED else Outcome.SUCCEEDED


def _is_trouble(line: LogLine) -> bool:
    if line.type in {ALARM, _EXECUTION}:
        return False
    return line.status in _BAD or (line.type == _SHIFT and line.status in _STOPPED)


def _reason(own: Open, line: LogLine) -> str:
    """Say why: of an alarm, what turned it on."""
    return own.line.text if line.type == ALARM else line.text
