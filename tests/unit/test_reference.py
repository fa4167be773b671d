"""docs/reference says what the code says of itself."""

from __future__ import annotations

import pytest
from reference import FOLDER, codes, pages, variables

from generator.codes import FAMILIES

pytestmark = pytest.mark.unit


def test_the_pages_are_up_to_date() -> None:
    for name, text in pages().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: run make docs"


def test_every_key_of_a_parameter_file_has_a_meaning() -> None:
    rows = [line for line in pages()["configuration.md"].splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert [row for row in rows if row.rstrip(" |").count(" | ") < 3] == []


def test_every_variable_that_the_code_asks_for_is_listed() -> None:
    listed = set(variables.OTHERS) - variables.READ_BY_LIBRARIES
    assert variables.asked_for() - set(variables.of_options()) == listed - set(
        variables.of_options()
    )


def test_every_code_but_those_with_a_page_of_their_own_is_on_the_page() -> None:
    assert set(codes.TITLES) == set(FAMILIES) - {"preflight"}
