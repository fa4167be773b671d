"""A set's way to its desired state, against a set that lives in memory.

Each test is a mistake that another tool is known for, or a promise of ours.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fakeaws import FakeCloud

from generator.aws import AwsError, TemplateSource
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.progress import Row, Status
from generator.deploy.stack_set import StackSetDeployment
from generator.errors import GenError, Problem
from generator.plan import DesiredSet
from generator.plan.state import Group, Instance, Operation, Result, SetValues, StackSetState
from generator.units import Pair

pytestmark = pytest.mark.unit

A, B = "111111111111", "222222222222"
WEST, EAST, EU = "us-west-2", "us-east-1", "eu-central-1"
VALUES = SetValues({"Memory": "512"}, {"Owner": "team"}, (), "arn:admin", "exec")
DESIRED = DesiredSet(
    "shop", "new", VALUES,
    waves=(((A, WEST), (B, WEST)), ((A, EAST), (B, EAST), (A, EU), (B, EU))), overrides={},
)  # fmt: skip


def refused(code: str) -> AwsError:
    return AwsError(Problem(code), code=code, message=code)


@dataclass
class MemorySet:
    """A StackSet that does at once, and truly, what it is told."""

    state: StackSetState | None = None
    there: dict[Pair, Instance] = field(default_factory=dict)
    own: dict[Pair, dict[str, str]] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    """Newest first."""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    asked: list[Pair] = field(default_factory=list)
    """The instances that were asked for their own values."""
    failing: set[Pair] = field(default_factory=set)
    refusals: list[AwsError] = field(default_factory=list)
    """What the next calls that change something are answered with."""

    def latest_operation(self, _: str) -> Operation | None:
        return self.operations[0] if self.operations else None

    def under_way(self, _: str) -> list[Operation]:
        return [one for one in self.operations if one.in_progress]

    def describe(self, _: str) -> StackSetState | None:
        return self.state

    def instances(self, _: str) -> list[Instance]:
        return list(self.there.values())

    def overrides(self, _: str, pair: Pair) -> dict[str, str]:
        self.asked.append(pair)
        return self.own.get(pair, {})

    def operation(self, _: str, operation: str) -> Operation:
        return next(one for one in self.operations if one.id == operation)

    def results(self, _: str, operation: str) -> list[Result]:
        touched = [one for one in self.there.values() if one.last_operation == operation]
        return [Result(o.account, o.region, o.detailed_status, o.reason) for o in touched]

    def create(self, _: str, template: TemplateSource, values: SetValues, *, token: str) -> None:
        self._note("create", token)
        self.state = StackSetState("shop:1", template.text, values)

    def update(
        self, _: str, template: TemplateSource, values: SetValues, *, reaches: Group | None,
        operation: str, tolerant: bool,
    ) -> None:  # fmt: skip
        self._note("update", reaches and reaches.pairs)
        self.state = StackSetState("shop:1", template.text, values)
        self.there = {pair: replace(one, status="OUTDATED") for pair, one in self.there.items()}
        self._work(reaches.pairs if reaches else tuple(self.there), operation)

    def create_instances(
        self, _: str, group: Group, *, overrides: dict[str, str], operation: str
    ) -> None:
        self._note("create instances", group.pairs)
        self.own |= dict.fromkeys(group.pairs, overrides)
        self._work(group.pairs, operation)

    def update_instances(
        self, _: str, group: Group, *, overrides: dict[str, str] | None, operation: str,
        tolerant: bool,
    ) -> None:  # fmt: skip
        self._note("update instances", group.pairs)
        if missing := [pair for pair in group.pairs if pair not in self.there]:
            raise refused("StackInstanceNotFoundException") from KeyError(missing)
        if overrides is not None:
            self.own |= dict.fromkeys(group.pairs, overrides)
        self._work(group.pairs, operation)

    def delete_instances(self, _: str, group: Group, *, operation: str) -> None:
        self._note("delete instances", group.pairs)
        for pair in group.pairs:
            del self.there[pair]
        self._work((), operation)

    def _note(self, call: str, about: Any) -> None:
        self.calls.append((call, about))
        if self.refusals:
            raise self.refusals.pop(0)

    def _work(self, pairs: tuple[Pair, ...], operation: str) -> None:
        for pair in pairs:
            bad = pair in self.failing
            self.there[pair] = Instance(
                *pair, "", "OUTDATED" if bad else "CURRENT", "FAILED" if bad else "SUCCEEDED",
                "a bucket of this name exists" if bad else "", operation,
            )  # fmt: skip
        failed = len(self.failing & set(pairs))
        self.operations.insert(
            0,
            Operation(
                operation, "UPDATE", "FAILED" if failed else "SUCCEEDED", "", datetime.now(UTC),
                failed,
            ),
        )  # fmt: skip

    @property
    def told(self) -> list[str]:
        return [call for call, _ in self.calls]


class Quiet:
    """A progress that keeps rows and notes."""

    def __init__(self) -> None:
        self.rows: dict[Pair, Row] = {}
        self.notes: list[str] = []

    def begin(self, unit: str, purpose: str) -> None: ...
    def end(self, result: str) -> None: ...
    def close(self) -> None: ...

    def row(self, row: Row) -> None:
        self.rows[row.account, row.region] = row

    def note(self, text: str) -> None:
        self.notes.append(text)


def deploy(
    sets: MemorySet, desired: DesiredSet = DESIRED, *, progress: Quiet | None = None,
    pause: Callable[[], None] = lambda: None, new_roles: bool = False,
) -> bool:  # fmt: skip
    return StackSetDeployment(
        desired,
        source=TemplateSource(desired.template),
        cloud=FakeCloud({}),  # type: ignore[arg-type]
        sets=sets,  # type: ignore[arg-type]
        lines=TemplateLines("Resources: {}", "[]"),
        progress=progress or Quiet(),
        pause=pause,
        new_roles=new_roles,
    ).run()


@pytest.fixture
def deployed() -> MemorySet:
    """A set as DESIRED wants it, made by us."""
    sets = MemorySet()
    deploy(sets)
    sets.calls.clear()
    return sets


def test_a_second_deployment_calls_nothing_and_asks_no_instance(deployed: MemorySet) -> None:
    assert deploy(deployed) is False
    assert deployed.told == []
    assert deployed.asked == []


def test_an_instance_that_somebody_else_touched_is_asked_for_its_own_values(
    deployed: MemorySet,
) -> None:
    deployed.own[A, EU] = {"Memory": "1024"}
    deployed.there[A, EU] = replace(deployed.there[A, EU], last_operation="a-console-operation")
    deploy(deployed)
    assert deployed.asked == [(A, EU)]
    assert deployed.calls == [("update instances", ((A, EU),))]
    assert deployed.own[A, EU] == {}


def test_values_of_single_instances_are_known_from_the_name_of_their_operation(
    deployed: MemorySet,
) -> None:
    own = replace(DESIRED, overrides={(A, EAST): {"Memory": "1"}, (B, EU): {"Memory": "2"}})
    deploy(deployed, own)
    changed = replace(own, template="newer")
    deployed.asked.clear()
    deployed.calls.clear()
    deploy(deployed, changed)
    assert deployed.told == ["update", "update instances"], "two waves, two operations"
    assert deploy(deployed, changed) is False
    assert deployed.asked == []
    assert deployed.own[A, EAST] == {"Memory": "1"}


def test_a_gap_in_the_middle_of_accounts_and_regions_is_filled(deployed: MemorySet) -> None:
    del deployed.there[A, EAST]
    deploy(deployed)
    assert deployed.calls == [("create instances", ((A, EAST),))]


def test_ragged_targets_stay_ragged(deployed: MemorySet) -> None:
    ragged = replace(DESIRED, waves=(((A, WEST),), ((A, EAST), (B, EAST), (A, EU))))
    sets = MemorySet()
    deploy(sets, ragged)
    assert set(sets.there) == set(ragged.pairs)
    assert deploy(sets, ragged) is False, "and there is no difference left to see"


def test_another_tools_instances_are_left_alone(deployed: MemorySet) -> None:
    theirs = ("333333333333", "sa-east-1")
    deployed.there[theirs] = Instance(*theirs, "", "CURRENT", "SUCCEEDED", "", "their-operation")
    deploy(deployed, replace(DESIRED, template="newer"))
    assert deployed.there[theirs].last_operation == "their-operation"
    assert all(theirs not in about for _, about in deployed.calls)


def test_an_instance_that_vanished_meanwhile_does_not_end_the_deployment(
    deployed: MemorySet,
) -> None:
    # AWS refuses the whole call for one pair that is not there.
    deployed.refusals = [refused("StackInstanceNotFoundException")]
    del deployed.there[A, EU]
    assert deploy(deployed)
    assert set(deployed.there) == set(DESIRED.pairs)


def test_an_operation_that_was_begun_meanwhile_is_waited_for(deployed: MemorySet) -> None:
    deployed.refusals = [refused("OperationInProgressException")] * 3
    pauses = itertools.count()
    deploy(deployed, replace(DESIRED, template="newer"), pause=lambda: next(pauses) and None)
    assert next(pauses) >= 3
    assert {one.status for one in deployed.there.values()} == {"CURRENT"}


def test_what_never_comes_to_rest_is_an_error_in_the_end(deployed: MemorySet) -> None:
    deployed.refusals = [refused("OperationInProgressException")] * 1000
    with pytest.raises(GenError, match="OperationInProgressException"):
        deploy(deployed, replace(DESIRED, template="newer"))


def test_the_first_bad_wave_is_the_last_one(deployed: MemorySet) -> None:
    deployed.failing = {(B, WEST)}
    progress = Quiet()
    with pytest.raises(GenError, match="a bucket of this name exists"):
        deploy(deployed, replace(DESIRED, template="newer"), progress=progress)
    assert deployed.told == ["update"]
    assert progress.rows[A, EU].status is Status.CANCELLED


def test_only_what_failed_is_tried_again(deployed: MemorySet) -> None:
    newer = replace(DESIRED, template="newer")
    deployed.failing = {(B, EU)}
    with pytest.raises(GenError):
        deploy(deployed, newer)
    deployed.failing = set()
    deployed.calls.clear()
    deploy(deployed, newer)
    assert deployed.calls == [("update instances", ((B, EU),))]


def test_an_inoperable_instance_stops_before_anything_is_done(deployed: MemorySet) -> None:
    deployed.there[B, EU] = replace(
        deployed.there[B, EU], status="INOPERABLE", detailed_status="INOPERABLE", reason="DELETE"
    )
    with pytest.raises(GenError, match="INOPERABLE: DELETE"):
        deploy(deployed, replace(DESIRED, template="newer"))
    assert deployed.told == []


def test_new_roles_are_given_time_to_be_known_everywhere() -> None:
    class Learning(MemorySet):
        def _work(self, pairs: tuple[Pair, ...], operation: str) -> None:
            self.failing = set(pairs) if len(self.operations) < 2 else set()
            super()._work(pairs, operation)
            self.there = {
                p: replace(o, reason="Account 1 should have 'exec' role with trust relationship")
                for p, o in self.there.items()
            }

    sets = Learning()
    deploy(sets, new_roles=True)
    assert {one.status for one in sets.there.values()} == {"CURRENT"}
    with pytest.raises(GenError, match="role with trust"):
        deploy(Learning())


def test_a_removed_target_goes_only_when_pruning(deployed: MemorySet) -> None:
    fewer = replace(DESIRED, waves=DESIRED.waves[:1])
    assert deploy(deployed, fewer) is False
    assert set(deployed.there) == set(DESIRED.pairs)
    deploy(deployed, replace(fewer, prune=True))
    assert deployed.told == ["delete instances"]
    assert set(deployed.there) == set(fewer.pairs)
