"""What the page about a deployment says, and that it keeps its size."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from events import ACTION, ALARM, EAST, START, WEST, at, delivery, line

from generator.deploy.inspection.course import Course, Trouble
from generator.deploy.inspection.timeline import timeline
from generator.deploy.pipeline.delivery_events import LogLine
from generator.releases import Entry, What
from generator.releases.history import Event
from generator.render.sourcemap import Origin
from generator.report.html.deployment import deployment_page
from generator.report.html.gantt import Clock, took

pytestmark = pytest.mark.unit

ORIGIN = Origin("templates/partials/service/function.yaml.j2", 142)
ADA = "arn:aws:iam::111111111111:user/ada"


def page(*lines: LogLine, releases: tuple[Entry, ...] = (), now: float = 0) -> str:
    """Write the page of some events; every trouble is written at the same line."""
    found = timeline(lines, [], now=at(now))
    troubles = tuple(Trouble(each, ORIGIN) for each in found.troubles)
    return deployment_page(Course("shop", "prod", 1, (), found, troubles, releases))


def read(text: str) -> str:
    """Give what people read, without markup."""
    body = text.partition("<body>")[2].replace("<br>", " ")
    return " ".join(unescape(re.sub("<[^>]*>", "", body)).split())


def run(
    begin: float, end: float, status: str = "UPDATE_COMPLETE", *, region: str = WEST
) -> list[LogLine]:
    """Make an update of a stack."""
    return [
        line(begin, "stack", "UPDATE_IN_PROGRESS", region=region),
        line(end, "stack", status, region=region),
    ]


def test_when_all_is_well_nothing_is_said_to_have_gone_wrong() -> None:
    text = page(*run(0, 70), *run(5, 90, region=EAST))
    assert "Everything succeeded; it took 1 min 30 s." in read(text)
    assert "What went wrong" not in text


def test_the_first_failure_is_said_with_the_line_where_it_is_written() -> None:
    text = page(
        *run(0, 9, "UPDATE_ROLLBACK_COMPLETE"),
        line(2, "Queue", "UPDATE_FAILED", "no <room> & no time"),
        line(3, "Other", "UPDATE_FAILED", "Resource update cancelled"),
    )
    said = read(text)
    assert "1 of 1 stacks did not become what they should; it took 9.0 s." in said
    first = "First, at 23:59:02: Queue of service in us-west-2 UPDATE_FAILED no <room> & no time"
    assert f"{first} written at {ORIGIN}" in said
    assert "<room>" not in text


def test_what_was_restored_is_a_good_end() -> None:
    text = page(*run(0, 9, "UPDATE_ROLLBACK_COMPLETE"), *run(20, 25))
    assert "Something failed, but every stack came to a good end" in read(text)


def test_a_pipeline_that_fails_is_told_apart_from_stacks() -> None:
    failed = [
        delivery(seconds, "p/Build/Build", status, type_=ACTION)
        for seconds, status in ((10, "STARTED"), (12, "FAILED"))
    ]
    assert "Every stack succeeded, but not everything else" in read(page(*run(0, 9), *failed))


def test_while_it_goes_on_the_page_says_so() -> None:
    text = read(page(line(0, "stack", "UPDATE_IN_PROGRESS"), now=61))
    assert "Under way for 1 min 01 s." in text
    assert "As of 2026-11-23 00:00:01 UTC." in text


def test_releases_and_who_moved_them_are_named() -> None:
    entries = (
        Entry(Event(at(1), "0123456789ab", What.DEPLOYING), ADA, commit="c" * 40),
        Entry(Event(at(9), "ba9876543210", What.RESTORED), ADA, instead_of="0123456789ab"),
    )
    text = read(page(*run(0, 9), releases=entries))
    assert "Releases0123456789ab, ba9876543210" in text
    assert "Byada" in text
    assert "restored" in text
    assert "instead of 0123456789ab" in text
    assert "c" * 12 in text
    assert "c" * 13 not in text


def test_a_page_of_many_regions_keeps_its_size_and_shows_what_failed() -> None:
    lines = [
        each
        for number in range(400)
        for each in run(number, number + 5 + number % 7, region=f"region-{number}")
    ]
    lines += [
        line(number + 3, f"R{resource}", "CREATE_COMPLETE", region=f"region-{number}")
        for number in range(400)
        for resource in range(20)
    ]
    lines += [delivery(7, "alarm late", "ALARM", "3 of 3", type_=ALARM)]
    text = page(*lines)
    assert text.count('class="what"') == 150
    assert "alarm late" in text
    assert "251 more that succeeded: gen logs -e prod --since 2026-11-22T23:59:00Z" in read(text)
    assert text.count(">R1<") < 150, "of each of the stacks that are shown, some are left out"
    assert len(text) < 1_500_000


@pytest.mark.parametrize("seconds", [0, 0.2, 3, 45, 100, 1000, 5000, 40_000, 300_000, 4_000_000])
def test_times_above_the_bars_are_few_and_round(seconds: float) -> None:
    clock = Clock(START, START + timedelta(seconds=seconds))
    marks = clock.marks()
    assert len(marks) <= 4
    assert marks or seconds < 3
    assert all(clock.began < mark <= clock.ended for mark in marks)
    steps = {(b - a).total_seconds() for a, b in itertools.pairwise(marks)}
    assert len(steps) <= 1
    assert all(mark.microsecond == 0 for mark in marks)


def test_moments_have_a_date_only_where_there_are_several() -> None:
    def told(begin: datetime, end: datetime) -> object:
        return Clock(begin, end).say(end).children[0]

    assert told(at(0), at(50)) == "23:59:50"
    assert told(at(0), at(90)) == "11-23 00:00:30"


def test_a_moment_outside_of_a_stretch_stands_at_its_edge() -> None:
    clock = Clock(at(10), at(20))
    assert [clock.place(at(moment)) for moment in (5, 10, 15, 20, 25)] == [0, 0, 500, 1000, 1000]


def test_short_times_have_a_decimal() -> None:
    assert [took(x) for x in (0.04, 9.94, 9.96, 75)] == ["0.0 s", "9.9 s", "10 s", "1 min 15 s"]


def test_the_place_is_said_with_the_account_only_where_there_are_several() -> None:
    found = timeline(run(0, 9), [], now=at(9))
    several = deployment_page(Course("shop", "prod", 2, (), found, (), ()))
    assert f"111111111111 {WEST}" in several
    assert f"111111111111 {WEST}" not in page(*run(0, 9))
