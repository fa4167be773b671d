"""What happens to the entries of a template, in the words of AWS's change sets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generator.plan.schemas import Recreation

RESOURCES = "Resources"


class Action(StrEnum):
    """What happens."""

    ADD = "Add"
    REMOVE = "Remove"
    MODIFY = "Modify"


class Replacement(StrEnum):
    """Whether a new resource takes a modified one's place."""

    NEVER = "False"
    CONDITIONAL = "Conditional"
    ALWAYS = "True"


@dataclass(frozen=True, slots=True)
class Reason:
    """One difference within a resource or another entry of the template."""

    path: str
    """`Properties.MemorySize`, `DeletionPolicy`."""
    before: str | None
    """Readable, secrets masked; None when there was nothing."""
    after: str | None
    recreation: Recreation = Recreation.NEVER
    cause: str | None = None
    """The replaced resource whose identifiers the value has; the text itself stays the same."""


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What happens to one resource, or to one entry of another section."""

    logical_id: str
    type: str
    """A resource type; of other sections, `Parameter`, `Output`, …"""
    action: Action
    replacement: Replacement = Replacement.NEVER
    data_loss: bool = False
    consequence: str = ""
    """What becomes of the resource that is removed or replaced."""
    reasons: tuple[Reason, ...] = ()
    section: str = RESOURCES
