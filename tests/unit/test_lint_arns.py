"""ARNs in texts, and what policies say beyond their single statements."""

from __future__ import annotations

from typing import Any

import pytest

from generator.lint.template import Kind, Template
from generator.lint.template.arns import Arn, arn_of, arns_in
from generator.lint.template.policies import documents, grants, statements

pytestmark = pytest.mark.unit

QUEUE = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:orders-*"


def test_the_colons_of_a_pseudo_parameter_separate_nothing() -> None:
    assert arn_of(QUEUE) == Arn(
        "${AWS::Partition}", "sqs", "${AWS::Region}", "${AWS::AccountId}", "orders-*"
    )


def test_a_resource_part_keeps_its_colons() -> None:
    arn = arn_of("arn:aws:logs:eu-west-1:1:log-group:/a:*")
    assert arn is not None
    assert arn.resource == "log-group:/a:*"


def test_of_a_short_arn_the_rest_is_not_known() -> None:
    assert arn_of("arn:aws:logs:*") == Arn("aws", "logs", "*", None, None)


def test_what_follows_an_unknown_part_is_not_known() -> None:
    assert arn_of("arn:aws:${?}:*:*:*") == Arn("aws", None, None, None, None)


@pytest.mark.parametrize("text", ["", "*", "${Role.Arn}:*", "xarn:a:b:c:d:e"])
def test_another_text_is_no_arn(text: str) -> None:
    assert arn_of(text) is None


def test_an_arn_is_found_within_another() -> None:
    text = (
        "arn:aws:apigateway:eu-west-1:lambda:path/functions/arn:aws:lambda:eu-west-2:1:function:a"
    )
    assert [(arn.service, arn.region) for arn in arns_in(text)] == [
        ("apigateway", "eu-west-1"),
        ("lambda", "eu-west-2"),
    ]


def policy(**properties: Any) -> dict[str, Any]:
    allowing = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": allowing, **properties},
    }


def test_a_boundary_grants_nothing() -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": {"Ref": "Limit"}}}
    resources = {"Limit": policy(), "Role": role}
    assert grants(Template({"Resources": resources})) == []


@pytest.mark.parametrize(
    "more",
    [
        {"Limit": policy(Roles=["somebody"])},
        {
            "Other": {
                "Type": "AWS::IAM::Role",
                "Properties": {"ManagedPolicyArns": [{"Ref": "Limit"}]},
            }
        },
    ],
)
def test_a_boundary_that_is_attached_too_grants(more: dict[str, Any]) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": {"Ref": "Limit"}}}
    resources = {"Limit": policy(), "Role": role, **more}
    assert [statement.owner.id for statement, _ in grants(Template({"Resources": resources}))] == [
        "Limit"
    ]


def test_a_list_of_policies_is_read_one_by_one() -> None:
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Policies": ["Managed", {"Statement": [{"Effect": "Allow"}]}]},
    }
    template = Template({"Resources": {"Function": function}})
    assert [document.node.value for document in documents(template)] == function["Properties"][
        "Policies"
    ]
    (statement,) = statements(template)
    assert statement.kind is Kind.IDENTITY
    assert statement.document == ("Resources", "Function", "Properties", "Policies", 1)


def test_a_text_is_given_whole_and_not_by_its_parts() -> None:
    joined = {"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}]]}
    template = Template({"A": [joined, {"B": {"Fn::If": ["C", "left", {"Ref": "D"}]}}, None]})
    assert [node.text for node in template.root.texts()] == [
        "arn:${AWS::Partition}",
        "C",
        "left",
        "${D}",
    ]
