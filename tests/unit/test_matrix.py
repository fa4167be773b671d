"""What would happen in each account and region, and why."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from generator.plan import DeleteInstances, DesiredSet, UpdateSet, steps
from generator.plan.calls import calls_of_set
from generator.plan.document import Change
from generator.plan.matrix import matrix
from generator.plan.operation_ids import has_values, have_values, operation_id
from generator.plan.state import ActualSet, Group, Instance, Operation, SetValues, StackSetState
from generator.units import Pair

pytestmark = pytest.mark.unit

A, B = "111111111111", "222222222222"
WEST, EAST = "us-west-2", "us-east-1"
VALUES = SetValues({"Memory": "512"}, {}, (), "arn:admin", "exec")
DESIRED = DesiredSet(
    "shop", "new", VALUES, waves=(((A, WEST), (B, WEST)), ((A, EAST), (B, EAST))), overrides={}
)
SAME = StackSetState("shop:1", "new", VALUES)
OLD = dataclasses.replace(SAME, template="old")


def instance(
    pair: Pair, status: str = "CURRENT", detailed: str = "SUCCEEDED", **more: str
) -> Instance:
    return Instance(*pair, f"stack-{pair}", status, detailed, more.pop("reason", ""), **more)


def actual(*instances: Instance, state: StackSetState | None = SAME, **more: object) -> ActualSet:
    return ActualSet(state, instances, **more)  # type: ignore[arg-type]


def seen(desired: DesiredSet, found: ActualSet) -> dict[Pair, tuple[Change, tuple[str, ...]]]:
    planned = steps(desired, found)
    return {(p.account, p.region): (p.change, p.why) for p in matrix(desired, found, planned)}


ALL = tuple(instance(pair) for pair in DESIRED.pairs)


def test_a_new_account_in_a_region_that_is_there_is_added() -> None:
    found = actual(instance((A, WEST)), instance((A, EAST)))
    assert {pair: change for pair, (change, _) in seen(DESIRED, found).items()} == {
        (A, WEST): Change.UNCHANGED, (B, WEST): Change.ADD,
        (A, EAST): Change.UNCHANGED, (B, EAST): Change.ADD,
    }  # fmt: skip


def test_a_changed_set_reaches_every_target_and_says_so() -> None:
    rows = seen(DESIRED, actual(*ALL, state=OLD))
    assert set(rows.values()) == {(Change.UPDATE, ("the set changed",))}


def test_what_failed_before_is_tried_again_with_its_reason() -> None:
    failed = instance((B, WEST), "OUTDATED", "FAILED", reason="Bucket exists")
    rows = seen(DESIRED, actual(ALL[0], failed, *ALL[2:]))
    assert rows[B, WEST] == (Change.RETRY, ("the last operation on it failed: Bucket exists",))
    assert rows[A, WEST] == (Change.UNCHANGED, ())


def test_values_of_its_own_that_were_dropped_bring_an_instance_back_to_the_sets() -> None:
    found = actual(*ALL, overrides={(A, EAST): {"Memory": "1024"}})
    assert seen(DESIRED, found)[A, EAST] == (
        Change.UPDATE, ("no own value of Memory any more",),
    )  # fmt: skip


def test_a_former_target_is_kept_and_deleted_only_when_pruned() -> None:
    gone = instance((A, "eu-west-1"))
    found = actual(*ALL, gone)
    assert seen(DESIRED, found)[gone.pair][0] is Change.RETAIN
    pruning = dataclasses.replace(DESIRED, prune=True)
    assert seen(pruning, found)[gone.pair][0] is Change.REMOVE
    assert steps(pruning, found) == [DeleteInstances(Group((A,), ("eu-west-1",)))]


def test_what_organizations_brought_is_left_alone_even_when_pruning() -> None:
    theirs = instance(("333333333333", WEST), organizational_unit="ou-1")
    pruning = dataclasses.replace(DESIRED, prune=True)
    change, why = seen(pruning, actual(*ALL, theirs))[theirs.pair]
    assert change is Change.RETAIN
    assert "Organizations" in why[0]


def test_a_suspended_account_is_skipped_and_keeps_nobody_waiting() -> None:
    suspended = instance((B, WEST), "OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT")
    found = actual(ALL[0], suspended, *ALL[2:], state=OLD)
    assert seen(DESIRED, found)[B, WEST] == (Change.SKIP, ("the account is suspended",))
    assert all((B, WEST) not in step.pairs for step in steps(DESIRED, found))


def test_an_inoperable_instance_waits_for_a_person() -> None:
    stuck = instance((B, WEST), "INOPERABLE", "INOPERABLE", reason="DELETE_FAILED")
    rows = seen(DESIRED, actual(ALL[0], stuck, *ALL[2:]))
    assert rows[B, WEST] == (Change.STUCK, ("its stack is INOPERABLE: DELETE_FAILED",))


def test_only_an_instance_that_must_go_along_with_the_set_is_touched_beside_the_targets() -> None:
    other = instance((A, "eu-west-1"))
    found = actual(other, state=OLD)
    assert steps(DESIRED, found)[0] == UpdateSet(Group((A,), ("eu-west-1",)))
    change, why = seen(DESIRED, found)[other.pair]
    assert change is Change.UPDATE
    assert "one instance at least" in why[0]


def test_the_same_plan_of_the_same_state_is_the_same_operation() -> None:
    found = actual(*ALL, state=OLD)
    first = [operation_id(DESIRED, found, step) for step in steps(DESIRED, found)]
    assert first == [operation_id(DESIRED, found, step) for step in steps(DESIRED, found)]
    assert len(set(first)) == len(first)


def test_a_step_that_is_tried_again_is_another_operation() -> None:
    operation = Operation("gen-1", "UPDATE", "FAILED", "", datetime.now(UTC), 1)
    before, after = actual(*ALL, state=OLD), actual(*ALL, state=OLD, latest=operation)
    step = steps(DESIRED, before)[0]
    assert operation_id(DESIRED, before, step) != operation_id(DESIRED, after, step)


def test_an_operation_tells_by_its_name_what_its_instances_have_of_their_own() -> None:
    own = dataclasses.replace(DESIRED, overrides={(A, EAST): {"Memory": "1024"}})
    found = actual(*ALL)
    (step,) = steps(own, found)
    name = operation_id(own, found, step)
    assert has_values(name, {"Memory": "1024"})
    assert not has_values(name, {})
    assert not has_values("a3b1c5d2-0000-0000-0000-000000000000", {})


def test_an_update_that_leaves_own_values_tells_of_all_of_them_together() -> None:
    mixed = {(A, WEST): {"Memory": "1024"}}
    own = dataclasses.replace(DESIRED, overrides=mixed)
    found = actual(*ALL, state=OLD, overrides=mixed)
    name = operation_id(own, found, steps(own, found)[0])
    wave = {(A, WEST): {"Memory": "1024"}, (B, WEST): {}}
    assert have_values(name, wave)
    assert not have_values(name, {**wave, (B, WEST): {"Memory": "1024"}})
    assert not has_values(name, {})
    assert not has_values(name, {"Memory": "1024"})


def test_calls_are_spelled_with_targets_and_ids_and_without_values() -> None:
    own = dataclasses.replace(DESIRED, overrides={(A, EAST): {"Memory": "1024"}})
    found = actual(*ALL[:2], state=OLD)
    calls = calls_of_set(own, found, steps(own, found), account=A, region=EAST)
    assert [call.action.partition(":")[2] for call in calls] == [
        "UpdateStackSet", "CreateStackInstances", "CreateStackInstances",
    ]  # fmt: skip
    assert calls[0].arguments["Accounts"] == [A, B]
    assert calls[1].arguments["ParameterOverrides"] == ["Memory"]
    assert "1024" not in str(calls)
