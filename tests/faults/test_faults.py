"""A deployment that is disturbed in any way ends as an undisturbed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from faults.disturbances import DISTURBANCES

if TYPE_CHECKING:
    from faults.harness import Harness

# One cloud and one undisturbed deployment serve all tests here: they run in one process.
pytestmark = [pytest.mark.local, pytest.mark.xdist_group("faults")]


@pytest.mark.parametrize("name", DISTURBANCES)
def test_a_disturbed_deployment_ends_as_an_undisturbed_one(harness: Harness, name: str) -> None:
    row = harness.disturbed(name, *DISTURBANCES[name])
    assert row.differences == []


@pytest.mark.parametrize("effect", ["hold-before", "hold-after"])
def test_a_deployment_killed_at_each_of_its_writes_in_turn_ends_as_an_undisturbed_one(
    harness: Harness, effect: str
) -> None:
    row = harness.chain(effect)
    assert row.differences == []
    assert row.runs > len(harness.writes) // 2
