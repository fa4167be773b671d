"""Every rule finds what its bad examples show, there and nowhere else, and nothing in good ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules.judged import FIXTURES, found, marked, rules

pytestmark = pytest.mark.unit

IDS = sorted(rules())
FILES = sorted(f for f in FIXTURES.rglob("*") if f.suffix in (".yaml", ".yml", ".json"))


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
def test_a_rule_finds_its_bad_example_at_the_marked_lines(rule: str) -> None:
    bad = rules()[rule].bad.lstrip("\n")
    assert marked(bad), "the bad example marks no line"
    assert found(rules()[rule], bad) == marked(bad)


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_is_silent_on_its_good_example(rule: str) -> None:
    good = rules()[rule].good.lstrip("\n")
    assert good
    assert found(rules()[rule], good) == []


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_rule_finds_what_its_fixtures_mark_and_nothing_else(file: Path) -> None:
    text = file.read_text()
    bad = file.stem.startswith("bad")
    assert bad or file.stem.startswith("good"), "a fixture is called bad-… or good-…"
    assert bool(marked(text)) is bad
    assert found(rules()[file.parent.name], text) == marked(text)
