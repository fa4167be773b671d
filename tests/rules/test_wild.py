"""Templates as people write them, and what is none: all are judged, and no rule fails on any."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.lint import Judgement, Level, Store, judge_paths

# In one process: what all of them wait for is done once.
pytestmark = [pytest.mark.unit, pytest.mark.xdist_group("wild")]

ROOT = Path(__file__).parents[2]
WILD = ROOT / "tests" / "fixtures" / "wild"
FILES = sorted(f for f in WILD.rglob("*") if f.is_file() and f.suffix not in (".md", ".py"))
ENOUGH = 100
OURS = re.compile("rule [EW]9")
MALFORMED = {
    "metadata-text.yaml",
    "resources-list.yaml",
    "half-saved.yaml",
    "duplicate-keys.yaml",
    "nulls-everywhere.yaml",
    "buildspec-broken.yml",
}


@pytest.fixture(scope="module")
def judgement() -> Judgement:
    # All at once: loading cfn-lint takes longer than most of them; what it said once is kept.
    store = Store(ROOT / "build" / "cache" / "lint")
    return judge_paths([str(file) for file in FILES], store=store)


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= ENOUGH


def test_every_file_is_judged(judgement: Judgement) -> None:
    assert set(judgement.files) == {str(file) for file in FILES}


def test_nothing_ends_in_a_crash_and_no_rule_fails(judgement: Judgement) -> None:
    # cfn-lint's own rules fail on some of what is malformed (E0002); ours on nothing.
    failed = [
        (Path(f.file).name, f.rule, f.message)
        for f in judgement.findings
        if "this rule failed" in f.message
        or (f.rule == "E0002" and (OURS.search(f.message) or Path(f.file).name not in MALFORMED))
    ]
    assert failed == []


def test_every_finding_has_a_place_in_its_file(judgement: Judgement) -> None:
    lines = {str(file): file.read_bytes().count(b"\n") + 1 for file in FILES}
    outside = [f for f in judgement.findings if not 1 <= f.line <= lines[f.file]]
    assert outside == []


def test_what_is_malformed_has_an_error(judgement: Judgement) -> None:
    wrong = {Path(f.file).name for f in judgement.findings if f.level is Level.ERROR}
    assert wrong >= {file.name for file in FILES} & MALFORMED
