"""A plan as a document: what a deployment would do and why, for people and programs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from generator.plan.changes import ResourceChange
from generator.plan.plain import canonical, fields_of
from generator.plan.state import AnnouncedChange
from generator.plan.text import MASKED
from generator.units import Pair

FORMAT = 1
_NONE: Mapping[Pair, Mapping[str, str]] = MappingProxyType({})


class Change(StrEnum):
    """What would happen to a unit in one account and region."""

    ADD = "add"
    UPDATE = "update"
    RETRY = "retry"
    """It failed before, and is tried again."""
    UNCHANGED = "unchanged"
    RETAIN = "retain"
    """It is no target any more, or was never ours: it stays as it is."""
    REMOVE = "remove"
    WAIT = "wait"
    """Something is under way there, which is waited for before it is decided."""
    STUCK = "stuck"
    """Only a person can say how it goes on."""
    SKIP = "skip"
    """It cannot be reached from here: somebody else deploys it, or its account is suspended."""

    @property
    def changes(self) -> bool:
        """Whether something is made, changed or deleted."""
        return self in {Change.ADD, Change.UPDATE, Change.RETRY, Change.REMOVE}


@dataclass(frozen=True, slots=True)
class PairPlan:
    """What would happen in one account and region, and why."""

    account: str
    region: str
    change: Change
    why: tuple[str, ...]
    wave: int | None
    """1-based; None for what is no target."""


@dataclass(frozen=True, slots=True)
class OwnValue:
    """A parameter of one instance that has a value of its own, now or afterwards."""

    account: str
    region: str
    before: str | None
    after: str | None
    """None: it takes the set's value."""


@dataclass(frozen=True, slots=True)
class ParameterPlan:
    """A parameter of a stack or set. What is secret is masked; "" is a value, None is none."""

    name: str
    before: str | None
    after: str | None
    own: tuple[OwnValue, ...] = ()
    """By instance, what it has instead of the set's value."""

    @property
    def changes(self) -> bool:
        return self.before != self.after or any(one.before != one.after for one in self.own)

    def result(self, account: str, region: str) -> str | None:
        """Give the value that an instance has in effect afterwards."""
        for one in self.own:
            if (one.account, one.region) == (account, region) and one.after is not None:
                return one.after
        return self.after


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changes something, in the order in which they are made."""

    action: str
    """Such as cloudformation:UpdateStackSet."""
    account: str
    region: str
    """Where it is called, not what it reaches."""
    arguments: dict[str, Any]
    """Those that say what is reached; templates and values are the unit's."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a change set of one stack says, or why there is none."""

    account: str
    region: str
    changes: tuple[AnnouncedChange, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """Packages that a region does not have yet."""

    region: str
    bucket: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """What would happen to one unit."""

    name: str
    kind: str
    purpose: str
    stack_name: str
    why: tuple[str, ...]
    """What of the unit as a whole is not as it should be."""
    pairs: tuple[PairPlan, ...]
    parameters: tuple[ParameterPlan, ...]
    resources: tuple[ResourceChange, ...]
    calls: tuple[Call, ...]
    notes: tuple[str, ...]
    basis: str
    """Digest of all that was found: a plan of something else is another plan."""
    latest_operation: str | None = None
    """Of a set, when it was looked at."""
    announced: tuple[Announcement, ...] = ()
    """What CloudFormation itself said, where it was asked."""

    @property
    def changes(self) -> bool:
        """Whether a deployment would call anything, or has to wait before it knows."""
        return bool(self.calls) or any(
            one.change.changes or one.change in {Change.WAIT, Change.STUCK} for one in self.pairs
        )

    def count(self, change: Change) -> int:
        return sum(one.change is change for one in self.pairs)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment of one build would do."""

    project: str
    environment: str
    release: str
    build: str
    """Digest of everything the build was made from."""
    prune: bool
    uploads: tuple[Upload, ...]
    units: tuple[UnitPlan, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.uploads) or any(unit.changes for unit in self.units)

    @property
    def id(self) -> str:
        """Name the plan by what it would do to what it found: twelve hex digits."""
        text = canonical(replace(self, units=tuple(self._unannounced())))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def unit(self, name: str) -> UnitPlan | None:
        """Find a unit by name."""
        return next((unit for unit in self.units if unit.name == name), None)

    def to_json(self, **more: object) -> str:
        """Write the plan as a document, and what else is given."""
        content = {"format": FORMAT, "id": self.id, "changes": self.changes}
        content |= {each.name: getattr(self, each.name) for each in fields(self)} | more
        return json.dumps(content, indent=2, ensure_ascii=False, default=fields_of) + "\n"

    def _unannounced(self) -> Iterator[UnitPlan]:
        """Give the units as they are without what CloudFormation was asked."""
        yield from (replace(unit, announced=()) for unit in self.units)


def parameters_of(
    before: dict[str, str] | None,
    after: dict[str, str],
    *,
    own_before: Mapping[Pair, Mapping[str, str]] = _NONE,
    own_after: Mapping[Pair, Mapping[str, str]] = _NONE,
    secret: Iterable[str] = (),
) -> tuple[ParameterPlan, ...]:
    """Compare the values of a set (or stack) and of its instances; mask what is secret."""
    masked = frozenset(secret)
    old, plans = before or {}, []
    names = sorted(
        {*old, *after, *(n for own in (own_before, own_after) for v in own.values() for n in v)}
    )
    pairs = sorted({*own_before, *own_after})

    def shown(name: str, value: str | None) -> str | None:
        return MASKED if name in masked and value is not None else value

    for name in names:
        own = tuple(
            OwnValue(
                *pair,
                shown(name, own_before.get(pair, {}).get(name)),
                shown(name, own_after.get(pair, {}).get(name)),
            )
            for pair in pairs
            if name in own_before.get(pair, {}) or name in own_after.get(pair, {})
        )
        plans.append(
            ParameterPlan(name, shown(name, old.get(name)), shown(name, after.get(name)), own)
        )
    return tuple(plans)
