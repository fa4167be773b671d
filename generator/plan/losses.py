"""What a plan would take away that nobody can bring back."""

from __future__ import annotations

from generator.plan.changes import Action, ResourceChange
from generator.plan.document import Plan, UnitPlan
from generator.plan.schemas import Recreation
from generator.plan.stateful import HOLDINGS
from generator.units import Kind


def losses(plan: Plan, *, stack_policy: bool = False) -> list[tuple[UnitPlan, ResourceChange]]:
    """List the resources that hold something and that would be replaced or deleted.

    Also where the old one is kept, since what takes its place is empty; and where only AWS knows
    whether a changed property takes a new one. Not where nothing but a reference may change. With
    a stack policy, also what would leave its stack and stay: the policy denies that, too.
    """
    return [
        (unit, change)
        for unit in plan.units
        for change in unit.resources
        if change.type in HOLDINGS
        and (_is_renewed(change) or _is_deleted(change) or (stack_policy and _leaves(unit, change)))
    ]


def _is_renewed(change: ResourceChange) -> bool:
    return any(
        reason.recreation is not Recreation.NEVER and reason.cause is None
        for reason in change.reasons
    )


def _is_deleted(change: ResourceChange) -> bool:
    return change.action is Action.REMOVE and change.data_loss


def _leaves(unit: UnitPlan, change: ResourceChange) -> bool:
    return change.action is Action.REMOVE and unit.kind == Kind.STACK
