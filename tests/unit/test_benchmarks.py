"""What benchmarks make of what they measured: ratios by rounds, tables, a page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(ROOT)  # which other tests must not find there
    from benchmarks.measure import Command, Ratio, Rounds, Run
    from benchmarks.size import REGIONS, batches
    from benchmarks.table import Row, comparison, put

pytestmark = pytest.mark.unit


def rounds(**runs: list[tuple[float, float]]) -> Rounds:
    """Give what so many runs of commands would have left, without running any."""
    made = Rounds({}, 0)
    made.runs = {name: [Run(*each) for each in several] for name, several in runs.items()}
    return made


def test_a_ratio_is_the_middle_one_of_rounds_and_not_of_all_runs() -> None:
    """The machine was twice as slow in the second round, for both."""
    found = rounds(ours=[(1, 1), (2, 2), (1, 3)], theirs=[(2, 1), (4, 1), (1, 1)])
    assert found.ratio("ours", "theirs") == Ratio(0.5, 0.5, 1.0, 2.0)
    assert found.seconds("theirs") == 2


def test_commands_take_turns_after_one_run_that_does_not_count(tmp_path: Path) -> None:
    said = tmp_path / "said"

    def command(name: str) -> Command:
        step = [sys.executable, "-c", f"open('said', 'a').write('{name}')"]
        return Command([step], tmp_path)

    found = Rounds({"a": command("a"), "b": command("b")}, 2)
    assert said.read_text() == "ab" + "ab" + "ba"
    assert all(len(runs) == 2 and min(runs, key=lambda run: run.passed).processor > 0
               for runs in found.runs.values())  # fmt: skip


def test_a_command_that_fails_ends_all_with_what_it_said(tmp_path: Path) -> None:
    command = Command([[sys.executable, "-c", "import sys; sys.exit('no such thing')"]], tmp_path)
    with pytest.raises(SystemExit, match="no such thing"):
        command.run()


def test_a_promise_that_is_missed_is_marked() -> None:
    kept = Row("a", "b", 1, 2, Ratio(0.5, 0.4, 0.6, 0.5), 1.0)
    missed = Row("c", "b", 4, 2, Ratio(2, 1, 3, 2), 1.0)
    seen = Row("d", "b", 4, 2, Ratio(2, 1, 3, 2))
    assert [row.is_kept for row in (kept, missed, seen)] == [True, False, True]
    lines = comparison([kept, missed, seen]).splitlines()
    assert lines[2] == "| a | b | 1.00 | 2.00 | **0.50** (0.40 to 0.60) | 0.50 | 1 |"
    assert ["missed" in line for line in lines[2:]] == [False, True, False]


def test_the_page_has_a_place_for_every_part(tmp_path: Path) -> None:
    page = tmp_path / "speed.md"
    page.write_text((ROOT / "docs" / "speed.md").read_text())
    for part in ("start", "render", "functions", "deploy", "concurrency", "size"):
        put(page, part, "a former table")
        put(page, part, f"the table of {part}")
        assert page.read_text().count(f"the table of {part}") == 1
    assert "a former table" not in page.read_text()
    with pytest.raises(LookupError):
        put(page, "nothing", "")


def test_a_service_ends_where_the_next_one_begins() -> None:
    assert [list(each) for each in batches(range(5), 2)] == [[0, 1], [2, 3], [4]]
    assert len(set(REGIONS)) == 33
