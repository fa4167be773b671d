"""Read stacks and StackSets as they are, with as few calls as that takes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from generator.aws import AwsError, Stacks, StackSets
from generator.plan import DesiredSet
from generator.plan.operation_ids import has_values, have_values
from generator.plan.state import ActualSet, ActualStack, Instance, Operation
from generator.units import Pair

AT_ONCE = 8
"""Instances that are asked for their own values at the same time."""


def read_stack(stacks: Stacks, name: str) -> ActualStack:
    """Read a stack, with its template and policy where they matter."""
    state = stacks.describe(name)
    if state is None or not state.is_healthy:
        return ActualStack(state)
    return ActualStack(state, stacks.template(name), stacks.policy(name))


def read_set(sets: StackSets, desired: DesiredSet) -> ActualSet:
    """Read a set and all its instances.

    An instance is asked for its own values only where the listing does not tell them.
    """
    # Before all else: what is read after an operation has ended is what it left.
    latest = _latest(sets, desired.name)
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="set") as pool:
        state, listed = (
            pool.submit(sets.describe, desired.name),
            pool.submit(_instances, sets, desired.name),
        )
        found, instances = state.result(), listed.result()
    if found is None:
        return ActualSet()
    return ActualSet(found, tuple(instances), own_values(sets, desired, instances), latest)


def own_values(
    sets: StackSets, desired: DesiredSet, instances: list[Instance]
) -> dict[Pair, dict[str, str]]:
    """Give the values that targets have of their own."""
    wanted, known, unknown = set(desired.pairs), dict[Pair, dict[str, str]](), list[Pair]()
    of_operation: dict[str, dict[Pair, dict[str, str]]] = {}
    for one in instances:
        values = desired.overrides.get(one.pair, {})
        of_operation.setdefault(one.last_operation, {})[one.pair] = values
    told = {name for name, values in of_operation.items() if have_values(name, values)}
    for one in instances:
        values = desired.overrides.get(one.pair, {})
        tells = one.last_operation in told or has_values(one.last_operation, values)
        # What a failed operation was to give, the instance may not have.
        if tells and one.detailed_status == "SUCCEEDED":
            known[one.pair] = values
        elif one.pair in wanted:
            unknown.append(one.pair)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="own-values") as pool:
        read = pool.map(lambda pair: sets.overrides(desired.name, pair), unknown)
        return known | dict(zip(unknown, read, strict=True))


def _latest(sets: StackSets, name: str) -> Operation | None:
    try:
        return sets.latest_operation(name)
    except AwsError as error:
        if error.code == "StackSetNotFoundException":
            return None
        raise


def _instances(sets: StackSets, name: str) -> list[Instance]:
    try:
        return sets.instances(name)
    except AwsError as error:
        if error.code == "StackSetNotFoundException":
            return []
        raise
