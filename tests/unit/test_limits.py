"""A template over a limit of CloudFormation is refused with the numbers, near one remarked on."""

from __future__ import annotations

import pytest

from generator.build import limits
from generator.lint import Subject
from generator.render.sourcemap import SourceMap
from generator.units import UNITS, Unit

pytestmark = pytest.mark.unit
UNIT = {unit.name: unit for unit in UNITS}


def template(**sections: int) -> str:
    lines = []
    for section, entries in sections.items():
        lines += [f"{section}:", *(f"  E{n}: {{Type: String}}" for n in range(entries))]
    return "\n".join(lines) + "\n"


def judged(unit: Unit, text: str) -> list[tuple[bool, str]]:
    subject = Subject(f"templates/{unit.name}.yaml", text, SourceMap(()))
    return [(over, str(problem)) for over, problem in limits.check_size(unit, subject)]


@pytest.mark.parametrize(
    ("section", "limit"), [("Resources", 500), ("Parameters", 200), ("Outputs", 200)]
)
def test_a_section_with_one_entry_too_many_is_refused(section: str, limit: int) -> None:
    (found,) = judged(UNIT["service"], template(**{section: limit + 1}))
    assert found == (
        True,
        f"templates/service.yaml.j2: {limit + 1} {section.lower()}, but the template of a stack-set"
        f" may have {limit}\n  → move functions to a project of their own",
    )


@pytest.mark.parametrize(
    ("entries", "expected"), [(449, []), (450, [False]), (500, [False]), (501, [True])]
)
def test_from_ninety_percent_on_there_is_a_warning(entries: int, expected: list[bool]) -> None:
    assert [over for over, _ in judged(UNIT["service"], template(Resources=entries))] == expected


@pytest.mark.parametrize(
    ("unit", "limit"),
    [("roles", 51_200), ("core", 51_200), ("artifacts", 51_200), ("service", 460_800),
     ("pipeline", 1_000_000)],
)  # fmt: skip
def test_what_comes_before_the_artifact_bucket_must_fit_the_call(unit: str, limit: int) -> None:
    assert [over for over, _ in judged(UNIT[unit], "#" * limit)] == [False]
    ((over, message),) = judged(UNIT[unit], "#" * (limit + 1))
    assert over
    assert f"{limit + 1:,} bytes" in message
    assert f"may have {limit:,}" in message


def test_a_template_that_is_no_yaml_is_left_to_the_proof() -> None:
    assert judged(UNIT["service"], "a: [") == []


def test_a_parameter_value_longer_than_cloudformation_takes_is_named() -> None:
    (found,) = limits.check_values(UNIT["service"], {"A": "x" * 4096, "B": "ä" * 2049})
    assert "parameter 'B' has 4,098 bytes, but a value may have 4,096" in found.message


def test_more_tags_than_a_stack_may_have_are_counted() -> None:
    assert limits.too_many_tags({str(n): "" for n in range(50)}) is None
    assert "51 tags" in (limits.too_many_tags({str(n): "" for n in range(51)}) or "")
