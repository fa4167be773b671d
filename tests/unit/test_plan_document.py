"""A plan as a document: what it says, what it hides, and when it no longer holds."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from generator.plan import Action, Reason, Recreation, ResourceChange
from generator.plan.document import (
    Announcement,
    Call,
    Change,
    PairPlan,
    Plan,
    UnitPlan,
    parameters_of,
)
from generator.plan.losses import losses
from generator.plan.saved import SavedPlan
from generator.plan.state import AnnouncedChange

pytestmark = pytest.mark.unit
ACCOUNT = "111111111111"


def unit(name: str = "service", **changes: Any) -> UnitPlan:
    call = Call("cloudformation:UpdateStackSet", ACCOUNT, "us-east-1", {"OperationId": "gen-1"})
    plan = UnitPlan(
        name=name, kind="stack-set", purpose="", stack_name=f"shop-{name}", why=(),
        pairs=(PairPlan(ACCOUNT, "us-east-1", Change.UPDATE, (), 1),), parameters=(),
        resources=(), calls=(call,), notes=(), basis="before", latest_operation="older",
    )  # fmt: skip
    return dataclasses.replace(plan, **changes)


def plan(*units: UnitPlan, **changes: Any) -> Plan:
    made = Plan(
        project="shop", environment="dev", release="r1", build="b1", prune=False, uploads=(),
        units=units,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


IDLE = unit(pairs=(PairPlan(ACCOUNT, "us-east-1", Change.UNCHANGED, (), 1),), calls=())
SAVED = SavedPlan.from_json(plan(unit()).to_json())


def test_a_saved_plan_holds_as_long_as_nothing_moved() -> None:
    assert SAVED.differences(plan(unit())) == []


@pytest.mark.parametrize(
    "now",
    [
        plan(unit(basis="another")),
        plan(unit(), release="r2"),
        plan(unit(), build="b2"),
        plan(unit(), environment="prod"),
        plan(unit(), prune=True),
        plan(unit("another", basis="x")),
    ],
)
def test_a_saved_plan_does_not_hold_for_anything_else(now: Plan) -> None:
    assert SAVED.differences(now) != []


def test_a_saved_plan_without_pruning_says_that_it_prunes_nothing() -> None:
    assert SAVED.differences(plan(unit(), prune=True)) == ["the plan was made without --prune"]


def test_a_saved_plan_goes_on_where_its_own_operation_was_interrupted() -> None:
    assert SAVED.differences(plan(unit(basis="another", latest_operation="gen-1"))) == []


def test_a_saved_plan_that_was_carried_out_has_nothing_left_to_refuse() -> None:
    assert SAVED.differences(plan(dataclasses.replace(IDLE, basis="after"))) == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 0}', "null", '{"format": 1}'])
def test_what_is_no_plan_is_not_read_as_one(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        SavedPlan.from_json(text)


def test_what_cloudformation_was_asked_does_not_make_another_plan() -> None:
    said = Announcement(ACCOUNT, "us-east-1", (AnnouncedChange("A", "T", "Modify", "True"),))
    assert plan(unit()).id == plan(unit(announced=(said,))).id
    assert plan(unit()).id != plan(unit(basis="another")).id


def test_a_plan_changes_nothing_only_where_no_unit_does() -> None:
    assert plan(unit()).changes
    assert not plan(IDLE).changes
    waiting = PairPlan(ACCOUNT, "us-east-1", Change.WAIT, (), 1)
    assert plan(unit(calls=(), pairs=(waiting,))).changes


def test_base_value_own_value_and_result_are_told_apart() -> None:
    (memory,) = parameters_of(
        {"Memory": "512"}, {"Memory": "256"},
        own_before={("a", "r"): {"Memory": "1024"}, ("b", "r"): {"Memory": "768"}},
        own_after={("a", "r"): {"Memory": "1024"}},
    )  # fmt: skip
    assert (memory.before, memory.after) == ("512", "256")
    assert [(own.account, own.before, own.after) for own in memory.own] == [
        ("a", "1024", "1024"), ("b", "768", None),
    ]  # fmt: skip
    assert [memory.result(account, "r") for account in "abc"] == ["1024", "256", "256"]


def test_an_empty_value_is_another_thing_than_none() -> None:
    (one,) = parameters_of({}, {"Zone": ""})
    assert (one.before, one.after) == (None, "")
    assert one.changes


def test_a_secret_is_nowhere_in_the_document() -> None:
    values = parameters_of(
        {"Token": "old-secret"}, {"Token": "new-secret"},
        own_after={("a", "r"): {"Token": "own-secret"}}, secret={"Token"},
    )  # fmt: skip
    text = plan(unit(parameters=values)).to_json()
    assert "secret" not in text
    assert json.loads(text)["units"][0]["parameters"][0]["after"] == "****"


def removed(*, lost: bool) -> ResourceChange:
    return ResourceChange("Orders", "AWS::DynamoDB::Table", Action.REMOVE, data_loss=lost)


def modified(
    recreation: Recreation, *, type_: str = "AWS::DynamoDB::Table", cause: str | None = None
) -> ResourceChange:
    reason = Reason("Properties.KeySchema", "a", "b", recreation, cause)
    return ResourceChange("Orders", type_, Action.MODIFY, reasons=(reason,))


@pytest.mark.parametrize(
    ("resource", "refused"),
    [
        (removed(lost=True), True),
        (removed(lost=False), False),
        (modified(Recreation.ALWAYS), True),
        (modified(Recreation.CONDITIONALLY), True),
        (modified(Recreation.CONDITIONALLY, cause="Key"), False),
        (modified(Recreation.NEVER), False),
        (modified(Recreation.ALWAYS, type_="AWS::Lambda::Version"), False),
        (ResourceChange("Orders", "AWS::DynamoDB::Table", Action.ADD), False),
    ],
)
def test_what_holds_something_is_neither_replaced_nor_deleted_by_the_way(
    resource: ResourceChange, refused: bool
) -> None:
    assert bool(losses(plan(unit(resources=(resource,))))) is refused


@pytest.mark.parametrize(("kind", "refused"), [("stack", True), ("stack-set", False)])
def test_what_a_stack_policy_holds_does_not_leave_its_stack_by_the_way(
    kind: str, refused: bool
) -> None:
    leaving = plan(dataclasses.replace(unit(resources=(removed(lost=False),)), kind=kind))
    assert bool(losses(leaving, stack_policy=True)) is refused
    assert losses(leaving) == []
