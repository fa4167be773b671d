"""What was changed behind CloudFormation's back, as data: units, their stacks, resources."""

from __future__ import annotations

from dataclasses import dataclass

from generator.errors import Problem
from generator.plan.drifts import Difference

IN_SYNC = "IN_SYNC"
DRIFTED = "DRIFTED"
UNKNOWN = "UNKNOWN"
NOT_CHECKED = "NOT_CHECKED"
"""AWS's own words."""


@dataclass(frozen=True, slots=True)
class DriftedResource:
    """A resource that is not as the template says."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    """MODIFIED or DELETED."""
    differences: tuple[Difference, ...]
    """Values of secret properties are masked."""
    file: str | None
    line: int | None
    """Where a template says what it should be; None where the present build does not tell."""


@dataclass(frozen=True, slots=True)
class UncheckedResource:
    """A resource that CloudFormation cannot compare."""

    logical_id: str
    type: str
    reason: str


@dataclass(frozen=True, slots=True)
class StackDrift:
    """One stack: a unit's own, or a stack instance's."""

    account: str
    region: str
    status: str
    reason: str = ""
    """Why it is UNKNOWN or NOT_CHECKED."""
    resources: tuple[DriftedResource, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitDrift:
    """A unit: its stack or stacks, or none where it is not deployed."""

    unit: str
    name: str
    """Of the stack or StackSet."""
    stacks: tuple[StackDrift, ...]
    unchecked: tuple[UncheckedResource, ...] = ()
    """Resources of any of its stacks that CloudFormation cannot compare."""

    @property
    def drifted(self) -> bool:
        return any(stack.status == DRIFTED for stack in self.stacks)


@dataclass(frozen=True, slots=True)
class DriftReport:
    """All that was looked at."""

    project: str
    environment: str
    drifted: bool
    units: tuple[UnitDrift, ...]
    problems: tuple[Problem, ...]
    """What could not be looked at, though it should have been."""
