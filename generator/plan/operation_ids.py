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

_ID = re.compile(r"gen-[0-9a-f]{16}-([0-9a-f]{8})")
_UNKNOWN = "mixed"


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
    """Say whether an operation's name tells that its instances have just these own values."""
    told = _ID.fullmatch(operation)
    return told is not None and told[1] == _name_of(tuple(sorted(values.items())))


def _told(desired: DesiredSet, actual: ActualSet, step: Step) -> str:
    own = list(_own_values(desired, actual, step))
    if not own or any(values != own[0] for values in own):
        return _UNKNOWN
    return _name_of(tuple(sorted(own[0].items())))


def _own_values(desired: DesiredSet, actual: ActualSet, step: Step) -> Iterable[dict[str, str]]:
    """Give the own values that the step's instances have after it."""
    match step:
        case CreateInstances(_, overrides) | UpdateInstances(_, overrides):
            yield overrides
        case UpdateSet(reaches):
            # An update of the set leaves each instance what it has.
            pairs = reaches.pairs if reaches else [one.pair for one in actual.instances]
            yield from (actual.overrides.get(pair, {}) for pair in pairs)


@cache
def _name_of(values: tuple[tuple[str, str], ...]) -> str:
    """Name own values, which are the same for most of a set's many instances."""
    return _digest(dict(values))[:8]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
