"""docs/rules.md says of each rule what it says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.lint import catalogue
from generator.report.rules import GROUPS, page

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


def test_the_page_of_all_rules_is_up_to_date() -> None:
    written = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == page(catalogue().rules.values()), "run make docs"


def test_every_rule_of_the_pack_is_in_a_group_of_the_page() -> None:
    ours = [rule for rule in catalogue().rules.values() if rule.ours]
    assert {rule.id[1:3] for rule in ours} <= set(GROUPS)
    text = page(ours)
    assert [rule.id for rule in ours if f"### {rule.id}\n" not in text] == []
