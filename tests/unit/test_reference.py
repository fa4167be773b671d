"""docs/reference says what the code says of itself."""

from __future__ import annotations

import pytest
from reference import FOLDER, pages, variables

from generator import errors
from generator.preflight.codes import CODES

pytestmark = pytest.mark.unit


def test_the_pages_are_up_to_date() -> None:
    for name, text in pages().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: run make docs"


def test_every_key_of_a_parameter_file_has_a_meaning() -> None:
    rows = [line for line in pages()["configuration.md"].splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert [row for row in rows if row.rstrip(" |").count(" | ") < 3] == []


def test_every_variable_that_the_code_asks_for_is_listed() -> None:
    assert variables.asked_for() == set(variables.OTHERS) - variables.READ_BY_LIBRARIES


def test_every_exit_code_and_the_range_of_preflight_codes_is_listed() -> None:
    page = (FOLDER / "exit-codes.md").read_text(encoding="utf-8")
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and hasattr(k, "exit_code")]
    assert len(kinds) >= 3
    for code in (0, 3, *(kind.exit_code for kind in kinds)):
        assert f"\n| {code} | " in page
    first, *_, last = CODES
    assert f"`{first}` to `{last}`" in page
