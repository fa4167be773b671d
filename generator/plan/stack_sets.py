"""What has to be done to a StackSet: the fewest operations, wave by wave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.plan.grouping import rectangles
from generator.plan.state import ActualSet, Group, Instance, SetValues
from generator.plan.text import same_text, same_values
from generator.units import Pair, Waves


@dataclass(frozen=True, slots=True)
class DesiredSet:
    """A StackSet as it should be."""

    name: str
    template: str
    values: SetValues
    waves: Waves
    overrides: dict[Pair, dict[str, str]]
    """The pairs that have values of their own."""
    at_once: bool = False
    """Every instance there is with the set's own update, and none waits for another: for taking a
    release back."""
    prune: bool = False
    """Delete the stacks of instances that are no targets any more; else they are kept."""

    @property
    def pairs(self) -> list[Pair]:
        """All pairs, in wave order."""
        return [pair for wave in self.waves for pair in wave]


@dataclass(frozen=True, slots=True)
class CreateSet:
    """Create the set, without instances."""

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class UpdateSet:
    """Give the set its new template and values; reach some instances with it."""

    reaches: Group | None
    """None: all that there are, if any. Instances that are not reached turn OUTDATED."""

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return self.reaches.pairs if self.reaches else ()


@dataclass(frozen=True, slots=True)
class CreateInstances:
    """Create instances that share their overrides."""

    group: Group
    overrides: dict[str, str]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return self.group.pairs


@dataclass(frozen=True, slots=True)
class UpdateInstances:
    """Bring instances up to the set."""

    group: Group
    overrides: dict[str, str] | None
    """What all of them get as their own values; None: each keeps those that it has."""

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return self.group.pairs


@dataclass(frozen=True, slots=True)
class DeleteInstances:
    """Delete instances, and their stacks with them."""

    group: Group

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return self.group.pairs


Step = CreateSet | UpdateSet | CreateInstances | UpdateInstances | DeleteInstances


def steps(desired: DesiredSet, actual: ActualSet) -> list[Step]:
    """Plan the operations in order, each of which must succeed before the next begins.

    Nothing to do gives no steps. Instances that operations leave out anyway, for they are
    inoperable or their account is suspended, are in none.
    """
    existing = {instance.pair: instance for instance in actual.instances}
    left_out = {pair for pair, one in existing.items() if one.is_stuck or one.is_suspended}
    plan: list[Step] = []
    changed = actual.state is not None and bool(differences_of_set(desired, actual))
    reached: set[Pair] = set()
    if actual.state is None:
        plan.append(CreateSet())
    elif changed:
        reachable = {pair: one for pair, one in existing.items() if pair not in left_out}
        update = UpdateSet(None if desired.at_once else _first_reach(desired, reachable))
        reached = set(update.pairs if update.reaches else existing)
        plan.append(update)
    for wave in desired.waves:
        new = [pair for pair in wave if pair not in existing]
        behind = [
            pair
            for pair in wave
            if pair in existing
            and pair not in left_out
            and (
                own_values_differ(desired, actual, pair)
                or (pair not in reached and (changed or existing[pair].status != "CURRENT"))
            )
        ]
        other = [pair for pair in behind if own_values_differ(desired, actual, pair)]
        same = [pair for pair in behind if pair not in set(other)]
        # However much their own values differ: an operation that gives none leaves them, so that
        # one is enough for all, and no region waits for another one's.
        plan += [UpdateInstances(group, None) for group in rectangles(same)]
        plan += [UpdateInstances(g, o) for g, o in _by_overrides(other, desired)]
        plan += [CreateInstances(g, o) for g, o in _by_overrides(new, desired)]
    if desired.prune:
        plan += [
            DeleteInstances(group)
            for group in rectangles(one.pair for one in kept(desired, actual.instances))
        ]
    return plan


def kept(desired: DesiredSet, instances: Iterable[Instance]) -> list[Instance]:
    """List the instances that are no targets any more: they stay as they are, unless pruned.

    Those that AWS Organizations brought are its own, and are not among them.
    """
    wanted = set(desired.pairs)
    return [
        instance
        for instance in instances
        if instance.pair not in wanted and not instance.organizational_unit
    ]


def own_values_differ(desired: DesiredSet, actual: ActualSet, pair: Pair) -> bool:
    """Say whether an instance is to have other values of its own than it has."""
    return not same_values(desired.overrides.get(pair, {}), actual.overrides.get(pair, {}))


def differences_of_set(desired: DesiredSet, actual: ActualSet) -> tuple[str, ...]:
    """Name what of the set itself is not as it should be."""
    if actual.state is None:
        return ()
    wanted, found = desired.values, actual.state.values
    differing = {
        "template": not same_text(desired.template, actual.state.template),
        "parameters": not same_values(wanted.parameters, found.parameters),
        "tags": not same_values(wanted.tags, found.tags),
        "capabilities": wanted.capabilities != found.capabilities,
        "administration role": wanted.administration_role != found.administration_role,
        "execution role": wanted.execution_role != found.execution_role,
    }
    return tuple(name for name, differs in differing.items() if differs)


def _first_reach(desired: DesiredSet, existing: dict[Pair, Instance]) -> Group | None:
    """Choose the instances that the set's update itself reaches: the canary, as far as it exists.

    UpdateStackSet must name instances that exist, or reaches all of them. Where the canary is new,
    a single instance goes with the update, so that as little as possible runs ahead of the canary.
    """
    canary = [pair for pair in desired.waves[0] if pair in existing]
    if canary:
        return rectangles(canary)[0]
    others = [pair for pair in (*desired.pairs, *existing) if pair in existing]
    return rectangles(others[:1])[0] if others else None


def _by_overrides(pairs: list[Pair], desired: DesiredSet) -> Iterator[tuple[Group, dict[str, str]]]:
    """Group pairs by the values they have of their own, then into rectangles."""
    same: dict[tuple[tuple[str, str], ...], list[Pair]] = {}
    for pair in pairs:
        values = tuple(sorted(desired.overrides.get(pair, {}).items()))
        same.setdefault(values, []).append(pair)
    for values, members in same.items():
        for group in rectangles(members):
            yield group, dict(values)
