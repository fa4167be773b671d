"""Whether a role gets an action: in each branch, and never by what nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest

from generator.lint.template import Node, Template
from generator.lint.template.conditions import Conditions
from generator.lint.template.grants import lacks
from generator.lint.template.reach import Thing, reaches

pytestmark = pytest.mark.unit

PROD = {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}


def queue_and_role(*statements: Any, **queue: Any) -> Template:
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}
    return Template(
        {
            "Conditions": {"IsProd": PROD},
            "Resources": {
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue},
                "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
            },
        }
    )


def sends(template: Template) -> bool:
    """Whether the role may, as far as anybody can tell, send to the queue."""
    queue, role = template.resources["Queue"], template.resources["Role"]
    return not lacks(template, role, "sqs:SendMessage", Thing(queue, None), {})


def allow(action: Any, resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        {"Fn::GetAtt": ["Queue", "Arn"]},
        {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:orders"},
        {"Fn::Sub": "arn:aws:sqs:*:*:${Queue.QueueName}"},
        "arn:aws:sqs:us-east-1:111111111111:or*",
        {"Ref": "Parameter"},
        {"Fn::ImportValue": "queue"},
        ["arn:aws:sqs:us-east-1:111111111111:other", "arn:aws:sqs:*:*:orders"],
    ],
)
def test_a_statement_that_reaches_the_resource_or_may_do_so_grants(resource: Any) -> None:
    assert sends(queue_and_role(allow("sqs:Send*", resource), QueueName="orders"))


@pytest.mark.parametrize(
    "resource",
    [
        {"Fn::GetAtt": ["Role", "Arn"]},
        {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Role}"},
        "arn:aws:sqs:us-east-1:111111111111:other",
        "arn:aws:sns:us-east-1:111111111111:orders",
        [],
    ],
)
def test_a_statement_on_something_else_does_not(resource: Any) -> None:
    assert not sends(queue_and_role(allow("sqs:SendMessage", resource), QueueName="orders"))


def test_a_deny_a_statement_on_other_actions_and_an_empty_one_grant_nothing() -> None:
    denied = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    assert not sends(queue_and_role(denied, allow("sqs:ReceiveMessage", "*"), {}))


def test_what_only_one_branch_grants_is_lacking() -> None:
    sometimes = {"Fn::If": ["IsProd", allow("*", "*"), {"Ref": "AWS::NoValue"}]}
    template = queue_and_role(sometimes)
    assert not sends(template)
    role, thing = template.resources["Role"], Thing(template.resources["Queue"], None)
    assert not lacks(template, role, "sqs:SendMessage", thing, {"IsProd": True})


def test_what_two_branches_grant_between_them_is_not_lacking() -> None:
    either = {"Fn::If": ["IsProd", "sqs:SendMessage", "sqs:*"]}
    assert sends(queue_and_role(allow(either, "*")))


@pytest.mark.parametrize(
    "statement",
    [
        {"Fn::Transform": {"Name": "AWS::Include"}},
        {"Effect": "Allow", "Action": {"Fn::FindInMap": ["A", "B", "C"]}, "Resource": "*"},
    ],
)
def test_what_nobody_can_tell_counts_as_granted(statement: Any) -> None:
    assert sends(queue_and_role(statement))


def test_a_generated_name_may_match_a_pattern_but_not_a_literal() -> None:
    arn = "arn:aws:sqs:us-east-1:111111111111:"
    template = queue_and_role()
    thing = Thing(template.resources["Queue"], None)

    def reached(text: str) -> bool | None:
        return reaches(template, Node(text, (), template.conditions), thing, "sqs")

    assert reached(arn + "stack-*") is None
    assert reached(arn + "orders") is False


@pytest.mark.parametrize("tail", ["", ":*", ":*:*", ":log-stream:*"])
def test_what_is_in_a_resource_may_be_named_as_well(tail: str) -> None:
    group = {"LogGroupName": {"Fn::Sub": "/aws/lambda/shop-${Stage}"}}
    template = Template(
        {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": group}}}
    )
    thing = Thing(template.resources["Logs"], None)
    arn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/shop"

    def reached(text: str) -> bool | None:
        return reaches(template, Node({"Fn::Sub": text}, (), template.conditions), thing, "logs")

    assert reached(arn + "-*" + tail)
    assert reached(arn + "-${Stage}" + tail)
    assert reached(arn + "-${Stage}-orders" + tail) is False


def test_cases_cover_everything_only_together() -> None:
    conditions = Conditions({"IsProd": PROD, "IsTest": {"Fn::Not": [{"Condition": "IsProd"}]}})
    prod, test = {"IsProd": True}, {"IsTest": True}
    assert conditions.cover([prod, test], {})
    assert not conditions.cover([prod], {})
    assert conditions.cover([prod], {"IsProd": True})
    assert not conditions.cover([prod], {"IsTest": True})
    assert not conditions.cover([], {})


def test_elements_are_yielded_unknown_ones_as_well() -> None:
    imported = {"Fn::ImportValue": "x"}
    node = Node(["a", imported, ["b"], {"Ref": "AWS::NoValue"}], (), Conditions({}))
    assert [each.value for each in node.elements()] == ["a", imported, "b"]
    alone = Node(imported, (), Conditions({}))
    assert [each.value for each in alone.elements()] == [imported]
    assert list(alone.items()) == []


@pytest.mark.parametrize("condition", [None, 1, ["IsProd"], {"Condition": "IsProd"}])
def test_a_branch_by_no_condition_at_all_is_unknown_and_still_yielded(condition: Any) -> None:
    node = Node({"Fn::If": [condition, "a", "b"]}, (), Conditions({}))
    assert [each.is_unknown for each in node.get()] == [True]
