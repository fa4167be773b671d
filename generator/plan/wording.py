"""Put differences into lines, the same for a terminal and for the text that approvers read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from generator.plan.changes import RESOURCES, Action, Reason, Replacement, ResourceChange
from generator.plan.schemas import Recreation

_LONG = 48
"""Characters of a value that are shown; of two long ones, those around what differs."""
_CONTEXT = 12
_MOST_PATHS = 3
_TAKES = {
    Recreation.NEVER: "",
    Recreation.CONDITIONALLY: " (may take a new resource)",
    Recreation.ALWAYS: " (takes a new resource)",
}


class Look(StrEnum):
    """What a line is about, for whoever colours it; its value is the sign before it."""

    ADD = "+"
    REMOVE = "-"
    MODIFY = "~"
    REPLACE = "±"
    LOSS = "!"
    NOTE = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line, `depth` steps in."""

    look: Look
    text: str
    depth: int = 0

    def __str__(self) -> str:
        return "  " * self.depth + f"{self.look} {self.text}".lstrip()


def lines_of(change: ResourceChange) -> Iterator[Line]:
    """Tell one change: what happens, what becomes of the data, and why."""
    look = _look(change)
    if change.section != RESOURCES:
        yield from _entry(look, change)
        return
    fate = {Replacement.NEVER: "", Replacement.CONDITIONAL: " may be", Replacement.ALWAYS: " is"}
    said = f"{fate[change.replacement]} replaced" if fate[change.replacement] else ""
    yield Line(look, f"{change.logical_id} ({change.type}){said}")
    if change.consequence:
        loss = change.data_loss
        said = f"DATA LOSS: {change.consequence}" if loss else change.consequence
        yield Line(Look.LOSS if loss else Look.NOTE, said, 1)
    yield from (_reason(reason) for reason in change.reasons if reason.cause is None)
    yield from _causes(change.reasons)


def summary(changes: Iterable[ResourceChange]) -> str:
    """Count what happens to resources: `1 added, 2 changed, 1 replaced`."""
    resources = [change for change in changes if change.section == RESOURCES]
    names = {
        Look.ADD: "added", Look.MODIFY: "changed", Look.REPLACE: "replaced", Look.REMOVE: "removed",
    }  # fmt: skip
    counted = Counter(map(_look, resources))
    said = [f"{counted[look]} {name}" for look, name in names.items() if counted[look]]
    if lost := sum(change.data_loss for change in resources):
        said.append(f"data lost with {lost}")
    return ", ".join(said) or "no resource changes"


def _look(change: ResourceChange) -> Look:
    if change.replacement is not Replacement.NEVER:
        return Look.REPLACE
    return {Action.ADD: Look.ADD, Action.REMOVE: Look.REMOVE, Action.MODIFY: Look.MODIFY}[
        change.action
    ]


def _entry(look: Look, change: ResourceChange) -> Iterator[Line]:
    """Tell what happens outside the resources: in one line where its value says it all."""
    value = next((reason for reason in change.reasons if reason.path in ("Value", "")), None)
    if (
        value
        and value.cause is None
        and (change.action is not Action.MODIFY or len(change.reasons) == 1)
    ):
        yield Line(look, f"{change.logical_id}: {_values(value)}")
        return
    yield Line(look, change.logical_id)
    if change.action is Action.MODIFY:
        yield from (_reason(reason) for reason in change.reasons if reason.cause is None)
        yield from _causes(change.reasons)


def _reason(reason: Reason) -> Line:
    look = Look.MODIFY
    if None in (reason.before, reason.after):
        look = Look.ADD if reason.before is None else Look.REMOVE
    return Line(look, f"{_name(reason)}: {_values(reason)}{_TAKES[reason.recreation]}", 1)


def _causes(reasons: Iterable[Reason]) -> Iterator[Line]:
    """Gather the values that have a replaced resource's identifiers, by that resource."""
    users: dict[str, list[Reason]] = {}
    for reason in reasons:
        if reason.cause is not None:
            users.setdefault(reason.cause, []).append(reason)
    for cause, found in users.items():
        names = ", ".join(map(_name, found[:_MOST_PATHS]))
        more = f" and {len(found) - _MOST_PATHS} more" if len(found) > _MOST_PATHS else ""
        takes = Recreation.CONDITIONALLY in {reason.recreation for reason in found}
        said = _TAKES[Recreation.CONDITIONALLY] if takes else ""
        yield Line(Look.MODIFY, f"{names}{more}: with {cause}{said}", 1)


def _name(reason: Reason) -> str:
    return reason.path.removeprefix("Properties.")


def _values(reason: Reason) -> str:
    if reason.before is None or reason.after is None:
        return _cut(reason.before or reason.after or "")
    return " -> ".join(_around(reason.before, reason.after))


def _cut(text: str) -> str:
    plain = " ".join(text.split()) or '""'
    return plain if len(plain) <= 2 * _LONG else f"{plain[: 2 * _LONG]}..."


def _around(before: str, after: str) -> tuple[str, str]:
    """Cut two long texts to where they differ."""
    left, right = (" ".join(text.split()) for text in (before, after))
    if max(len(left), len(right)) <= _LONG:
        return left or '""', right or '""'
    start = max(0, _same(left, right) - _CONTEXT)
    end = max(0, _same(left[:start:-1], right[:start:-1]) - _CONTEXT)
    return _middle(left, start, end), _middle(right, start, end)


def _same(left: str, right: str) -> int:
    """Count the characters that two texts begin with alike."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(left), len(right)))


def _middle(text: str, start: int, end: int) -> str:
    found = text[start : len(text) - end]
    ahead, behind = "..." if start else "", "..." if end else ""
    if len(found) > 2 * _LONG:
        found, behind = found[: 2 * _LONG], "..."
    return f"{ahead}{found}{behind}"
