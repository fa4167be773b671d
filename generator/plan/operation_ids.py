"""Names of the operations that gen starts.

They are derived from what an operation does and from what the set was before it, so that the same
plan is the same operation: a call that is sent again, or by two people at once, starts it once.

A name also tells which values its instances have of their own since then. A listing of instances
names the last operation of each, so they need not be asked one by one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache

from generator.plan.stack_sets import (
    CreateInstances,
    DesiredSet,
    Step,
    UpdateInstances,
    UpdateSet,
)
from generator.plan.state import ActualSet
from generator.units import Pair

_ID = re.compile(r"gen-[0-9a-f]{16}-([0-9a-f]{8})")
_NOTHING = "none"
OwnValues = Mapping[Pair, Mapping[str, str]]


def operation_id(desired: DesiredSet, actual: ActualSet, step: Step) -> str:
    """Name the operation of a step: `gen-<digest>-<digest of the instances' own values>`."""
    before = actual.latest.id if actual.latest else None
    digest = _digest(
        {
            "set": actual.state.id if actual.state else desired.name,
            # The same step again, after it failed, is another operation.
            "after": before,
            "step": [type(step).__name__, asdict(step)],
            "template": hashlib.sha256(desired.template.encode()).hexdigest(),
            "values": asdict(desired.values),
        }
    )
    return f"gen-{digest[:16]}-{_told(desired, actual, step)}"


def is_ours(operation: str) -> bool:
    """Say whether gen started an operation by a plan."""
    return operation.startswith("gen-")


def has_values(operation: str, values: Mapping[str, str]) -> bool:
    """Say whether an operation's name tells that each of its instances has just these values."""
    return _told_by(operation) == _name_of(tuple(sorted(values.items())))


def have_values(operation: str, values: OwnValues) -> bool:
    """Say the same of instances whose values differ: all that the operation was about."""
    return _told_by(operation) == _name_of_all(values)


def _told_by(operation: str) -> str | None:
    told = _ID.fullmatch(operation)
    return told[1] if told else None


def _told(desired: DesiredSet, actual: ActualSet, step: Step) -> str:
    own = _own_values(desired, actual, step)
    if not own:
        return _NOTHING
    first = next(iter(own.values()))
    if all(values == first for values in own.values()):
        return _name_of(tuple(sorted(first.items())))
    return _name_of_all(own)


def _own_values(desired: DesiredSet, actual: ActualSet, step: Step) -> OwnValues:
    """Give the own values that the step's instances have after it."""
    match step:
        case CreateInstances(group, dict(own)) | UpdateInstances(group, dict(own)):
            return dict.fromkeys(group.pairs, own)
        case UpdateSet(None):
            pairs: Iterable[Pair] = [one.pair for one in actual.instances]
        case _:
            pairs = step.pairs
    # Such an operation leaves each instance what it has.
    return {pair: actual.overrides.get(pair, {}) for pair in pairs}


def _name_of_all(values: OwnValues) -> str:
    return _digest(sorted([*pair, dict(own)] for pair, own in values.items()))[:8]


@cache
def _name_of(values: tuple[tuple[str, str], ...]) -> str:
    """Name own values, which are the same for most of a set's many instances."""
    return _digest(dict(values))[:8]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
