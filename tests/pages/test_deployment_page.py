"""The page about a deployment, opened: it stands for itself, for everybody, on any screen."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from browser import DESK, PHONE, Browser
from events import ACTION, ALARM, EAST, SHIFT, at, delivery, line

from generator.deploy.inspection.course import Course, Trouble
from generator.deploy.inspection.timeline import timeline
from generator.plan.state import Operation
from generator.releases import Entry, What
from generator.releases.history import Event
from generator.render.sourcemap import Origin
from generator.report.html.deployment import deployment_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LINES = [
    line(0, "stack", "UPDATE_IN_PROGRESS", source="core", region=EAST),
    line(8, "stack", "UPDATE_COMPLETE", source="core", region=EAST),
    line(10, "stack", "UPDATE_IN_PROGRESS"),
    line(11, "OrdersAlias", "UPDATE_IN_PROGRESS"),
    delivery(12, "deployment d-ABCDEFGHI of shop-prod-orders", "START", type_=SHIFT),
    delivery(60, "alarm shop-prod-orders-errors", "ALARM", "3 datapoints > 1", type_=ALARM),
    delivery(63, "deployment d-ABCDEFGHI of shop-prod-orders", "STOP", type_=SHIFT),
    line(70, "OrdersAlias", "UPDATE_FAILED", "<script>alert('x')</script> & \x1b[31m" + "x" * 300),
    line(71, "stack", "UPDATE_ROLLBACK_IN_PROGRESS"),
    line(95, "stack", "UPDATE_ROLLBACK_COMPLETE"),
    line(100, "stack", "DELETE_IN_PROGRESS", region="ap-southeast-1", account="222222222222"),
    delivery(105, "shop-prod-pipeline/Deploy/wave-1", "STARTED", type_=ACTION),
]
OPERATIONS = [
    ("service", Operation("gen-1", "UPDATE", "FAILED", "", at(9), 1, at(97)), "gen"),
    ("service", Operation("x", "UPDATE", "STOPPED", "", at(98), 1, at(99)), "the console"),
]
RELEASES = (
    Entry(Event(at(9), "0123456789ab", What.DEPLOYING), "arn:aws:iam::111111111111:user/ada"),
    Entry(Event(at(97), "0123456789ab", What.BAD), "arn:aws:iam::111111111111:user/ada", "alarm"),
)


def course() -> Course:
    """Make a deployment in which everything happened that can."""
    found = timeline(LINES, OPERATIONS, now=at(120))
    origin = Origin("templates/partials/service/function.yaml.j2", 142)
    return Course(
        "shop", "prod", 2, (), found, tuple(Trouble(one, origin) for one in found.troubles),
        RELEASES,
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "deployment.html"
    file.write_text(deployment_page(course()), encoding="utf-8")
    return file


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_it_stands_for_itself_and_can_be_read_by_everybody(
    browser: Browser, file: Path, width: int, scheme: str
) -> None:
    with browser.open(file, width=width, scheme=scheme) as page:
        page.screenshot(f"deployment-{width}-{scheme}")
        page.unfold()
        assert page.problems() == []
        assert page.texts("h1") == ["shop-prod, 2026-11-22 23:59 UTC"]


def test_an_empty_page_stands_too(browser: Browser, tmp_path: Path) -> None:
    empty = dataclasses.replace(course(), timeline=timeline([], [], now=at(0)), troubles=())
    file = tmp_path / "empty.html"
    file.write_text(deployment_page(dataclasses.replace(empty, releases=())), encoding="utf-8")
    with browser.open(file, width=PHONE) as page:
        assert page.problems() == []


def test_the_table_says_the_same_as_the_picture(browser: Browser, file: Path) -> None:
    with browser.open(file) as page:
        page.unfold()
        names = page.texts(".gantt .what")
        said = page.texts(".gantt .became")
        table = "figure table tbody tr"
        cells = [page.texts(f"{table} > :nth-child({column})") for column in (1, 2, 3, 4, 5)]
        cells.append(page.texts(f"{table} .badge"))
        bars = page.evaluate(
            "[...document.querySelectorAll('.gantt ol li')].map(row => {"
            " const track = row.querySelector('svg').getBoundingClientRect();"
            " const bars = [...row.querySelectorAll('.bar')].map(b => b.getBoundingClientRect());"
            " return [Math.min(...bars.map(b => b.left)) - track.left,"
            " Math.max(...bars.map(b => b.right)) - track.left].map(x => x / track.width) })"
        )
    told = list(zip(*cells, strict=True))
    assert len(told) == len(names) == len(course().timeline.spans) == 8
    for name, line_, (begin, end), row in zip(names, said, bars, told, strict=True):
        what, where, began, ended, took, outcome = row
        assert name.replace("\n", " ").startswith(what.partition("\n")[0])
        assert " ".join(reversed(where.split("\n"))) in name
        assert line_ == f"{outcome}, {took}"
        assert begin == pytest.approx(seconds(began) / 120, abs=0.01)
        assert end == pytest.approx((120 if ended == "goes on" else seconds(ended)) / 120, abs=0.01)


def seconds(clock: str) -> int:
    """Say how many seconds after the beginning a time of the page is, which is before midnight."""
    found = re.fullmatch(r"(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)", clock)
    assert found
    _, day, hour, minute, second = map(int, found.groups())
    return (day - 22) * 86400 + (hour - 23) * 3600 + (minute - 59) * 60 + second


def test_the_keyboard_reaches_what_scrolls_and_what_is_folded(browser: Browser, file: Path) -> None:
    reached = []
    with browser.open(file, width=PHONE) as page:
        for _ in range(40):
            page.press("Tab")
            reached.append(
                page.evaluate("[document.activeElement.tagName, document.activeElement.className]")
            )
    assert ["SUMMARY", ""] in reached
    assert ["DIV", "scroll picture"] in reached
    assert ["DIV", "scroll"] in reached
