"""Rules about files judge the same text wherever it stands, and end no run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rules.judged import matches, rules

from generator.lint.guardrail import File, FileGuardrail, Reads, Spot
from generator.lint.template import Node, Template

pytestmark = pytest.mark.unit

SPEC = "version: 0.2\nphases:\n  build:\n    commands:\n      - pytest || true\n"
INLINE = """Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      Source:
        Type: CODEPIPELINE
        BuildSpec: {opening}
{indented}
"""


class Failing(FileGuardrail):
    """A rule that fails on everything."""

    id = "E9999"
    reads = (Reads.BUILDSPEC,)

    def read(self, file: File) -> Iterator[Spot]:
        raise ValueError(file.text)

    def inline(self, template: Template) -> Iterator[Node]:
        yield from template.resources["Build"].get("Source", "BuildSpec")


def inline(opening: str) -> str:
    return INLINE.format(
        opening=opening, indented="\n".join(f"          {line}" for line in SPEC.splitlines())
    )


def test_a_rule_that_fails_on_a_file_says_so_there() -> None:
    (spot,) = Failing().judge(File("x", Path("buildspec.yml")))
    assert (spot.line, spot.column) == (1, 1)
    assert "ValueError: x" in spot.message
    assert "please report it" in spot.message


def test_a_rule_that_fails_on_an_inline_file_says_so_at_the_resource() -> None:
    (match,) = matches(Failing(), inline("|"), transform=False)
    assert match.path[1] == "Build"
    assert "please report it" in match.message


@pytest.mark.parametrize("opening", ["|", "|-", "!Sub |", "!Sub |-"])
def test_a_finding_in_a_block_is_at_its_own_line(opening: str) -> None:
    (match,) = matches(rules()["E9902"], inline(opening), transform=False)
    assert (match.linenumber, match.path[1]) == (12, "Build")


def test_a_finding_in_a_text_of_one_line_is_where_that_is() -> None:
    quoted = INLINE.format(opening=repr(SPEC).replace("'", '"'), indented="")
    (match,) = matches(rules()["E9902"], quoted, transform=False)
    assert match.linenumber == 7


def test_a_file_is_found_to_be_wrong_at_the_same_line_of_its_own() -> None:
    rule = rules()["E9902"]
    assert isinstance(rule, FileGuardrail)
    (spot,) = rule.judge(File(SPEC, Path("buildspec.yml")))
    assert (spot.line, spot.path) == (5, ("phases", "build", "commands", 0))


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "phases: 1", "phases: {build: 1}", "a: [", "\0"]
)
def test_what_is_no_buildspec_fails_no_rule(text: str) -> None:
    for name in ("E9901", "E9902"):
        rule = rules()[name]
        assert isinstance(rule, FileGuardrail)
        found = rule.judge(File(text, Path("buildspec.yml")))
        assert [spot for spot in found if "please report it" in spot.message] == []
