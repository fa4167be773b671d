"""What a set's steps mean for each account and region, and why."""

from __future__ import annotations

from generator.plan.document import Change, PairPlan
from generator.plan.stack_sets import (
    DeleteInstances,
    DesiredSet,
    Step,
    UpdateSet,
    differences_of_set,
    own_values_differ,
)
from generator.plan.stacks import DesiredStack, StackAction, wanted_policy
from generator.plan.state import ActualSet, ActualStack, Instance
from generator.plan.text import same_text, same_values
from generator.units import Pair


def matrix(desired: DesiredSet, actual: ActualSet, steps: list[Step]) -> tuple[PairPlan, ...]:
    """Say of each account and region what would happen: targets in wave order, then all others."""
    there = {one.pair: one for one in actual.instances}
    removed = {p for step in steps if isinstance(step, DeleteInstances) for p in step.pairs}
    changed = bool(differences_of_set(desired, actual))
    plans = [
        _target(desired, actual, pair, number, there.get(pair), changed=changed)
        for number, wave in enumerate(desired.waves, 1)
        for pair in wave
    ]
    wanted = set(desired.pairs)
    touched = {pair for step in steps if isinstance(step, UpdateSet) for pair in step.pairs}
    for pair, one in there.items():
        if pair not in wanted:
            plans.append(_other(one, removed=pair in removed, touched=pair in touched))
    return tuple(plans)


def stack_reasons(
    desired: DesiredStack, actual: ActualStack, action: StackAction
) -> tuple[str, ...]:
    """Say why something is done to a stack."""
    state = actual.state
    if state is None:
        return ("does not exist",)
    match action:
        case StackAction.WAIT | StackAction.STUCK:
            return (f"is {state.status}",)
        case StackAction.RECREATE:
            return (f"never came up ({state.status}): it is deleted and made again",)
    differing = {
        "template": not same_text(desired.template, actual.template),
        "parameters": not same_values(desired.parameters, state.parameters),
        "tags": not same_values(desired.tags, state.tags),
        "termination protection": desired.protected != state.protected,
        "stack policy": wanted_policy(desired, actual) is not None,
    }
    return tuple(f"its {name} changed" for name, differs in differing.items() if differs)


def _target(
    desired: DesiredSet, actual: ActualSet, pair: Pair, wave: int, instance: Instance | None,
    *, changed: bool,
) -> PairPlan:  # fmt: skip
    if instance is None:
        return PairPlan(*pair, Change.ADD, ("is a target, and has no instance yet",), wave)
    if instance.is_stuck:
        return PairPlan(*pair, Change.STUCK, (_reason(instance, "its stack is INOPERABLE"),), wave)
    if instance.is_suspended:
        return PairPlan(*pair, Change.SKIP, ("the account is suspended",), wave)
    why = ["the set changed"] if changed else []
    if own_values_differ(desired, actual, pair):
        why.append(_own_values(desired, actual, pair))
    failed = instance.status != "CURRENT" and instance.has_failed
    if failed:
        why.append(_reason(instance, "the last operation on it failed"))
    elif instance.status != "CURRENT":
        why.append(f"is {instance.status}")
    if not why:
        return PairPlan(*pair, Change.UNCHANGED, (), wave)
    return PairPlan(*pair, Change.RETRY if failed else Change.UPDATE, tuple(why), wave)


def _other(instance: Instance, *, removed: bool, touched: bool) -> PairPlan:
    if removed:
        change, why = Change.REMOVE, "is no target any more: its stack is deleted"
    elif touched:
        change, why = (
            Change.UPDATE,
            "is no target, but AWS updates a set with one instance at least",
        )
    elif instance.organizational_unit:
        change, why = (
            Change.RETAIN,
            f"AWS Organizations brought it ({instance.organizational_unit})",
        )
    else:
        change, why = Change.RETAIN, "is no target any more: its stack is kept"
    return PairPlan(*instance.pair, change, (why,), None)


def _reason(instance: Instance, otherwise: str) -> str:
    return f"{otherwise}: {instance.reason}" if instance.reason else otherwise


def _own_values(desired: DesiredSet, actual: ActualSet, pair: Pair) -> str:
    before, after = actual.overrides.get(pair, {}), desired.overrides.get(pair, {})
    names = sorted(n for n in {*before, *after} if before.get(n) != after.get(n))
    dropped = [name for name in names if name not in after]
    given = [name for name in names if name in after]
    said = [f"own value of {', '.join(given)}"] if given else []
    said += [f"no own value of {', '.join(dropped)} any more"] if dropped else []
    return "; ".join(said)
