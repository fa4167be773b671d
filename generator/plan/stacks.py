"""What has to be done to one stack."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generator.plan.protection import same_policy, stack_policy
from generator.plan.state import ActualStack
from generator.plan.text import same_text, same_values


@dataclass(frozen=True, slots=True)
class DesiredStack:
    """A stack as it should be."""

    name: str
    account: str
    region: str
    template: str
    parameters: dict[str, str]
    tags: dict[str, str]
    capabilities: tuple[str, ...]
    protected: bool = False
    """Termination protection."""
    policy: str | None = None
    """The stack policy; None where none is wanted."""


class StackAction(StrEnum):
    """What to do."""

    NOTHING = "nothing"
    CREATE = "create"
    UPDATE = "update"
    PROTECT = "protect"
    """Set its termination protection and its policy, whichever is not as it should be."""
    RECREATE = "recreate"
    """It never came up: take the empty shell away, then create."""
    WAIT = "wait"
    """Something is under way: look again when it has ended."""
    STUCK = "stuck"
    """Only a person can say how it goes on."""


def decide(desired: DesiredStack, found: ActualStack) -> StackAction:
    """Decide from what the stack is."""
    actual, template = found.state, found.template
    if actual is None:
        return StackAction.CREATE
    if actual.in_progress:
        return StackAction.WAIT
    if actual.never_came_up:
        return StackAction.RECREATE
    if not actual.is_healthy:
        return StackAction.STUCK
    same = (
        same_text(desired.template, template)
        and same_values(desired.parameters, actual.parameters)
        and same_values(desired.tags, actual.tags)
    )
    wanted = wanted_policy(desired, found)
    # A policy that is not wanted any more goes before the update that it would refuse. Any other
    # comes after the update: what the stack has had is judged by the policy that it has had.
    if wanted is not None and (same or desired.policy is None):
        return StackAction.PROTECT
    # After a rolled-back update, template and parameters are the old ones again, so they differ
    # from the desired ones by themselves.
    if not same:
        return StackAction.UPDATE
    return StackAction.NOTHING if desired.protected == actual.protected else StackAction.PROTECT


def wanted_policy(desired: DesiredStack, found: ActualStack) -> str | None:
    """Give the policy that a stack should get; None when it has the right one.

    Where none is wanted, only the one that we have made is opened up again: there is no way to take
    a stack's policy away, and another one is somebody else's.
    """
    template, policy = found.template, found.policy
    if desired.policy is not None:
        return None if same_policy(desired.policy, policy) else desired.policy
    ours = policy is not None and template is not None
    if ours and same_policy(stack_policy(template or ""), policy):
        opened = stack_policy("")
        return None if same_policy(opened, policy) else opened
    return None
