"""The calls by which a plan is carried out, spelled as AWS's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.plan.document import Call
from generator.plan.operation_ids import operation_id
from generator.plan.stack_sets import (
    CreateInstances,
    CreateSet,
    DeleteInstances,
    DesiredSet,
    Step,
    UpdateInstances,
    UpdateSet,
)
from generator.plan.stacks import DesiredStack, StackAction, wanted_policy
from generator.plan.state import ActualSet, ActualStack, Group


def calls_of_set(
    desired: DesiredSet, actual: ActualSet, steps: list[Step], *, account: str, region: str
) -> tuple[Call, ...]:
    """Spell the steps of a set, which is administered from `account` and `region`."""
    return tuple(
        Call(f"cloudformation:{action}", account, region, {"StackSetName": desired.name} | rest)
        for step in steps
        for action, rest in [_spell(desired, actual, step)]
    )


def calls_of_stack(
    desired: DesiredStack, actual: ActualStack, action: StackAction
) -> tuple[Call, ...]:
    """Spell what is done to a stack."""
    match action:
        case StackAction.CREATE:
            actions = ["CreateStack"]
        case StackAction.RECREATE:
            guarded = actual.state is not None and actual.state.protected
            actions = ["UpdateTerminationProtection"] if guarded else []
            actions += ["DeleteStack", "CreateStack"]
        case StackAction.UPDATE:
            actions = ["UpdateStack", *_protection(desired, actual)]
        case StackAction.PROTECT:
            actions = list(_protection(desired, actual))
        case _:
            actions = []
    return tuple(
        Call(f"cloudformation:{a}", desired.account, desired.region, {"StackName": desired.name})
        for a in actions
    )


def _protection(desired: DesiredStack, actual: ActualStack) -> Iterator[str]:
    if wanted_policy(desired, actual) is not None:
        yield "SetStackPolicy"
    if actual.state is not None and desired.protected != actual.state.protected:
        yield "UpdateTerminationProtection"


def _spell(desired: DesiredSet, actual: ActualSet, step: Step) -> tuple[str, dict[str, Any]]:
    # What creates a set is no operation, and has no id.
    named = {"OperationId": operation_id(desired, actual, step)}
    match step:
        case CreateSet():
            return "CreateStackSet", {}
        case UpdateSet(reaches):
            return "UpdateStackSet", (_spell_group(reaches) if reaches else {}) | named
        case CreateInstances(group, overrides):
            return "CreateStackInstances", _spell_targets(group, overrides) | named
        case UpdateInstances(group, overrides):
            return "UpdateStackInstances", _spell_targets(group, overrides) | named
        case DeleteInstances(group):
            return "DeleteStackInstances", _spell_group(group) | {"RetainStacks": False} | named


def _spell_targets(group: Group, overrides: dict[str, str] | None) -> dict[str, Any]:
    own = {"ParameterOverrides": sorted(overrides)} if overrides else {}
    return _spell_group(group) | own


def _spell_group(group: Group) -> dict[str, Any]:
    return {"Accounts": list(group.accounts), "Regions": list(group.regions)}
