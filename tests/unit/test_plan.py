from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.plan import (
    CreateInstances,
    CreateSet,
    DesiredSet,
    DesiredStack,
    StackAction,
    Step,
    UpdateInstances,
    UpdateSet,
    decide,
    kept,
    rectangles,
    steps,
)
from generator.plan.state import (
    ActualSet,
    ActualStack,
    Group,
    Instance,
    SetValues,
    StackSetState,
    StackState,
)
from generator.units import Pair

pytestmark = pytest.mark.unit

A, B = "111111111111", "222222222222"
WEST, EAST, EU = "us-west-2", "us-east-1", "eu-central-1"
VALUES = SetValues(
    parameters={"Memory": "512"},
    tags={"Owner": "team"},
    capabilities=("CAPABILITY_NAMED_IAM",),
    administration_role="arn:aws:iam::111111111111:role/admin",
    execution_role="exec",
)
DESIRED = DesiredSet(
    name="shop-dev-service",
    template="new",
    values=VALUES,
    waves=(((A, WEST),), ((A, EAST), (A, EU))),
    overrides={},
)
ACTUAL = StackSetState(id="x", template="new", values=VALUES)
OLD = dataclasses.replace(ACTUAL, template="old")


def instance(account: str, region: str, status: str = "CURRENT") -> Instance:
    return Instance(account, region, f"stack-{account}-{region}", status, "", "")


ALL = [instance(*pair) for pair in DESIRED.pairs]


def group(*regions: str) -> Group:
    return Group((A,), regions)


def planned(
    desired: DesiredSet,
    state: StackSetState | None,
    instances: Iterable[Instance] = (),
    overrides: dict[Pair, dict[str, str]] | None = None,
) -> list[Step]:
    return steps(desired, ActualSet(state, tuple(instances), overrides or {}))


def test_a_first_deployment_creates_the_set_then_the_waves_in_order() -> None:
    assert planned(DESIRED, None) == [
        CreateSet(),
        CreateInstances(group(WEST), {}),
        CreateInstances(group(EAST, EU), {}),
    ]


def test_nothing_changed_means_nothing_to_do() -> None:
    assert planned(DESIRED, ACTUAL, ALL, {}) == []


def test_a_new_template_reaches_the_canary_with_the_set_and_then_the_other_waves() -> None:
    assert planned(DESIRED, OLD, ALL, {}) == [
        UpdateSet(group(WEST)),
        UpdateInstances(group(EAST, EU), None),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": {"Memory": "1024"}},
        {"tags": {"Owner": "other"}},
        {"administration_role": "arn:aws:iam::111111111111:role/other"},
        {"execution_role": "other"},
    ],
)
def test_every_value_of_the_set_counts(change: dict[str, object]) -> None:
    desired = dataclasses.replace(DESIRED, values=dataclasses.replace(VALUES, **change))
    assert isinstance(planned(desired, ACTUAL, ALL, {})[0], UpdateSet)


def test_an_interrupted_rollout_goes_on_with_the_outdated_instances_only() -> None:
    found = [instance(A, WEST), instance(A, EAST, "OUTDATED"), instance(A, EU)]
    assert planned(DESIRED, ACTUAL, found, {}) == [UpdateInstances(group(EAST), None)]


def test_a_failed_canary_is_tried_before_the_others() -> None:
    found = [instance(A, region, "OUTDATED") for region in (EU, EAST, WEST)]
    assert planned(DESIRED, ACTUAL, found, {}) == [
        UpdateInstances(group(WEST), None),
        UpdateInstances(group(EAST, EU), None),
    ]


def test_a_new_account_in_known_regions_is_created() -> None:
    desired = dataclasses.replace(
        DESIRED, waves=(((A, WEST), (B, WEST)), ((A, EAST), (A, EU), (B, EAST), (B, EU)))
    )
    assert planned(desired, ACTUAL, ALL, {}) == [
        CreateInstances(Group((B,), (WEST,)), {}),
        CreateInstances(Group((B,), (EAST, EU)), {}),
    ]


def test_a_new_canary_meets_the_update_before_all_but_one_of_the_others() -> None:
    found = [instance(A, EAST), instance(A, EU)]
    assert planned(DESIRED, OLD, found, {}) == [
        UpdateSet(group(EAST)),
        CreateInstances(group(WEST), {}),
        UpdateInstances(group(EU), None),
    ]


def test_a_set_without_instances_is_updated_before_they_are_created() -> None:
    assert planned(DESIRED, OLD, [], {})[0] == UpdateSet(None)


def test_own_values_are_given_when_created_and_when_changed_and_taken_back() -> None:
    own = dataclasses.replace(DESIRED, overrides={(A, EU): {"Memory": "1024"}})
    assert planned(own, None)[2:] == [
        CreateInstances(group(EAST), {}),
        CreateInstances(group(EU), {"Memory": "1024"}),
    ]
    assert planned(own, ACTUAL, ALL, {}) == [UpdateInstances(group(EU), {"Memory": "1024"})]
    assert planned(own, ACTUAL, ALL, {(A, EU): {"Memory": "1024"}}) == []
    assert planned(DESIRED, ACTUAL, ALL, {(A, EU): {"Memory": "1024"}}) == [
        UpdateInstances(group(EU), {})
    ]


def test_changed_values_of_the_canary_itself_follow_the_sets_update() -> None:
    own = dataclasses.replace(DESIRED, overrides={(A, WEST): {"Memory": "1024"}})
    assert planned(own, OLD, ALL, {})[:2] == [
        UpdateSet(group(WEST)),
        UpdateInstances(group(WEST), {"Memory": "1024"}),
    ]


def test_what_is_no_target_any_more_is_kept_and_never_touched() -> None:
    gone = instance(A, "eu-west-1", "OUTDATED")
    assert kept(DESIRED, [*ALL, gone]) == [gone]
    assert planned(DESIRED, ACTUAL, [*ALL, gone], {}) == []


def test_regions_whose_own_values_stay_as_they_are_are_updated_together() -> None:
    own = {(A, EAST): {"Memory": "1024"}, (A, EU): {"Memory": "2048"}}
    desired = dataclasses.replace(DESIRED, overrides=own)
    assert planned(desired, OLD, ALL, own) == [
        UpdateSet(group(WEST)),
        UpdateInstances(group(EAST, EU), None),
    ]


PAIRS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), unique=True, max_size=16
)


@given(PAIRS)
def test_rectangles_cover_exactly_the_pairs_each_once(pairs: list[tuple[str, str]]) -> None:
    covered = [pair for rectangle in rectangles(pairs) for pair in rectangle.pairs]
    assert sorted(covered) == sorted(pairs)


@given(st.sets(st.sampled_from("abcd")), st.sets(st.sampled_from("wxyz")))
def test_a_full_grid_is_one_call(accounts: set[str], regions: set[str]) -> None:
    pairs = [(a, r) for r in regions for a in accounts]
    assert len(rectangles(pairs)) == (1 if pairs else 0)


STATUSES = st.sampled_from(["CURRENT", "OUTDATED", "INOPERABLE"])


@given(
    present=st.dictionaries(st.tuples(st.sampled_from([A, B]), st.sampled_from([WEST, EAST, EU])),
                            STATUSES),
    changed=st.booleans(),
)  # fmt: skip
def test_every_plan_ends_with_every_target_reached_in_wave_order(
    present: dict[tuple[str, str], str], changed: bool
) -> None:
    instances = [instance(*pair, status) for pair, status in present.items()]
    plan = planned(DESIRED, OLD if changed else ACTUAL, instances, {})
    touched = [pair for step in plan for pair in step.pairs]
    for pair in DESIRED.pairs:
        # What only a person can put right is in no operation.
        needs = present.get(pair) != "INOPERABLE" and (changed or present.get(pair) != "CURRENT")
        assert (pair in touched) == needs
    later = [pair for step in plan if not isinstance(step, UpdateSet) for pair in step.pairs]
    waves = [next(n for n, wave in enumerate(DESIRED.waves) if p in wave) for p in later]
    assert waves == sorted(waves)


STACK = DesiredStack("shop-dev-core", A, EAST, "text", {"P": "1"}, {"T": "1"}, ())


def state(status: str, **changes: object) -> StackState:
    return dataclasses.replace(StackState("id", status, "", {"P": "1"}, {"T": "1"}, {}), **changes)


@pytest.mark.parametrize(
    ("actual", "template", "action"),
    [
        (None, None, StackAction.CREATE),
        (state("CREATE_COMPLETE"), "text", StackAction.NOTHING),
        (state("UPDATE_ROLLBACK_COMPLETE"), "text", StackAction.NOTHING),
        (state("CREATE_COMPLETE"), "other", StackAction.UPDATE),
        (state("UPDATE_COMPLETE", parameters={"P": "2"}), "text", StackAction.UPDATE),
        (state("UPDATE_COMPLETE", tags={}), "text", StackAction.UPDATE),
        (state("UPDATE_IN_PROGRESS"), None, StackAction.WAIT),
        (state("ROLLBACK_IN_PROGRESS"), None, StackAction.WAIT),
        (state("ROLLBACK_COMPLETE"), None, StackAction.RECREATE),
        (state("REVIEW_IN_PROGRESS"), None, StackAction.RECREATE),
        (state("UPDATE_ROLLBACK_FAILED"), None, StackAction.STUCK),
        (state("DELETE_FAILED"), None, StackAction.STUCK),
    ],
)
def test_a_stack_is_decided_by_what_it_is(
    actual: StackState | None, template: str | None, action: StackAction
) -> None:
    assert decide(STACK, ActualStack(actual, template)) is action


def test_characters_that_cloudformation_does_not_give_back_are_no_change() -> None:
    desired = dataclasses.replace(STACK, template="# log → bucket")
    assert (
        decide(desired, ActualStack(state("CREATE_COMPLETE"), "# log ? bucket"))
        is StackAction.NOTHING
    )
    assert (
        decide(desired, ActualStack(state("CREATE_COMPLETE"), "# log ? bukket"))
        is StackAction.UPDATE
    )
    assert (
        planned(
            dataclasses.replace(DESIRED, template="é"),
            dataclasses.replace(ACTUAL, template="?"),
            ALL,
        )
        == []
    )
