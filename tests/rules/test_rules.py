"""Every rule finds what its bad examples show, there and nowhere else, and nothing in good ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules.judged import FIXTURES, found_in_example, found_in_fixture, marked, rules

pytestmark = pytest.mark.unit

IDS = sorted(rules())
FILES = sorted(
    file
    for file in FIXTURES.glob("*/*")  # what is deeper, or called with-…, stands beside a fixture
    if file.suffix in (".yaml", ".yml", ".json") and not file.name.startswith("with-")
)


def named(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_says_what_it_is_what_goes_wrong_and_where_to_read_more(rule: str) -> None:
    described = rules()[rule]
    assert described.shortdesc
    assert not described.shortdesc.endswith(".")
    assert len(described.description) > len(described.shortdesc)
    assert described.source_url.startswith("https://")


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_finds_its_bad_example_at_the_marked_lines(rule: str, tmp_path: Path) -> None:
    bad = rules()[rule].bad.lstrip("\n")
    assert marked(bad), "the bad example marks no line"
    assert found_in_example(rules()[rule], bad, tmp_path) == marked(bad)


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_is_silent_on_its_good_example(rule: str, tmp_path: Path) -> None:
    good = rules()[rule].good.lstrip("\n")
    assert good
    assert found_in_example(rules()[rule], good, tmp_path) == []


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_rule_finds_what_its_fixtures_mark_and_nothing_else(file: Path) -> None:
    text = file.read_text()
    bad = file.stem.startswith("bad")
    assert bad or file.stem.startswith("good"), "a fixture is called bad-… or good-…"
    assert bool(marked(text)) is bad
    assert found_in_fixture(rules()[file.parent.name], file) == marked(text)
