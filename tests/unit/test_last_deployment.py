"""The last deployment is told apart from those that ended shortly before."""

from __future__ import annotations

import pytest
from events import ACTION, at, delivery, line

from generator.deploy.inspection.last_deployment import last_deployment
from generator.deploy.pipeline.delivery_events import LogLine
from generator.releases import Entry, What
from generator.releases.history import Event

pytestmark = pytest.mark.unit

OLD, NEW = "0123456789ab", "ba9876543210"
FIRST = [
    line(0, "stack", "CREATE_IN_PROGRESS", source="core"),
    line(10, "stack", "CREATE_COMPLETE"),
    line(20, "stack", "CREATE_IN_PROGRESS", source="pipeline"),
    delivery(25, "p/Source/Source", "STARTED", type_=ACTION),
]
SECOND = [line(100, "stack", "UPDATE_IN_PROGRESS"), line(110, "stack", "UPDATE_COMPLETE")]


def entry(seconds: float, release: str, what: What, execution: str | None = None) -> Entry:
    return Entry(Event(at(seconds), release, what), by="", execution=execution)


DEPLOYED = [entry(5, OLD, What.DEPLOYING), entry(15, OLD, What.GOOD)]


def began(lines: list[LogLine], *entries: Entry) -> float | None:
    """Say after how many seconds the last deployment began."""
    found = last_deployment(lines, entries)
    return found and (found - at(0)).total_seconds()


def test_it_begins_when_its_release_is_announced() -> None:
    assert began(FIRST + SECOND, *DEPLOYED, entry(99, NEW, What.DEPLOYING)) == 99


def test_what_was_changed_before_the_service_belongs_to_it() -> None:
    core = [line(90, "stack", "UPDATE_IN_PROGRESS", source="core")]
    assert began(FIRST + core + SECOND, *DEPLOYED, entry(99, NEW, What.DEPLOYING)) == 90


def test_the_pipelines_execution_that_brings_it_belongs_to_it() -> None:
    build = [delivery(60, "p/Build/Build", "STARTED", type_=ACTION)]
    lines = [*FIRST[:3], *build, *SECOND]
    assert began(lines, *DEPLOYED, entry(99, NEW, What.DEPLOYING, "execution")) == 60
    assert began(lines, *DEPLOYED, entry(99, NEW, What.DEPLOYING)) == 99


def test_what_took_it_back_belongs_to_it() -> None:
    back = [entry(112, NEW, What.BAD), entry(113, OLD, What.RESTORED)]
    assert began(FIRST + SECOND, *DEPLOYED, entry(99, NEW, What.DEPLOYING), *back) == 99


@pytest.mark.parametrize(
    "entries", [[], DEPLOYED, [entry(-500, OLD, What.GOOD), entry(5, NEW, What.DEPLOYING)]]
)
def test_where_nothing_else_was_deployed_shortly_before_all_of_it_is_the_last(
    entries: list[Entry],
) -> None:
    assert began(FIRST, *entries) is None


def test_the_same_release_that_is_announced_again_is_the_same_deployment() -> None:
    again = [entry(99, NEW, What.DEPLOYING), entry(105, NEW, What.DEPLOYING)]
    assert began(FIRST + SECOND, *DEPLOYED, *again) == 99


def test_nothing_that_happened_is_no_deployment() -> None:
    assert began([], *DEPLOYED, entry(99, NEW, What.DEPLOYING)) is None
