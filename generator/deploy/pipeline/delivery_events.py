"""Events of deliveries as the delivery log keeps them, in few words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from generator.aws.logs import LogEvent

SOURCE = "delivery"
_INSTANCE = "CloudFormation StackSet StackInstance Status Change"


@dataclass(frozen=True, slots=True)
class LogLine:
    """Something that happened somewhere."""

    id: str
    time: datetime
    account: str
    region: str
    source: str
    """A unit, a function, or `delivery`."""
    what: str = ""
    """The resource, alarm, stage or deployment that it happened to."""
    type: str = ""
    status: str = ""
    text: str = ""
    """The reason; or what a function said."""


def delivery_line(event: LogEvent, reaches: Callable[[str], bool]) -> LogLine | None:
    """Read an event of the delivery log; None for one that tells nothing new.

    What becomes of an instance is told by its stack's own events, where those can be read.
    """
    try:
        told = json.loads(event.message)
        kind, detail = told["detail-type"], told["detail"]
        account, region = told["account"], told["region"]
    except (ValueError, KeyError, TypeError):
        return None
    if kind == _INSTANCE:
        place = str(detail.get("stack-id") or "").split(":")
        if len(place) > 5:
            account, region = place[4], place[3]
        if reaches(account):
            return None
    state = detail.get("state") or detail.get("status-details", {}).get("status", "")
    return LogLine(
        event.id, event.time, account, region, SOURCE,
        what=_what(detail), type=kind,
        status=state.get("value", "") if isinstance(state, dict) else str(state),
        text=_reason(detail),
    )  # fmt: skip


def _what(detail: dict[str, Any]) -> str:
    if "alarmName" in detail:
        return f"alarm {detail['alarmName']}"
    if "deploymentGroup" in detail:
        return f"deployment {detail.get('deploymentId', '')} of {detail['deploymentGroup']}"
    if "stack-set-arn" in detail:
        name = str(detail["stack-set-arn"]).rpartition("/")[2].split(":")[0]
        return f"{detail.get('action', '')} {name}".strip()
    if "pipeline" in detail:
        return "/".join(
            str(detail[part]) for part in ("pipeline", "stage", "action") if part in detail
        )
    return ""


def _reason(detail: dict[str, Any]) -> str:
    state = detail.get("state")
    if isinstance(state, dict):
        return str(state.get("reason", ""))
    summary = (detail.get("execution-result") or {}).get("external-execution-summary")
    return str(summary or (detail.get("status-details") or {}).get("status-reason") or "")
