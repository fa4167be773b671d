"""What a stack set, its instances and its operations are; AWS's own terms and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

Action = Literal["CREATE", "UPDATE", "DELETE", "DETECT_DRIFT"]
OperationStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "STOPPING", "STOPPED", "QUEUED"]
InstanceStatus = Literal["CURRENT", "OUTDATED", "INOPERABLE"]
ResultStatus = Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
DetailedStatus = Literal[
    "PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED", "INOPERABLE", "FAILED_IMPORT",
    "SKIPPED_SUSPENDED_ACCOUNT",
]  # fmt: skip
DriftStatus = Literal["DRIFTED", "IN_SYNC", "UNKNOWN", "NOT_CHECKED"]
ResourceDrift = Mapping[str, Any]
"""What drift detection found of a resource, by the API's own names."""

DEFAULT_EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
DEFAULT_ADMINISTRATION_ROLE = "AWSCloudFormationStackSetAdministrationRole"
ENDED: frozenset[OperationStatus] = frozenset({"SUCCEEDED", "FAILED", "STOPPED"})


def now() -> str:
    """Return the present time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Target(NamedTuple):
    """Where a stack instance is: one account in one region."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """How an operation proceeds; counts and percentages are of the accounts of one region."""

    region_concurrency: Literal["SEQUENTIAL", "PARALLEL"] = "SEQUENTIAL"
    region_order: tuple[str, ...] = ()
    tolerance_count: int | None = None
    tolerance_percentage: int | None = None
    concurrent_count: int | None = None
    concurrent_percentage: int | None = None
    mode: Literal["STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"] = "STRICT_FAILURE_TOLERANCE"

    def tolerated(self, accounts: int) -> int:
        """Return how many of a region's accounts may fail."""
        if self.tolerance_percentage is not None:
            return accounts * self.tolerance_percentage // 100
        return self.tolerance_count or 0

    def concurrent(self, accounts: int, *, failed: int) -> int:
        """Return how many of a region's accounts may be worked on at once."""
        if self.concurrent_percentage is not None:
            most = max(1, accounts * self.concurrent_percentage // 100)
        else:
            most = self.concurrent_count or 1
        if self.mode == "SOFT_FAILURE_TOLERANCE":
            return most
        return max(1, min(most, self.tolerated(accounts) + 1 - failed))


@dataclass(slots=True)
class Result:
    """How far an operation is with one target."""

    status: ResultStatus = "PENDING"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StackDrift:
    """What drift detection found of a stack."""

    status: DriftStatus
    resources: Sequence[ResourceDrift]
    """Those that could be checked."""


@dataclass(slots=True)
class Operation:
    """One asynchronous change of a stack set's instances, or one look at their drift."""

    operation_id: str
    action: Action
    results: dict[Target, Result]
    preferences: Preferences
    administration_role: str
    execution_role: str
    retain_stacks: bool | None = None
    status: OperationStatus = "RUNNING"
    created: str = field(default_factory=now)
    ended: str | None = None
    imports: Mapping[Target, str] = field(default_factory=dict)
    """The stacks that it makes instances of the set."""
    drifts: dict[Target, StackDrift] = field(default_factory=dict)
    """What it found; of DETECT_DRIFT."""

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    def failed_count(self, region: str | None = None) -> int:
        """Return how many instances failed, of all regions or of one."""
        return sum(
            result.status == "FAILED"
            for target, result in self.results.items()
            if region in (None, target.region)
        )


@dataclass(slots=True)
class Instance:
    """The set's stack in one account and region, or the wish for one."""

    target: Target
    overrides: dict[str, str] = field(default_factory=dict)
    stack_id: str = ""
    status: InstanceStatus = "OUTDATED"
    detailed: DetailedStatus = "PENDING"
    reason: str = ""
    last_operation: str = ""
    drift: DriftStatus = "NOT_CHECKED"
    drift_checked: str | None = None


@dataclass(slots=True)
class StackSet:
    """A template with parameters and tags, and the instances made of it."""

    name: str
    set_id: str
    account: str
    region: str
    template: str
    parameters: dict[str, str]
    tags: dict[str, str]
    capabilities: tuple[str, ...]
    description: str
    administration_role: str
    execution_role: str
    managed_execution: bool = False
    instances: dict[Target, Instance] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    deleted: bool = False

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudformation:{self.region}:{self.account}:stackset/{self.set_id}"

    @property
    def regions(self) -> list[str]:
        return list(dict.fromkeys(target.region for target in self.instances))

    def drift_operation(self) -> Operation | None:
        """Return the last drift detection that has ended, if there was one."""
        newest_first = reversed(self.operations.values())
        looks = (one for one in newest_first if one.action == "DETECT_DRIFT" and one.has_ended)
        return next(looks, None)

    def unfinished(self) -> Operation | None:
        """Return an operation that still runs or waits, if there is one."""
        return next((one for one in self.operations.values() if not one.has_ended), None)
