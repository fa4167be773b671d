"""A stack set operation takes its targets in order, tolerates what it may, cancels the rest."""

import asyncio
from dataclasses import dataclass, field

import pytest

from localcloud.stacksets.model import (
    Instance,
    Operation,
    Preferences,
    Result,
    StackSet,
    Target,
)
from localcloud.stacksets.operations import MemberError, Queue, Runner

pytestmark = pytest.mark.unit

REGIONS = ("us-east-1", "eu-central-1", "ap-south-1")


@dataclass
class Members:
    """Stacks that take two turns of the loop each, and fail where they are told to."""

    failing: set[Target] = field(default_factory=set)
    begun: list[Target] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def deploy(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None:
        self.begun.append(instance.target)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.at_once -= 1
        if instance.target in self.failing:
            raise MemberError("no room")

    async def remove(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None:
        if instance.target in self.failing:
            raise MemberError("still in use", inoperable=True)


class Silence:
    """Announce nothing."""

    def operation(self, stack_set: StackSet, operation: Operation) -> None: ...

    def instance(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None: ...


def a_set(targets: list[Target]) -> StackSet:
    stack_set = StackSet(
        name="shop", set_id="shop:1", account="111111111111", region="us-east-1", template="",
        parameters={}, tags={}, capabilities=(), description="", administration_role="a",
        execution_role="e",
    )  # fmt: skip
    stack_set.instances = {target: Instance(target) for target in targets}
    return stack_set


def targets(accounts: int, regions: tuple[str, ...] = REGIONS) -> list[Target]:
    return [Target(f"{number:012d}", region) for region in regions for number in range(accounts)]


def run(
    members: Members, where: list[Target], preferences: Preferences, action: str = "UPDATE"
) -> tuple[StackSet, Operation]:
    stack_set = a_set(where)
    operation = Operation(
        operation_id="1",
        action="DELETE" if action == "DELETE" else "UPDATE",
        results={target: Result() for target in where},
        preferences=preferences,
        administration_role="a",
        execution_role="e",
    )
    asyncio.run(Runner(stack_set, operation, members, Silence()).run())
    return stack_set, operation


def statuses(operation: Operation) -> dict[Target, str]:
    return {target: result.status for target, result in operation.results.items()}


def test_regions_follow_their_order_and_the_rest_comes_after() -> None:
    members = Members()
    run(members, targets(1), Preferences(region_order=("ap-south-1",)))
    assert [target.region for target in members.begun] == [
        "ap-south-1", "us-east-1", "eu-central-1",
    ]  # fmt: skip


def test_no_region_begins_before_the_one_before_it_is_done() -> None:
    members = Members()
    run(members, targets(3), Preferences(concurrent_count=9, tolerance_count=9))
    assert members.most_at_once == 3
    assert [target.region for target in members.begun] == [
        region for region in REGIONS for _ in range(3)
    ]


def test_parallel_regions_begin_together() -> None:
    members = Members()
    run(members, targets(1), Preferences(region_concurrency="PARALLEL"))
    assert members.most_at_once == 3


@pytest.mark.parametrize(
    ("preferences", "most"),
    [
        (Preferences(), 1),
        (Preferences(concurrent_count=4), 1),
        (Preferences(concurrent_count=4, tolerance_count=1), 2),
        (Preferences(concurrent_count=4, mode="SOFT_FAILURE_TOLERANCE"), 4),
        (Preferences(concurrent_percentage=50, tolerance_percentage=100), 5),
        (Preferences(concurrent_percentage=1, tolerance_percentage=100), 1),
    ],
)
def test_accounts_of_a_region_are_worked_on_so_many_at_once(
    preferences: Preferences, most: int
) -> None:
    members = Members()
    run(members, targets(10, ("us-east-1",)), preferences)
    assert members.most_at_once == most


def test_strict_mode_lowers_the_concurrency_with_every_failure() -> None:
    preferences = Preferences(concurrent_count=3, tolerance_count=2)
    assert [preferences.concurrent(10, failed=failed) for failed in range(3)] == [3, 2, 1]


def test_one_failure_too_many_cancels_all_that_has_not_begun() -> None:
    where = targets(2)
    members = Members(failing={where[2]})
    stack_set, operation = run(members, where, Preferences())
    assert list(statuses(operation).values()) == [
        "SUCCEEDED", "SUCCEEDED", "FAILED", "CANCELLED", "CANCELLED", "CANCELLED",
    ]  # fmt: skip
    assert operation.status == "FAILED"
    assert operation.results[where[3]].reason == "Cancelled since failure tolerance has exceeded"
    assert stack_set.instances[where[2]].reason == "no room"
    assert stack_set.instances[where[5]].status == "OUTDATED"


def test_the_last_failure_fails_the_operation_too() -> None:
    where = targets(1)
    _, operation = run(Members(failing={where[-1]}), where, Preferences())
    assert operation.status == "FAILED"


def test_tolerance_counts_per_region() -> None:
    where = targets(3)
    members = Members(failing={where[0], where[3], where[6]})
    _, operation = run(members, where, Preferences(tolerance_count=1))
    assert operation.status == "SUCCEEDED"
    assert operation.failed_count() == 3


def test_percentages_of_tolerance_are_rounded_down() -> None:
    assert Preferences(tolerance_percentage=34).tolerated(3) == 1
    assert Preferences(tolerance_percentage=33).tolerated(3) == 0


def test_a_failed_deletion_leaves_the_instance_inoperable() -> None:
    where = targets(1, ("us-east-1", "eu-central-1"))
    stack_set, operation = run(Members(failing={where[1]}), where, Preferences(), action="DELETE")
    assert operation.status == "FAILED"
    assert list(stack_set.instances) == [where[1]]
    assert stack_set.instances[where[1]].status == "INOPERABLE"


def test_a_queued_operation_begins_when_the_one_before_it_has_ended() -> None:
    where = targets(1)
    stack_set = a_set(where)
    members = Members()
    queue = Queue(lambda one, operation: Runner(one, operation, members, Silence()))

    def operation(name: str) -> Operation:
        return Operation(name, "UPDATE", {one: Result() for one in where}, Preferences(), "a", "e")

    async def both() -> tuple[Operation, Operation]:
        first, second = operation("1"), operation("2")
        queue.add(stack_set, first)
        queue.add(stack_set, second)
        assert (first.status, second.status) == ("RUNNING", "QUEUED")
        while not second.has_ended:
            await asyncio.sleep(0)
            assert first.has_ended or second.status == "QUEUED"
        return first, second

    first, second = asyncio.run(both())
    assert (first.status, second.status) == ("SUCCEEDED", "SUCCEEDED")
