"""Rules that take options, and what a fixture can't hold."""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.decode.decode import decode_str
from cfnlint.template import Template
from rules.judged import found, rules

pytestmark = pytest.mark.unit

BARE = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
TAGGED = (
    "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n"
    "      Tags: [{Key: Project, Value: shop}]\n"
)


def said(rule: str, text: str, options: dict[str, Any]) -> list[str]:
    decoded, _ = decode_str(text)
    cfn = Template(None, decoded, ["us-east-1"])
    judge = rules()[rule]
    judge.configure(options)
    try:
        judge.initialize(cfn)
        return [match.message for match in judge.matchall("template.yaml", cfn)]
    finally:
        judge.configure(None)


def test_tags_are_required_where_the_stack_is_said_to_have_none() -> None:
    (message,) = said("E9701", BARE, {"stack": "untagged"})
    assert message == (
        "add to Tags, or to the tags of the stack: Project, Environment, Owner, CostCenter"
    )


def test_no_tags_are_required_where_the_stack_is_said_to_have_them() -> None:
    assert said("E9701", TAGGED, {}) != []
    assert said("E9701", TAGGED, {"stack": "tagged"}) == []


def test_other_tags_can_be_required() -> None:
    assert said("E9701", TAGGED, {"stack": "untagged", "keys": ["Project"]}) == []
    (message,) = said("E9701", TAGGED, {"keys": ["Project", "Team"]})
    assert message.endswith(": Team")


@pytest.mark.parametrize(
    ("size", "over", "near"),
    [(460_800, False, False), (460_801, False, True), (1_000_000, False, True),
     (1_000_001, True, False)],
)  # fmt: skip
def test_a_template_is_measured_as_it_is_written(size: int, over: bool, near: bool) -> None:
    text = BARE.ljust(size - 1, "#") + "\n"
    assert found(rules()["E9706"], text) == ([(1, "-")] if over else [])
    assert found(rules()["W9706"], text) == ([(1, "-")] if near else [])
