"""A deployment that is disturbed in any way ends as an undisturbed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from faults.disturbances import DISTURBANCES
from faults.snapshot import differences

if TYPE_CHECKING:
    from faults.harness import Harness

# One cloud and one undisturbed deployment serve all tests here: they run in one process.
pytestmark = [pytest.mark.local, pytest.mark.xdist_group("faults")]


# The others, and a kill at each write alone, are `make faults`.
COMMON = (
    "every third call throttled",
    "each answer to a write lost",
    "token expired for a while",
    "primary region down for a while",
)


@pytest.mark.parametrize("name", COMMON)
def test_a_disturbed_deployment_ends_as_an_undisturbed_one(harness: Harness, name: str) -> None:
    row = harness.disturbed(name, *DISTURBANCES[name])
    assert row.differences == []


def test_a_deployment_killed_after_each_of_its_writes_in_turn_ends_as_an_undisturbed_one(
    harness: Harness,
) -> None:
    row = harness.chain("hold-after")
    assert row.differences == []
    assert row.runs > len(harness.writes) // 2


def test_a_deployment_killed_before_a_write_begins_with_it_the_next_time(harness: Harness) -> None:
    operation = 1 + harness.writes.index("cloudformation:CreateStackInstances us-east-1")
    row = harness.killed("hold-before", operation)
    assert row.boundary == "cloudformation:CreateStackInstances us-east-1"
    assert row.differences == []


def test_the_comparison_sees_a_second_stack_a_second_write_and_another_value(
    harness: Harness,
) -> None:
    found = harness.expected["111111111111 us-east-1"]
    name = "StackSet-orders-small-service*"
    stack = found["stacks"][name]
    bucket = next(b for b in found["objects"] if "artifacts" in b)
    operations = found["sets"]["orders-small-service"]["operations"]
    changed = {
        **found,
        "stacks": {
            **found["stacks"],
            f"{name} again": stack,
            name: {**stack, "status": "UPDATE_COMPLETE"},
        },
        "objects": {
            **found["objects"],
            bucket: {**found["objects"][bucket], "history/**-good.json again": ""},
        },
        "sets": {
            **found["sets"],
            "orders-small-service": {
                **found["sets"]["orders-small-service"],
                "operations": [*operations, ("CREATE", "SUCCEEDED")],
            },
        },
    }
    seen = differences(found, changed)
    assert len(seen) == 4, seen
