"""What a reference means by a function, and who calls it how."""

from __future__ import annotations

from typing import Any

import pytest

from generator.lint.template import Template
from generator.lint.template.calls import asynchronous_calls, calls
from generator.lint.template.functions import LATEST, aliases, at_edge, callee, functions

pytestmark = pytest.mark.unit

RESOURCES: dict[str, Any] = {
    "Orders": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "orders"}},
    "Live": {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"Name": "live", "FunctionName": {"Ref": "Orders"}},
    },
    "First": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": "orders"}},
    "Sam": {"Type": "AWS::Serverless::Function", "Properties": {"AutoPublishAlias": "now"}},
}
URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "%s/invocations"
)


def template(**more: Any) -> Template:
    return Template({"Resources": RESOURCES | more})


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


@pytest.mark.parametrize(
    ("written", "function", "qualifier"),
    [
        ({"Ref": "Orders"}, "Orders", LATEST),
        ({"Fn::GetAtt": ["Orders", "Arn"]}, "Orders", LATEST),
        ("orders", "Orders", LATEST),
        ("orders:live", "Orders", "live"),
        ({"Fn::GetAtt": "Orders.Arn"}, "Orders", LATEST),
        (sub("${Orders}:live"), "Orders", "live"),
        (sub("${Orders.Arn}:${Stage}"), "Orders", "${Stage}"),
        (sub("arn:aws:lambda:${AWS::Region}:1:function:orders"), "Orders", LATEST),
        (sub("arn:aws:lambda:${AWS::Region}:1:function:${Orders}:live"), "Orders", "live"),
        ({"Ref": "Live"}, "Orders", "live"),
        ({"Ref": "First"}, "Orders", "${First.Version}"),
        (sub(URI % "${Orders.Arn}"), "Orders", LATEST),
        (sub(URI % "${Live}"), "Orders", "live"),
        (sub(URI % "${Orders.Arn}:live"), "Orders", "live"),
        ({"Ref": "Sam"}, "Sam", LATEST),
        ({"Ref": "Sam.Alias"}, "Sam", "now"),
    ],
)
def test_a_function_is_found_however_it_is_named(
    written: Any, function: str, qualifier: str
) -> None:
    rule = {"Type": "AWS::Events::Rule", "Properties": {"Targets": [{"Arn": written}]}}
    judged = template(Rule=rule)
    (node,) = judged.resources["Rule"].body.each("Properties", "Targets", "*", "Arn")
    found = callee(judged, node)
    assert found is not None
    assert (found.function.id, found.qualifier) == (function, qualifier)


@pytest.mark.parametrize(
    "written",
    [
        {"Fn::ImportValue": "function"},
        {"Fn::GetAtt": ["Queue", "Arn"]},
        {"Ref": "Nothing"},
        {"Fn::GetAtt": ["Orders", "Nothing"]},
        "other",
        "",
        None,
        ["orders"],
    ],
)
def test_what_names_no_function_of_the_template_means_none(written: Any) -> None:
    queue = {"Type": "AWS::SQS::Queue"}
    rule = {"Type": "AWS::Events::Rule", "Properties": {"Targets": [{"Arn": written}]}}
    assert calls(template(Queue=queue, Rule=rule)) == []


def test_an_alias_that_names_itself_is_of_no_function() -> None:
    alias = {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Own"}}}
    assert [each.id for each in aliases(template(Own=alias))["Orders"]] == ["Live"]


def test_topics_hand_over_and_queues_wait() -> None:
    judged = template(
        Topic={
            "Type": "AWS::SNS::Topic",
            "Properties": {"Subscription": [{"Endpoint": {"Ref": "Live"}}]},
        },
        Queue={
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"FunctionName": {"Ref": "Sam"}},
        },
    )
    assert [(call.by.id, call.asynchronous) for call in calls(judged)] == [
        ("Topic", True),
        ("Queue", False),
    ]
    assert {
        name: [each.qualifier for each in how] for name, how in asynchronous_calls(judged).items()
    } == {"Orders": ["live"]}


@pytest.mark.parametrize(("kind", "expected"), [("Event", ["Orders"]), ("RequestResponse", [])])
def test_a_mail_waits_when_it_says_so(kind: str, expected: list[str]) -> None:
    mail = {"LambdaAction": {"FunctionArn": {"Ref": "Orders"}, "InvocationType": kind}}
    other = {"LambdaAction": {"FunctionArn": {"Ref": "Nothing"}, "InvocationType": "Event"}}
    rule = {"Type": "AWS::SES::ReceiptRule", "Properties": {"Rule": {"Actions": [other, mail]}}}
    assert list(asynchronous_calls(template(Mail=rule))) == expected


@pytest.mark.parametrize(
    "malformed",
    [
        {"Properties": None},
        {"Properties": []},
        {"Properties": {"FunctionName": None, "Role": [], "Events": ["x"]}},
        {"Properties": {"Events": {"A": None, "B": "x", "C": {"Type": ["S3"]}}}},
        {"Properties": {"Fn::If": ["A", {}, {}]}},
    ],
)
@pytest.mark.parametrize("kind", ["AWS::Lambda::Function", "AWS::Serverless::Function"])
def test_nothing_fails_on_what_is_malformed(kind: str, malformed: dict[str, Any]) -> None:
    judged = template(Odd={"Type": kind} | malformed)
    assert "Odd" in [function.id for function in functions(judged)]
    assert at_edge(judged) == frozenset()
    assert set(asynchronous_calls(judged)) <= {"Odd"}


def test_elements_under_a_star_are_each_found_in_every_branch() -> None:
    listed = {"Fn::If": ["A", [{"Arn": "1"}, {"Other": "2"}], {"Arn": "3"}]}
    judged = template(Rule={"Type": "AWS::Events::Rule", "Properties": {"Targets": listed}})
    found = judged.resources["Rule"].body.each("Properties", "Targets", "*", "Arn")
    assert [node.value for node in found] == ["1", "3"]


def test_a_list_is_read_as_it_can_be_at_one_time() -> None:
    none = {"Ref": "AWS::NoValue"}
    listed = [{"Fn::If": ["A", "a", none]}, "b", {"Fn::If": ["A", none, "c"]}]
    judged = template(Any={"Type": "Any", "Properties": {"List": listed}})
    (node,) = judged.resources["Any"].get("List")
    ways = [[each.value for each in together] for together in node.together()]
    assert ways == [["a", "b"], ["b", "c"]]


def test_a_parameter_is_its_default_when_nobody_says_otherwise() -> None:
    judged = Template(
        {
            "Parameters": {"With": {"Default": "python3.9"}, "Without": {"Type": "String"}},
            "Resources": {
                "Any": {
                    "Type": "Any",
                    "Properties": {"A": {"Ref": "With"}, "B": {"Ref": "Without"}, "C": "written"},
                }
            },
        }
    )
    found = [
        judged.default_of(node) for name in "ABCD" for node in judged.resources["Any"].get(name)
    ]
    assert found == ["python3.9", None, "written", None]


@pytest.mark.parametrize("condition", [None, ["A"], {"Ref": "A"}, 1])
def test_a_choice_without_a_condition_is_not_known_but_there(condition: Any) -> None:
    choice = {"Fn::If": [condition, "a", "b"]}
    judged = template(Any={"Type": "Any", "Properties": {"Name": choice}})
    (node,) = judged.resources["Any"].get("Name")
    assert node.is_unknown
