"""Follow a stack's events, and find the first thing that went wrong."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import yaml

from generator.aws import AwsError, Stacks
from generator.errors import Problem
from generator.plan.state import StackEvent
from generator.render.sourcemap import Origin, SourceMap

_STACK = "AWS::CloudFormation::Stack"
_CONSEQUENCES = ("Resource creation cancelled", "Resource update cancelled", "cancelled by")


class Tail:
    """The events of a stack's latest operation, read only as far as they are new."""

    def __init__(self, stacks: Stacks, stack: str):
        self._stacks = stacks
        self._stack = stack
        self._seen: list[StackEvent] = []

    def poll(self) -> list[StackEvent]:
        """Give the events since the latest operation began, oldest first."""
        known = self._seen[-1].id if self._seen else None
        fresh: list[StackEvent] = []
        for event in self._stacks.events(self._stack):
            if event.id == known:
                self._seen += reversed(fresh)
                return self._seen
            fresh.append(event)
            if _begins_operation(event):
                break
        self._seen = fresh[::-1]
        return self._seen

    def now(self) -> str:
        """Name the resource that is being worked on."""
        events = self.poll()
        latest = {event.logical_id: event for event in events if not _is_stack(event)}
        running = [e for e in latest.values() if e.status.endswith("_IN_PROGRESS")]
        shown = running[-1] if running else (events[-1] if events else None)
        if shown is None:
            return ""
        return f"{'stack' if _is_stack(shown) else shown.logical_id} {shown.status}"


def first_failure(events: Iterable[StackEvent]) -> StackEvent | None:
    """Find the event that caused a failure, past those that only follow from it."""
    failures = [event for event in events if event.status.endswith("_FAILED")]
    causes = [event for event in failures if not is_consequence(event.reason)]
    of_resources = [event for event in causes if not _is_stack(event)]
    return next(iter(of_resources or causes or failures), None)


def is_consequence(reason: str) -> bool:
    """Say whether a failure only follows from another one."""
    return any(text in reason for text in _CONSEQUENCES)


def root_causes(stacks: Stacks, stack: str, *, since: datetime | None = None) -> list[StackEvent]:
    """Find why a stack failed: the first failure, or all that was refused before anything was made;
    nothing when its events do not tell.

    Looks at its latest operation, or at all that has happened since some time. A resource `B` of
    the nested stack `A` is named `A/B`.
    """
    events = _events(stacks, stack, since) if since else Tail(stacks, stack).poll()
    failure = first_failure(events)
    if failure is None:
        return []
    if _is_stack(failure):
        return stacks.validation_errors(stack) or [failure]
    return [_innermost(stacks, failure, since=events[0].time)]


def _events(stacks: Stacks, stack: str, since: datetime) -> list[StackEvent]:
    return [*itertools.takewhile(lambda e: e.time >= since, stacks.events(stack))][::-1]


def _innermost(stacks: Stacks, failure: StackEvent, *, since: datetime) -> StackEvent:
    """Descend through nested stacks to what failed first in the innermost.

    A nested stack whose creation failed is soon deleted; by its id, its events can be read for 90
    days more. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
    """
    if failure.type != _STACK or not failure.physical_id.startswith("arn:"):
        return failure
    try:
        inner = first_failure(_events(stacks, failure.physical_id, since))
    except AwsError:
        return failure  # What the outer stack says of it is better than nothing.
    if inner is None or _is_stack(inner):
        return failure
    inner = _innermost(stacks, inner, since=since)
    return dataclasses.replace(inner, logical_id=f"{failure.logical_id}/{inner.logical_id}")


class TemplateLines:
    """Where each resource of a rendered template was written."""

    def __init__(self, template: str, sources: str):
        self._template = template
        self._sources = sources
        self._lines: dict[str, int] | None = None

    @classmethod
    def of_build(cls, folder: Path, template: str, sources: str) -> TemplateLines:
        return cls(
            (folder / template).read_text(encoding="utf-8"),
            (folder / sources).read_text(encoding="utf-8"),
        )

    def problem(self, event: StackEvent, where: str, *, hint: str | None = None) -> Problem:
        """Describe a failure by the template line of its resource."""
        # What fails inside a nested stack is written where that stack is.
        origin = self.origin(event.logical_id.partition("/")[0])
        return Problem(
            f"{where}: {event.logical_id} ({event.type}) {event.status}: {event.reason}",
            file=origin.file if origin else None,
            line=origin.line if origin else None,
            hint=hint,
        )

    def origin(self, logical_id: str) -> Origin | None:
        """Tell where a resource was written; None for one that the template does not have."""
        line = self._line_of(logical_id)
        return None if line is None else SourceMap.from_rows(json.loads(self._sources)).at(line)

    def _line_of(self, logical_id: str) -> int | None:
        if self._lines is None:
            lines: dict[str, int] = {}
            root = yaml.compose(self._template, Loader=yaml.CSafeLoader)
            for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
                if key.value == "Resources" and isinstance(value, yaml.MappingNode):
                    lines = {k.value: k.start_mark.line + 1 for k, _ in value.value}
            # Whole, or not yet there: regions ask from threads of their own.
            self._lines = lines
        return self._lines.get(logical_id)


def _is_stack(event: StackEvent) -> bool:
    """Say whether an event is about the stack itself, not about one that is nested in it."""
    return event.type == _STACK and event.physical_id == event.stack_id


def _begins_operation(event: StackEvent) -> bool:
    return _is_stack(event) and event.status in {
        "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS",
    }  # fmt: skip
