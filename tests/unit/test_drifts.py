"""Secret values of drifted properties are never shown; everything else is."""

from __future__ import annotations

import pytest

from generator.plan.drifts import Difference, Mask, ResourceDrift

pytestmark = pytest.mark.unit

TEMPLATE = """
Parameters:
  Key: {Type: String, NoEcho: true}
  Size: {Type: Number}
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      MemorySize: !Ref Size
      Description: !Sub "with ${Key}"
      Environment:
        Variables:
          Level: INFO
          Pass: !Ref Key
          Login: "{{resolve:secretsmanager:login}}"
          Chosen: !If [Big, !Ref Key, none]
      Tags:
        - {Key: owner, Value: !Ref Key}
        - {Key: place, Value: here}
"""


def shown(path: str, expected: str = "before", actual: str = "after") -> tuple[str, str]:
    drift = ResourceDrift(
        "Function", "f", "AWS::Lambda::Function", "MODIFIED",
        differences=(Difference(path, expected, actual, "NOT_EQUAL"),),
    )  # fmt: skip
    (one,) = Mask(TEMPLATE).masked(drift).differences
    return one.expected, one.actual


@pytest.mark.parametrize(
    "path",
    [
        "/MemorySize",
        "/Environment/Variables/Level",
        "/Environment/Variables/SECRET_ARN",
        "/Environment/Variables/TokenId",
        "/Tags/1/Value",
        "/Unknown",
    ],
)
def test_what_is_no_secret_is_shown(path: str) -> None:
    assert shown(path) == ("before", "after")


@pytest.mark.parametrize(
    "path",
    [
        "/Description",
        "/Environment/Variables/Pass",
        "/Environment/Variables/Login",
        "/Environment/Variables/Chosen",
        "/Environment/Variables/DB_PASSWORD",
        "/Environment/Variables/apiKey",
        "/Environment",
        "/Tags/0/Value",
    ],
)
def test_what_holds_a_secret_is_masked(path: str) -> None:
    assert shown(path) == ("****", "****")


def test_a_structure_with_a_secret_in_it_is_masked_whole() -> None:
    assert shown("/Other", "null", '{"A": [{"token": "t"}]}') == ("null", "****")


def test_a_value_that_was_resolved_is_masked() -> None:
    assert shown("/Other", "{{resolve:ssm-secure:/a}}", "hunter2") == ("****", "****")


def test_of_a_resource_that_the_template_does_not_have_values_are_shown() -> None:
    drift = ResourceDrift(
        "Other", "o", "AWS::SQS::Queue", "MODIFIED",
        differences=(Difference("/DelaySeconds", "1", "2", "NOT_EQUAL"),),
    )  # fmt: skip
    assert Mask(TEMPLATE).masked(drift) == drift
