"""Stacks and StackSets as they are: what AWS answered, in our types."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from generator.units import Pair


@dataclass(frozen=True, slots=True)
class StackState:
    """A stack as it is."""

    id: str
    status: str
    reason: str
    parameters: dict[str, str]
    tags: dict[str, str]
    outputs: dict[str, str]
    protected: bool = False
    """Termination protection."""

    @property
    def in_progress(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def is_healthy(self) -> bool:
        return self.status in {
            "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE",
            "IMPORT_ROLLBACK_COMPLETE",
        }  # fmt: skip

    @property
    def never_came_up(self) -> bool:
        """Whether its creation failed, so that it can only be deleted and made again."""
        return self.status in {
            "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS",
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class StackResource:
    """Something that a stack holds."""

    logical_id: str
    physical_id: str
    """Empty where it was never made."""
    type: str
    status: str


@dataclass(frozen=True, slots=True)
class StackEvent:
    """Something that happened to one resource of a stack."""

    id: str
    time: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    token: str
    stack_id: str = ""
    """Of the stack whose event it is: a nested one has events of its own."""


@dataclass(frozen=True, slots=True)
class AnnouncedChange:
    """What a change set says of one resource."""

    logical_id: str
    type: str
    action: str
    """Add, Modify, Remove, Import or Dynamic."""
    replacement: str
    """True, False or Conditional; empty where it does not apply."""


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts × regions: what one StackSet call can name."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return tuple((account, region) for region in self.regions for account in self.accounts)


@dataclass(frozen=True, slots=True)
class SetValues:
    """All that a StackSet gives its instances besides the template."""

    parameters: dict[str, str]
    tags: dict[str, str]
    capabilities: tuple[str, ...]
    """Sorted."""
    administration_role: str
    """ARN."""
    execution_role: str
    """Name."""


@dataclass(frozen=True, slots=True)
class StackSetState:
    """A StackSet as it is."""

    id: str
    template: str
    values: SetValues


@dataclass(frozen=True, slots=True)
class Instance:
    """A stack instance: the set's stack in one account and region."""

    account: str
    region: str
    stack_id: str
    status: str
    """CURRENT, OUTDATED or INOPERABLE."""
    detailed_status: str
    reason: str
    last_operation: str = ""
    """Id of the last operation that was about it."""
    organizational_unit: str = ""
    """The unit of AWS Organizations that it was deployed to by itself; empty for all others."""

    @property
    def pair(self) -> Pair:
        return self.account, self.region

    @property
    def is_stuck(self) -> bool:
        """Whether operations leave it out until a person has put it right."""
        return "INOPERABLE" in (self.status, self.detailed_status)

    @property
    def is_suspended(self) -> bool:
        return self.detailed_status == "SKIPPED_SUSPENDED_ACCOUNT"

    @property
    def has_failed(self) -> bool:
        """Whether the last operation about it did not succeed."""
        return self.detailed_status in {"FAILED", "CANCELLED"}


@dataclass(frozen=True, slots=True)
class ActualStack:
    """A stack as it was read."""

    state: StackState | None = None
    """None when there is none."""
    template: str | None = None
    """None where it does not matter: there is no stack, or it cannot be updated now."""
    policy: str | None = None
    """Of the stack; None where it has none, too."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on a StackSet."""

    id: str
    action: str
    status: str
    reason: str
    started: datetime
    failed_instances: int
    ended: datetime | None = None

    @property
    def in_progress(self) -> bool:
        return self.status in {"RUNNING", "QUEUED", "STOPPING"}

    @property
    def succeeded(self) -> bool:
        # An operation within its failure tolerance says SUCCEEDED although instances failed.
        return self.status == "SUCCEEDED" and self.failed_instances == 0


@dataclass(frozen=True, slots=True)
class ActualSet:
    """A StackSet with all its instances as they were read."""

    state: StackSetState | None = None
    """None when there is none."""
    instances: tuple[Instance, ...] = ()
    overrides: dict[Pair, dict[str, str]] = field(default_factory=dict)
    """The values that instances have of their own."""
    latest: Operation | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation did to one instance."""

    account: str
    region: str
    status: str
    reason: str
