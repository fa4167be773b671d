"""Put a stack's events together: its runs one after the other, and the resources within each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from generator.deploy.inspection.span import Kind, Open, Outcome, Span
from generator.deploy.operations.watch import is_consequence
from generator.deploy.pipeline.delivery_events import LogLine

_STACK = "stack"
"""What lines call a stack itself."""


def stack_spans(lines: Sequence[LogLine], start: datetime) -> list[Span]:
    """Give the runs of one stack, whose lines are in the order of time.

    What is only seen to end was begun before `start`, where the record begins.
    """
    return _Stack(start).read(lines)


class _Stack:
    def __init__(self, start: datetime):
        self._start = start
        self._run: Open | None = None
        self._status = ""
        self._resources: dict[str, Open] = {}
        self._gone_wrong: LogLine | None = None
        self._done: list[Span] = []

    def read(self, lines: Sequence[LogLine]) -> list[Span]:
        for line in lines:
            if line.what == _STACK:
                self._of_stack(line)
            else:
                self._of_resource(line)
        if self._run is not None:
            self._end(None, Outcome.UNDER_WAY)
        return self._done

    def _of_stack(self, line: LogLine) -> None:
        if line.status == "REVIEW_IN_PROGRESS":
            return  # A change set is made; nothing is done yet.
        ends = not line.status.endswith("_IN_PROGRESS")
        goes_back = "ROLLBACK" in line.status
        cleans_up = "CLEANUP" in line.status
        begins = not (ends or goes_back or cleans_up)
        if begins and self._run is not None:
            self._end(line.time, Outcome.STOPPED)
        run = self._opened(line, seen=begins or (goes_back and not ends and not cleans_up))
        self._status = line.status
        if goes_back and not ends and run.rollback is None:
            run.rollback = line.time
        if (goes_back or line.status.endswith("_FAILED")) and self._gone_wrong is None:
            self._gone_wrong = line
        if ends:
            self._end(line.time, _outcome(line.status), line.text)

    def _of_resource(self, line: LogLine) -> None:
        run = self._opened(line, seen=False)
        there = self._resources.get(line.what)
        if line.status.endswith("_IN_PROGRESS"):
            if there is not None and there.line.status == line.status:
                return  # Said a second time when its creation was initiated.
            if there is not None:
                self._close(line.what, line.time, Outcome.STOPPED, there.line.status)
            self._resources[line.what] = Open(line, line.time)
            return
        if there is None:
            unseen = (run.began, True) if run.began_before else (line.time, False)
            self._resources[line.what] = Open(line, *unseen)
        outcome = Outcome.SUCCEEDED
        if line.status.endswith("_FAILED"):
            outcome = Outcome.STOPPED if is_consequence(line.text) else Outcome.FAILED
            if outcome is Outcome.FAILED:
                run.troubles.append(line)
        self._close(line.what, line.time, outcome, line.status, line.text)

    def _opened(self, line: LogLine, *, seen: bool) -> Open:
        """Give the run that is open, else one that begins here, or began before the record."""
        if self._run is None:
            self._run = Open(line, line.time) if seen else Open(line, self._start, True)
            self._run.line = _of_whole(line)
            self._gone_wrong = None
        return self._run

    def _close(
        self, name: str, at: datetime | None, outcome: Outcome, status: str, reason: str = ""
    ) -> None:
        assert self._run is not None
        ended = self._resources.pop(name).end(Kind.RESOURCE, at, status, outcome, reason)
        self._run.parts.append(ended)

    def _end(self, at: datetime | None, outcome: Outcome, reason: str = "") -> None:
        run = self._run
        assert run is not None
        left = Outcome.UNDER_WAY if at is None else Outcome.STOPPED
        for name, one in list(self._resources.items()):
            self._close(name, at, left, one.line.status)
        if self._gone_wrong is not None:
            # Where no resource says why, the stack itself has to.
            run.troubles = run.troubles or [self._gone_wrong]
            reason = reason or self._gone_wrong.text
        self._done.append(run.end(Kind.STACK, at, self._status, outcome, reason))
        self._run = None


def _outcome(status: str) -> Outcome:
    if status.endswith("_FAILED"):
        return Outcome.FAILED
    return Outcome.ROLLED_BACK if "ROLLBACK" in status else Outcome.SUCCEEDED


def _of_whole(line: LogLine) -> LogLine:
    """Make the line of a resource one of its stack, whose own was not seen."""
    if line.what == _STACK:
        return line
    return LogLine(
        line.id, line.time, line.account, line.region, line.source,
        what=_STACK, type="AWS::CloudFormation::Stack",
    )  # fmt: skip
