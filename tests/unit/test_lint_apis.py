"""What rules understand of APIs, of references, and of conditions that go together."""

from __future__ import annotations

from typing import Any

import pytest

from generator.lint.template import Template
from generator.lint.template.apis import (
    has_hidden_operations,
    operations,
    speaks_websocket,
    stages,
)
from generator.lint.template.events import SENDERS, SENT, patterns
from generator.lint.template.references import made_before, referred

pytestmark = pytest.mark.unit


def template(conditions: Any = None, **resources: Any) -> Template:
    """Make a template; of each resource its type, its properties and perhaps more."""
    written = {
        name: {"Type": type_, "Properties": properties, **(more[0] if more else {})}
        for name, (type_, properties, *more) in resources.items()
    }
    return Template({"Conditions": conditions or {}, "Resources": written})


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


API = ("AWS::ApiGateway::RestApi", {"Name": "orders"})
ROOT = {"Fn::GetAtt": ["Api", "RootResourceId"]}


def test_a_methods_path_is_put_together_from_its_parents() -> None:
    found = operations(
        template(
            Api=API,
            Orders=(
                "AWS::ApiGateway::Resource",
                {"RestApiId": ref("Api"), "ParentId": ROOT, "PathPart": "orders"},
            ),
            Order=(
                "AWS::ApiGateway::Resource",
                {"RestApiId": ref("Api"), "ParentId": ref("Orders"), "PathPart": "{id}"},
            ),
            Get=(
                "AWS::ApiGateway::Method",
                {"RestApiId": ref("Api"), "ResourceId": ref("Order"), "HttpMethod": "get"},
            ),
            Root=(
                "AWS::ApiGateway::Method",
                {"RestApiId": ref("Api"), "ResourceId": ROOT, "HttpMethod": "ANY"},
            ),
        )
    )
    assert [(each.api, each.method, each.path) for each in found] == [
        ("${Api}", "GET", "/orders/{id}"),
        ("${Api}", "ANY", "/"),
    ]


def test_a_path_that_is_its_own_parent_is_not_known() -> None:
    (found,) = operations(
        template(
            Loop=("AWS::ApiGateway::Resource", {"ParentId": ref("Loop"), "PathPart": "a"}),
            Get=(
                "AWS::ApiGateway::Method",
                {"RestApiId": ref("Api"), "ResourceId": ref("Loop"), "HttpMethod": "GET"},
            ),
        )
    )
    assert found.path is None


def test_an_openapi_body_tells_its_operations() -> None:
    body = {"paths": {"/a": {"get": {}, "x-amazon-apigateway-any-method": {}, "parameters": []}}}
    found = operations(template(Api=("AWS::ApiGateway::RestApi", {"Body": body})))
    assert [(each.method, each.path) for each in found] == [("GET", "/a"), ("ANY", "/a")]


@pytest.mark.parametrize(
    ("properties", "hidden"),
    [
        ({"Name": "orders"}, False),
        ({"Body": {"paths": {}}}, False),
        ({"Body": {"paths": {"Fn::Transform": {"Name": "AWS::Include"}}}}, True),
        ({"BodyS3Location": {"Bucket": "apis"}}, True),
    ],
)
def test_what_stands_elsewhere_hides_operations(properties: Any, hidden: bool) -> None:
    api = template(Api=("AWS::ApiGateway::RestApi", properties)).resources["Api"]
    assert has_hidden_operations(api) is hidden


def test_a_deployment_makes_a_stage_only_when_no_stage_stands_on_it() -> None:
    found = stages(
        template(
            Alone=("AWS::ApiGateway::Deployment", {"StageName": "live"}),
            Unnamed=("AWS::ApiGateway::Deployment", {}),
            StoodOn=("AWS::ApiGateway::Deployment", {"StageName": "live"}),
            Live=("AWS::ApiGateway::Stage", {"DeploymentId": ref("StoodOn")}),
        )
    )
    assert sorted(stage.resource.id for stage in found) == ["Alone", "Live"]


def test_an_api_elsewhere_speaks_websocket_when_its_routes_are_called_so() -> None:
    read = template(
        Chat=("AWS::ApiGatewayV2::Route", {"ApiId": ref("Given"), "RouteKey": "$connect"}),
        Plain=("AWS::ApiGatewayV2::Route", {"ApiId": ref("Other"), "RouteKey": "GET /a"}),
    )
    (chat,) = read.resources["Chat"].get("ApiId")
    (plain,) = read.resources["Plain"].get("ApiId")
    assert speaks_websocket(read, chat)
    assert not speaks_websocket(read, plain)


def test_references_are_found_in_every_form_and_a_subs_own_names_are_none() -> None:
    read = template(
        A=(
            "Any",
            [
                ref("One"),
                {"Fn::GetAtt": "Two.Arn"},
                {"Fn::Sub": "${Three.Arn}-${!No}"},
                {"Fn::Sub": ["${Own}${Four}", {"Own": ref("Five")}]},
            ],
        )
    )
    assert referred(read.resources["A"].body) == {"One", "Two", "Three", "Four", "Five"}


def test_a_resource_waits_for_what_others_wait_for_also_in_a_circle() -> None:
    read = template(
        A=("Any", {}, {"DependsOn": "B"}),
        B=("Any", {"C": ref("C")}),
        C=("Any", {}, {"DependsOn": ["A", "Missing"]}),
        D=("Any", {}),
    )
    assert made_before(read, read.resources["A"]) == {"A", "B", "C"}


def test_assumptions_are_joined_unless_they_exclude_each_other() -> None:
    conditions = {
        "IsProd": {"Fn::Equals": [ref("Env"), "prod"]},
        "IsTest": {"Fn::Not": [{"Condition": "IsProd"}]},
        "IsFar": {"Fn::Equals": [ref("AWS::Region"), "ap-east-1"]},
    }
    both = template(conditions).conditions.both
    assert both({"IsProd": True}, {"IsTest": True}) is None
    assert both({"IsProd": True}, {"IsTest": False}) is not None
    joined = both({"IsProd": True}, {"IsFar": True})
    assert joined is not None
    assert joined["IsProd"]
    assert joined["IsFar"]


def test_patterns_are_read_from_mappings_and_from_text() -> None:
    text = '{"source": ["aws.s3"], "detail": {"bucket": {"name": ["${Bucket}"]}}}'
    found = patterns(
        template(
            Mapping=("AWS::Events::Rule", {"EventPattern": {"source": ["aws.s3"]}}),
            Text=("AWS::Events::Rule", {"EventPattern": {"Fn::Sub": text}}),
            Broken=("AWS::Events::Rule", {"EventPattern": "{"}),
            Clock=("AWS::Events::Rule", {"ScheduleExpression": "rate(1 day)"}),
        )
    )
    assert [each.owner.id for each in found] == ["Mapping", "Text"]
    (names,) = found[1].node.get("detail", "bucket", "name")
    assert [item.text for item in names.items()] == ["${Bucket}"]


def test_each_event_type_has_its_senders() -> None:
    assert SENDERS["CloudWatch Alarm State Change"] == ("aws.cloudwatch", "aws.monitoring")
    assert {source for sources in SENDERS.values() for source in sources} == set(SENT)
