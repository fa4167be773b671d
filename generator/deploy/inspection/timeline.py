"""A record of events as a timeline: what was when, what went wrong first, what took the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from generator.deploy.inspection.delivery_spans import ACTION, delivery_spans
from generator.deploy.inspection.span import Kind, Outcome, Span
from generator.deploy.inspection.stack_spans import stack_spans
from generator.deploy.pipeline.delivery_events import SOURCE, LogLine
from generator.plan.state import Operation


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that was done within some time."""

    spans: tuple[Span, ...]
    """In the order of their beginnings."""
    now: datetime
    """When it was looked at, by the latest clock of all: what is under way lasts until then."""

    @property
    def began(self) -> datetime:
        return min((span.began for span in self.spans), default=self.now)

    @property
    def ended(self) -> datetime:
        """When the last of it ended; now, while any is under way."""
        return max((span.ended or self.now for span in self.spans), default=self.now)

    @property
    def under_way(self) -> bool:
        return any(span.outcome is Outcome.UNDER_WAY for span in self.spans)

    @property
    def troubles(self) -> list[LogLine]:
        """List what went wrong by itself and not as a consequence, the first one first."""
        return sorted(
            (line for span in self.spans for line in span.troubles), key=lambda line: line.time
        )

    @property
    def stacks(self) -> list[Span]:
        return [span for span in self.spans if span.kind is Kind.STACK]

    @property
    def steps(self) -> list[Span]:
        """List what waits for one another: the pipeline's actions, and stacks."""
        return [span for span in self.spans if span.kind is Kind.STACK or span.type == ACTION]


def timeline(
    lines: Iterable[LogLine], operations: Iterable[tuple[str, Operation, str]], *, now: datetime
) -> Timeline:
    """Put lines and operations (unit, operation, by whom) together."""
    told = sorted(lines, key=lambda line: line.time)
    found = [_operation(*each) for each in operations]
    places: dict[tuple[str, ...], list[LogLine]] = {}
    for line in told:
        what = (line.what,) if line.source == SOURCE else ()
        places.setdefault((line.source, line.account, line.region, *what), []).append(line)
    for (source, *_), each in places.items():
        found += (delivery_spans if source == SOURCE else stack_spans)(each, told[0].time)
    latest = [*(line.time for line in told[-1:]), *(s.ended or s.began for s in found)]
    return Timeline(
        spans=tuple(sorted(found, key=lambda span: span.began)), now=max([now, *latest])
    )


def longest_chain(spans: Iterable[Span]) -> list[Span]:
    """Find what the time went to: what ended last, what ended last before that began, and so on."""
    ended = [(span.ended, span) for span in spans if span.ended is not None]
    chain: list[Span] = []
    while ended:
        _, step = max(ended, key=lambda each: each[0])
        chain.append(step)
        ended = [
            (end, span) for end, span in ended if end <= step.began and span.began < step.began
        ]
    return chain[::-1]


def _operation(unit: str, operation: Operation, by: str) -> Span:
    if operation.in_progress:
        outcome = Outcome.UNDER_WAY
    elif operation.status == "STOPPED":
        outcome = Outcome.STOPPED
    else:
        outcome = Outcome.SUCCEEDED if operation.succeeded else Outcome.FAILED
    return Span(
        kind=Kind.OPERATION, source=unit, what=operation.action, type=operation.id, account="",
        region="", began=operation.started, ended=operation.ended, status=operation.status,
        outcome=outcome, reason=operation.reason, by=by,
    )  # fmt: skip
