"""The state of each StackSet at one look: what is under way on it, which instances are behind."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws import AwsError, StackSets
from generator.deploy.operations.causes import remedy
from generator.deploy.operations.operation import starter
from generator.plan.state import Instance, Operation
from generator.units import Pair


@dataclass(frozen=True, slots=True)
class OperationStatus:
    """An operation that has not ended, and how far it is."""

    operation: Operation
    by: str
    instances: int
    done: int
    failed: int


@dataclass(frozen=True, slots=True)
class BehindStatus:
    """An instance that is not as its set is."""

    account: str
    region: str
    status: str
    """OUTDATED or INOPERABLE."""
    detailed_status: str
    reason: str
    to_do: str | None
    """What a person must do, where nothing else helps."""


@dataclass(frozen=True, slots=True)
class SetStatus:
    """One StackSet."""

    unit: str
    name: str
    instances: tuple[Instance, ...]
    latest: Operation | None
    under_way: tuple[OperationStatus, ...]
    """In the order in which they run."""

    @property
    def behind(self) -> tuple[BehindStatus, ...]:
        """List the instances that are not as the set is."""
        return tuple(
            BehindStatus(
                i.account, i.region, i.status, i.detailed_status, i.reason, remedy(self.name, i)
            )
            for i in self.instances
            if i.status != "CURRENT"
        )

    @property
    def resumable(self) -> list[Pair]:
        """List the instances that another operation can bring up."""
        behind = [i for i in self.instances if i.status == "OUTDATED"]
        return [i.pair for i in behind if not i.is_stuck and not i.is_suspended]


def set_status(sets: StackSets, *, unit: str, name: str) -> SetStatus | None:
    """Look at a StackSet; None when there is none."""
    try:
        recent = sets.recent(name)
        instances = sets.instances(name)
    except AwsError as error:
        if error.code == "StackSetNotFoundException":
            return None
        raise
    running = [operation for operation in reversed(recent) if operation.in_progress]
    return SetStatus(
        unit=unit,
        name=name,
        instances=tuple(instances),
        latest=next(iter(recent), None),
        under_way=tuple(_progress(sets, name, operation) for operation in running),
    )


def _progress(sets: StackSets, name: str, operation: Operation) -> OperationStatus:
    statuses = [result.status for result in sets.results(name, operation.id)]
    return OperationStatus(
        operation=operation,
        by=starter(operation.id),
        instances=len(statuses),
        done=statuses.count("SUCCEEDED"),
        failed=statuses.count("FAILED"),
    )
