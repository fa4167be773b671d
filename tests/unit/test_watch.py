from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from generator.deploy.operations.watch import Tail, TemplateLines, first_failure
from generator.deploy.progress import Row, Status
from generator.plan.state import StackEvent
from generator.report.progress import LineProgress, LiveProgress, progress_on

pytestmark = pytest.mark.unit
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
STACK = "AWS::CloudFormation::Stack"


def events(*rows: tuple[str, str] | tuple[str, str, str]) -> list[StackEvent]:
    """Make events, oldest first, from (logical id, status, reason); `stack` is the stack itself."""
    return [
        StackEvent(
            id=str(number),
            time=BEGINNING + timedelta(seconds=number),
            logical_id=row[0],
            physical_id="arn:stack" if row[0] == "stack" else row[0],
            type=STACK if row[0] == "stack" else "AWS::SNS::Topic",
            status=row[1],
            reason=row[2] if len(row) == 3 else "",
            token="",
            stack_id="arn:stack",
        )
        for number, row in enumerate(rows)
    ]


class FakeStacks:
    """A stack whose events grow between two looks."""

    def __init__(self, *rows: tuple[str, str]):
        self.rows = list(rows)
        self.read = 0

    def events(self, name: str) -> Iterator[StackEvent]:
        for event in reversed(events(*self.rows)):
            self.read += 1
            yield event


def test_a_tail_shows_only_the_latest_operation() -> None:
    stacks = FakeStacks(
        ("stack", "CREATE_IN_PROGRESS"), ("A", "CREATE_COMPLETE"), ("stack", "CREATE_COMPLETE"),
        ("stack", "UPDATE_IN_PROGRESS"), ("B", "UPDATE_IN_PROGRESS"),
    )  # fmt: skip
    tail = Tail(stacks, "s")
    assert [e.logical_id for e in tail.poll()] == ["stack", "B"]
    assert tail.now() == "B UPDATE_IN_PROGRESS"


def test_a_tail_reads_only_what_is_new() -> None:
    stacks = FakeStacks(
        ("stack", "CREATE_IN_PROGRESS"), *[(f"R{n}", "CREATE_COMPLETE") for n in range(50)]
    )
    tail = Tail(stacks, "s")
    tail.poll()
    stacks.rows.append(("Z", "CREATE_IN_PROGRESS"))
    stacks.read = 0
    assert tail.poll()[-1].logical_id == "Z"
    assert stacks.read == 2


def test_the_first_failure_is_the_cause_and_not_what_follows_from_it() -> None:
    cause = first_failure(
        events(
            ("stack", "CREATE_IN_PROGRESS"),
            ("A", "CREATE_FAILED", "Resource creation cancelled"),
            ("B", "CREATE_FAILED", "Bucket already exists"),
            ("stack", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [B]"),
            ("B", "DELETE_FAILED", "later"),
        )
    )
    assert cause is not None
    assert (cause.logical_id, cause.reason) == ("B", "Bucket already exists")


def test_without_a_failure_there_is_no_cause() -> None:
    assert first_failure(events(("stack", "CREATE_IN_PROGRESS"), ("A", "CREATE_COMPLETE"))) is None


def test_a_failure_points_at_the_line_of_the_j2_file() -> None:
    template = "Parameters: {}\nResources:\n  A:\n    Type: T\n  B:\n    Type: T\n"
    rows = [["templates/x.j2", 10 * n] for n in range(1, 7)]
    lines = TemplateLines(template, json.dumps(rows))
    (event,) = events(("B", "CREATE_FAILED", "no"))
    problem = lines.problem(event, "shop in here")
    assert problem.where == "templates/x.j2:50"
    assert problem.message == "shop in here: B (AWS::SNS::Topic) CREATE_FAILED: no"


def test_lines_are_printed_when_a_row_changes_and_only_then() -> None:
    out = io.StringIO()
    progress = LineProgress(Console(file=out, width=60))
    progress.begin("service", "the functions")
    row = Row("111111111111", "us-west-2", Status.RUNNING, "OrdersFunction CREATE_IN_PROGRESS")
    progress.row(row)
    progress.row(row)
    progress.row(Row("111111111111", "us-west-2", Status.DONE))
    progress.end("deployed")
    lines = out.getvalue().splitlines()
    assert [line.split() for line in lines] == [
        ["service:", "the", "functions"],
        ["…", "111111111111", "us-west-2", "running", "OrdersFunction", "CREATE_IN_PROGRESS"],
        ["✓", "111111111111", "us-west-2", "done"],
        ["service:", "deployed"],
    ]


def test_a_terminal_gets_a_table_that_is_left_complete() -> None:
    out = io.StringIO()
    progress = progress_on(Console(file=out, width=80, force_terminal=True, force_interactive=True))
    assert isinstance(progress, LiveProgress)
    progress.begin("service", "the functions")
    progress.row(Row("111111111111", "us-west-2", Status.DONE))
    progress.note("something else")
    progress.end("deployed")
    progress.close()
    text = out.getvalue()
    assert "us-west-2" in text
    assert "deployed" in text
    assert text.endswith("\x1b[?25h"), "the cursor is visible again"


def test_many_rows_are_shown_as_their_sums_and_what_failed() -> None:
    out = io.StringIO()
    progress = LineProgress(Console(file=out, width=100))
    progress.begin("service", "the functions")
    regions = [f"region-{number}" for number in range(500)]
    for status in (Status.WAITING, Status.RUNNING):
        for region in regions:
            progress.row(Row("111111111111", region, status, f"at {region}"))
    for region in regions[:499]:
        progress.row(Row("111111111111", region, Status.DONE))
    progress.row(Row("111111111111", regions[499], Status.FAILED, "no room"))
    progress.end("failed")
    lines = out.getvalue().splitlines()
    assert len(lines) < 100
    assert [line for line in lines if "no room" in line and "region-499" in line]
    assert "  500 instances: 499 done, 1 failed" in lines


def test_a_terminal_shows_many_rows_in_few_lines() -> None:
    out = io.StringIO()
    progress = progress_on(
        Console(file=out, width=80, height=50, force_terminal=True, force_interactive=True)
    )
    progress.begin("service", "the functions")
    for number in range(500):
        failed = number in (7, 8)
        status = Status.FAILED if failed else Status.WAITING
        progress.row(Row("111111111111", f"region-{number}", status))
    out.truncate(0)
    progress.end("failed")
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue())
    *_, title, sums, first, second = text.splitlines()
    assert title.endswith("service: the functions  failed")
    assert sums == "500 instances: 498 waiting, 2 failed"
    assert "region-7" in first
    assert "region-8" in second
