"""Something that was done in one place, from when to when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from generator.deploy.pipeline.delivery_events import LogLine


class Outcome(StrEnum):
    """What became of it, in words for people; AWS's own is the status."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled back"
    STOPPED = "stopped"
    """It was cancelled, or ended with what it belongs to."""
    UNDER_WAY = "under way"
    ALARM = "in alarm"


class Kind(StrEnum):
    """What it is that took its time."""

    STACK = "stack"
    RESOURCE = "resource"
    OPERATION = "operation"
    """Of a StackSet."""
    DELIVERY = "delivery"
    """A shift of traffic, an alarm, or something of the pipeline."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that was done in one place."""

    kind: Kind
    source: str
    """The unit, or `delivery`."""
    what: str
    type: str
    account: str
    region: str
    began: datetime
    ended: datetime | None
    """None while it is under way."""
    status: str
    """The last that AWS said of it."""
    outcome: Outcome
    reason: str = ""
    began_before: bool = False
    """It was under way already when the record begins; `began` is the beginning of the record."""
    rollback: datetime | None = None
    """When a stack began to go back."""
    by: str = ""
    """Who began an operation."""
    parts: tuple[Span, ...] = ()
    """A stack's resources, in the order in which they were begun."""
    troubles: tuple[LogLine, ...] = ()
    """The events that made it fail, oldest first; what only follows from others is none."""

    @property
    def failed(self) -> bool:
        """Whether it did not come to its end as it should."""
        return self.outcome in {Outcome.FAILED, Outcome.ROLLED_BACK, Outcome.STOPPED}

    def seconds(self, now: datetime) -> float:
        """Say how long it took, or has taken by now."""
        return max(0.0, ((self.ended or now) - self.began).total_seconds())


@dataclass(slots=True)
class Open:
    """A span whose end has not been seen yet."""

    line: LogLine
    """The event by which it was seen first."""
    began: datetime
    began_before: bool = False
    rollback: datetime | None = None
    parts: list[Span] = field(default_factory=list)
    troubles: list[LogLine] = field(default_factory=list)

    def end(
        self, kind: Kind, at: datetime | None, status: str, outcome: Outcome, reason: str = ""
    ) -> Span:
        """End it, or say with None that it goes on."""
        return Span(
            kind=kind,
            source=self.line.source,
            what=self.line.what,
            type=self.line.type,
            account=self.line.account,
            region=self.line.region,
            began=self.began,
            ended=at,
            status=status,
            outcome=outcome,
            reason=reason,
            began_before=self.began_before,
            rollback=self.rollback,
            parts=tuple(sorted(self.parts, key=lambda part: part.began)),
            troubles=tuple(self.troubles),
        )
