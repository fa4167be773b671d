"""What is left of an operation that failed or was stopped: the instances that are behind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.plan.grouping import rectangles
from generator.plan.state import Group, Instance
from generator.units import Pair, Waves


@dataclass(frozen=True, slots=True)
class Resumption:
    """How to bring the instances of a set up to the set as it is."""

    groups: tuple[Group, ...]
    """One operation each, in the order of the waves."""
    stuck: tuple[Instance, ...]
    """Those that only a person can help."""
    suspended: tuple[Instance, ...]
    untargeted: tuple[Instance, ...]
    """Behind, but no targets any more."""
    missing: tuple[Pair, ...]
    """Targets that are no instances yet."""


def resumption(waves: Waves, instances: Iterable[Instance]) -> Resumption:
    """Plan the fewest operations, wave by wave, on the instances that are behind and no others.

    Instances keep the values that they have of their own, so those of a wave share operations
    whatever these are.
    """
    existing = {instance.pair: instance for instance in instances}
    behind = {pair: i for pair, i in existing.items() if i.status != "CURRENT" or i.has_failed}
    stuck = {pair: i for pair, i in behind.items() if i.status == "INOPERABLE" or i.is_stuck}
    suspended = {pair: i for pair, i in behind.items() if i.is_suspended}
    to_do = behind.keys() - stuck.keys() - suspended.keys()
    targets = [pair for wave in waves for pair in wave]
    return Resumption(
        groups=tuple(g for wave in waves for g in rectangles(p for p in wave if p in to_do)),
        stuck=tuple(stuck[pair] for pair in targets if pair in stuck),
        suspended=tuple(suspended.values()),
        untargeted=tuple(existing[pair] for pair in sorted(to_do.difference(targets))),
        missing=tuple(pair for pair in targets if pair not in existing),
    )
