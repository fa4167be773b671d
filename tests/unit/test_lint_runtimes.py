"""Runtimes are judged by the data's date, not by today's."""

from __future__ import annotations

import json
from datetime import date

import pytest

from generator.lint.runtimes import AHEAD, DATA, deprecation_of

pytestmark = pytest.mark.unit


def test_the_data_say_of_when_and_from_where_they_are() -> None:
    data = json.loads(DATA.read_text())
    date.fromisoformat(data["date"])
    assert data["source"].startswith("https://docs.aws.amazon.com/lambda/")


def test_what_is_deprecated_within_a_year_of_the_data_is_old_and_what_is_later_is_not() -> None:
    data = json.loads(DATA.read_text())
    last = date.fromisoformat(data["date"]) + AHEAD
    others = {k: v for k, v in data["deprecated"].items() if not k.startswith("python")}
    for runtime, when in others.items():
        due = date.fromisoformat(when)
        assert deprecation_of(runtime) == (due if due <= last else None)


@pytest.mark.parametrize("runtime", ["python2.7", "python3.9", "python3.11"])
def test_python_before_3_12_is_old_whatever_its_date(runtime: str) -> None:
    assert deprecation_of(runtime) is not None


@pytest.mark.parametrize("runtime", ["python3.12", "python3.14", "provided.al2023", "python9.9"])
def test_what_is_new_or_unknown_is_not_old(runtime: str) -> None:
    assert deprecation_of(runtime) is None
