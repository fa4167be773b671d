"""Files beside templates are read as written: texts, tags, and the line of each."""

from __future__ import annotations

import pytest

from generator.lint.document import read

pytestmark = pytest.mark.unit


def test_a_number_stays_what_was_written() -> None:
    document = read("python: 3.10\n")
    assert document is not None
    assert document.value == {"python": "3.10"}


def test_a_tag_is_told_with_its_place() -> None:
    document = read("Hooks:\n  - Before: !Ref Check\n")
    assert document is not None
    assert document.tags == [(("Hooks", 0, "Before"), "!Ref")]
    assert document.at(("Hooks", 0, "Before")) == (2, 5)


def test_a_line_of_a_block_is_found_and_one_of_a_line_is_that_line() -> None:
    document = read('commands:\n  - |\n    one\n    two\n  - "a\\nb"\n')
    assert document is not None
    assert document.at_line(("commands", 0), 1) == (4, 1)
    assert document.at_line(("commands", 1), 1) == (5, 5)


def test_what_is_absent_is_at_what_it_is_absent_from() -> None:
    document = read("phases:\n  build:\n    commands: []\n")
    assert document is not None
    assert document.at(("phases", "build", "commands", 3)) == (3, 5)


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "\t- x", "\x00"])
def test_what_is_no_yaml_is_nothing(text: str) -> None:
    assert read(text) is None


def test_json_is_read_too() -> None:
    document = read('{"version": 0.0, "Resources": []}')
    assert document is not None
    assert document.value == {"version": "0.0", "Resources": []}


def test_an_alias_of_itself_is_nothing() -> None:
    assert read("a: &a [*a]\n") is None


def test_aliases_of_aliases_end() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert read("\n".join(lines)) is None


def test_a_template_has_the_long_names_of_functions() -> None:
    file = read("A: !Ref X\nB: [!Sub '${Y}', !GetAtt Z.Arn]\nC: {Fn::If: [!Condition D, 1, 2]}\n")
    assert file is not None
    assert file.as_template() == {
        "A": {"Ref": "X"},
        "B": [{"Fn::Sub": "${Y}"}, {"Fn::GetAtt": "Z.Arn"}],
        "C": {"Fn::If": [{"Condition": "D"}, "1", "2"]},
    }
