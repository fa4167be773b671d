"""What has to be done to one stack."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generator.plan.state import StackState
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


class StackAction(StrEnum):
    """What to do."""

    NOTHING = "nothing"
    CREATE = "create"
    UPDATE = "update"
    RECREATE = "recreate"
    """It never came up: take the empty shell away, then create."""
    WAIT = "wait"
    """Something is under way: look again when it has ended."""
    STUCK = "stuck"
    """Only a person can say how it goes on."""


def decide(desired: DesiredStack, actual: StackState | None, template: str | None) -> StackAction:
    """Decide from the stack's state and its present template (None when there is no stack)."""
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
    # After a rolled-back update, template and parameters are the old ones again, so they differ
    # from the desired ones by themselves.
    return StackAction.NOTHING if same else StackAction.UPDATE
