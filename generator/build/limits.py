"""What a template may hold at most, and who comes near it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from generator.errors import Problem
from generator.lint import Subject
from generator.lint.template.limits import BY_PIPELINE, BY_URL, INLINE, NEAR, SECTIONS
from generator.units import UNITS, Kind, Unit

PARAMETER_VALUE = 4_096
"""Bytes of a parameter's value."""
TAGS = 50
"""Tags of a stack or StackSet."""

BUCKET_UNIT = "artifacts"
SMALLER_SERVICE = "move functions to a project of their own"


def check_size(unit: Unit, subject: Subject) -> Iterator[tuple[bool, Problem]]:
    """Say which limits a template passes (true) or comes near (false)."""
    size, limit = len(subject.text.encode()), _bytes_allowed(unit)
    yield from _judge(unit, size, limit, "bytes")
    for section, entries in _sections(subject.text).items():
        yield from _judge(unit, entries, SECTIONS[section], section.lower())


def check_values(unit: Unit, values: Mapping[str, str]) -> Iterator[Problem]:
    """Say which parameter values are longer than CloudFormation takes."""
    for name, value in values.items():
        if (size := len(value.encode())) > PARAMETER_VALUE:
            yield Problem(
                f"the value of parameter '{name}' has {size:,} bytes, but a value may have"
                f" {PARAMETER_VALUE:,}",
                file=f"templates/{unit.template}",
            )


def too_many_tags(tags: Mapping[str, str]) -> str | None:
    """Say whether a stack would have more tags than it may."""
    if len(tags) <= TAGS:
        return None
    return f"{len(tags)} tags together with gen's own, but a stack may have {TAGS}"


def _bytes_allowed(unit: Unit) -> int:
    names = [each.name for each in UNITS]
    if names.index(unit.name) <= names.index(BUCKET_UNIT):
        return INLINE
    return BY_PIPELINE if unit.kind is Kind.STACK_SET else BY_URL


def _judge(unit: Unit, there: int, limit: int, what: str) -> Iterator[tuple[bool, Problem]]:
    if there < limit * NEAR:
        return
    over = there > limit
    kind = f"the template of a {unit.kind}"
    if limit == INLINE:
        kind = "a template deployed before the artifact bucket"
    problem = Problem(
        f"{there:,} {what}, {'but' if over else 'and'} {kind} may have {limit:,}",
        file=f"templates/{unit.template}",
        hint=SMALLER_SERVICE if unit.needs_code else None,
    )
    yield over, problem


def _sections(text: str) -> dict[str, int]:
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:  # which the proof reports with its line
        return {}
    if not isinstance(root, yaml.MappingNode):
        return {}
    return {
        str(key.value): len(node.value)
        for key, node in root.value
        if key.value in SECTIONS and isinstance(node, yaml.MappingNode)
    }
