"""gen explain: every code that anything says can be looked up, and only those."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.codes import FAMILIES, Code, explained, mentioned

pytestmark = pytest.mark.unit
Invoke = Callable[..., Any]
ROOT = Path(__file__).parents[2]
ALL = [(family, code) for family, codes in FAMILIES.items() for code in codes]


@pytest.mark.parametrize(("family", "code"), ALL, ids=lambda one: getattr(one, "number", one))
def test_a_code_says_what_it_means_why_and_what_to_do(family: str, code: Code) -> None:
    assert (family, code) in explained(code.number)
    assert code.title[0].islower() or code.title.startswith(("AWS", "IAM"))
    assert not code.title.endswith(".")
    assert code.goes_wrong.endswith(".")
    assert code.to_do.endswith((".", "`", ")"))
    assert code.source == "README.md" or code.source.startswith("https://docs.aws.amazon.com/")


def test_no_family_has_a_code_twice() -> None:
    for family, codes in FAMILIES.items():
        numbers = [code.number.lower() for code in codes]
        assert len(numbers) == len(set(numbers)), family


def test_every_code_that_the_program_says_can_be_explained() -> None:
    said = set()
    for file in (ROOT / "generator").rglob("*.py"):
        said |= set(re.findall(r"\bP\d{3}\b", file.read_text()))
    assert {code for code in said if not explained(code)} == set()


def test_every_status_that_the_program_knows_can_be_explained() -> None:
    text = (ROOT / "generator" / "plan" / "state.py").read_text()
    known = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)*)"', text))
    # Endings that say that all is well need no explanation.
    fine = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
    assert {status for status in known - fine if not explained(status)} == set()


def test_readme_tells_of_the_same_exit_codes() -> None:
    text = " ".join((ROOT / "README.md").read_text().split())
    line = re.search(r"Exit codes: (.*?)\. Data goes", text)
    assert line is not None
    assert [part.split()[0] for part in line[1].split("; ")] == [
        code.number for code in FAMILIES["exit code"]
    ]


def test_a_code_is_found_in_any_case_and_with_the_endings_of_services() -> None:
    assert explained("p401") == explained("P401") != []
    assert explained("AccessDeniedException") == explained("accessdenied")
    assert explained("nothing") == []


def test_a_message_tells_which_codes_it_names() -> None:
    assert mentioned(
        [
            "P401 111 us-east-1: 3 new stacks, but 2000 of the quota of 2000 are used",
            "templates/core.yaml.j2:2: P999 inside a text is none",
            'Resource handler returned message: "x" (RequestToken: 1, HandlerErrorCode: NotFound)',
            "AccessDenied while listing the StackSets of 111: no",
            "its stack is UPDATE_ROLLBACK_FAILED: repair it",
            "Nothing while nothing",
        ]
    ) == ["P401", "NotFound", "AccessDenied", "UPDATE_ROLLBACK_FAILED"]


def test_explaining_needs_no_project(invoke: Invoke) -> None:
    done = invoke("explain", "P401", "outdated")
    assert done.code == 0
    assert "quota of stacks" in done.out
    assert "--ignore P401" in done.out
    assert "gen resume" in done.out
    assert done.err == ""


def test_a_word_with_several_meanings_is_explained_with_all(invoke: Invoke) -> None:
    rows = json.loads(invoke("explain", "FAILED", "--output", "json").out)
    assert [row["family"] for row in rows] == ["stack instance, in detail", "StackSet operation"]
    assert set(rows[0]) >= {"code", "title", "why", "to_do", "source"}


def test_an_unknown_code_is_wrong_usage_with_what_was_meant(invoke: Invoke) -> None:
    done = invoke("explain", "OUTDATE", "P401", "nonsense")
    assert (done.code, done.out) == (2, "")
    assert "there is no code 'OUTDATE'" in done.err
    assert "did you mean 'OUTDATED'?" in done.err
    assert "gen explain --list" in done.err


def test_without_a_code_it_says_how_to_name_one(invoke: Invoke) -> None:
    assert invoke("explain").code == 2
    assert invoke("explain", "--list", "P401").code == 2


def test_an_error_with_a_code_says_how_to_read_more(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generator.cli import render
    from generator.errors import GenError, Problem

    def refuse() -> None:
        raise GenError([Problem("P101 these credentials are another's"), Problem("and more")])

    monkeypatch.setattr(render, "project_root", refuse)
    done = invoke("render")
    assert done.code == 1
    assert done.err.splitlines()[-1] == "more about it: gen explain P101"
