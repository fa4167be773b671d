"""What is resumed after an operation failed or was stopped, and what is not."""

from __future__ import annotations

import pytest

from generator.plan.resumption import resumption
from generator.plan.state import Group, Instance

pytestmark = pytest.mark.unit
A, B, C = "111111111111", "222222222222", "333333333333"
WAVES = (
    ((A, "us-west-2"), (B, "us-west-2")),
    ((A, "us-east-1"), (B, "us-east-1"), (A, "eu-central-1"), (B, "eu-central-1")),
)


def instance(
    account: str, region: str, status: str = "OUTDATED", detailed: str = "CANCELLED"
) -> Instance:
    return Instance(account, region, "arn", status, detailed, "")


def current(account: str, region: str) -> Instance:
    return instance(account, region, "CURRENT", "SUCCEEDED")


def test_the_canary_comes_first_and_a_wave_takes_the_fewest_operations() -> None:
    plan = resumption(WAVES, [instance(*pair) for wave in reversed(WAVES) for pair in wave])
    assert plan.groups == (
        Group((A, B), ("us-west-2",)),
        Group((A, B), ("us-east-1", "eu-central-1")),
    )


def test_what_is_current_is_left_alone() -> None:
    there = [current(*pair) for wave in WAVES for pair in wave]
    assert resumption(WAVES, there).groups == ()
    there[3] = instance(B, "us-east-1", detailed="FAILED")
    assert resumption(WAVES, there).groups == (Group((B,), ("us-east-1",)),)


def test_an_instance_whose_last_operation_failed_is_behind_although_it_is_current() -> None:
    there = [instance(A, "us-west-2", "CURRENT", "FAILED")]
    assert resumption(WAVES, there).groups == (Group((A,), ("us-west-2",)),)


@pytest.mark.parametrize("detailed", ["INOPERABLE", "FAILED_IMPORT"])
def test_an_inoperable_instance_is_left_to_a_person(detailed: str) -> None:
    stuck = instance(A, "us-west-2", "INOPERABLE", detailed)
    plan = resumption(WAVES, [stuck, instance(B, "us-west-2")])
    assert plan.stuck == (stuck,)
    assert plan.groups == (Group((B,), ("us-west-2",)),)


def test_a_suspended_account_is_left_out() -> None:
    skipped = instance(A, "us-west-2", detailed="SKIPPED_SUSPENDED_ACCOUNT")
    plan = resumption(WAVES, [skipped])
    assert (plan.groups, plan.suspended) == ((), (skipped,))


def test_what_is_no_target_any_more_stays_as_it_is() -> None:
    other = instance(C, "us-west-2")
    plan = resumption(WAVES, [other])
    assert (plan.groups, plan.untargeted) == ((), (other,))


def test_targets_that_are_not_there_yet_are_named() -> None:
    plan = resumption(WAVES, [current(*pair) for pair in WAVES[0]])
    assert plan.missing == WAVES[1]
