"""The service template: the same in every region, and complete for each function."""

from __future__ import annotations

import re
from typing import Any

import pytest
from templates.rendered import VARIANTS, Template, config_of, parse, resolve, units_of

from generator.config.regions import PARTITIONS

pytestmark = pytest.mark.unit

REGION = re.compile(rf"\b({'|'.join(sorted(set().union(*PARTITIONS.values())))})\b")
NOT_IN_A_VERSION = {"Project", "Environment", "ToolsAccount", "OrdersReservedConcurrency"}
"""Parameters of the function that no version holds: who it is, where its code comes from, and the
concurrency, which belongs to the function."""


def test_it_names_no_region_and_no_account(service: Template) -> None:
    assert REGION.findall(service.text) == []
    assert re.findall(r"\d{12}", service.text) == []


def test_it_is_the_same_wherever_it_is_deployed() -> None:
    here = units_of("prod")["service"].text
    assert config_of("prod").regions != config_of("elsewhere").regions
    assert units_of("elsewhere")["service"].text == here
    assert units_of("ragged")["service"].text == here


def test_each_function_is_complete(service: Template) -> None:
    resources = service.body["Resources"]
    for f in service.view.functions:
        parts = {
            "Role": "AWS::IAM::Role",
            "LogGroup": "AWS::Logs::LogGroup",
            "LogSubscription": "AWS::Logs::SubscriptionFilter",
            "Queue": "AWS::SQS::Queue",
            "Function": "AWS::Lambda::Function",
            "Version": "AWS::Lambda::Version",
            "Alias": "AWS::Lambda::Alias",
            "AsyncConfig": "AWS::Lambda::EventInvokeConfig",
            "DeploymentGroup": "AWS::CodeDeploy::DeploymentGroup",
            "ErrorRateAlarm": "AWS::CloudWatch::Alarm",
            "LatencyAlarm": "AWS::CloudWatch::Alarm",
            "ThrottleAlarm": "AWS::CloudWatch::Alarm",
            "QueueAlarm": "AWS::CloudWatch::Alarm",
        }
        assert {part: resources[f.id + part]["Type"] for part in parts} == parts


def test_a_version_is_described_by_every_parameter_of_its_function(service: Template) -> None:
    for f in service.view.functions:
        properties = service.body["Resources"][f"{f.id}Function"]["Properties"]
        used = _references(properties) & set(service.body["Parameters"])
        outside = NOT_IN_A_VERSION | {f"{f.id}ReservedConcurrency"}
        described = _references(service.body["Resources"][f"{f.id}Version"]["Properties"])
        assert used - outside == described & set(service.body["Parameters"])


def test_a_version_carries_the_fingerprint_and_fits_its_limit(service: Template) -> None:
    longest = {
        "Digest": "f" * 64,
        "Subnet": "subnet-" + "0" * 17,
        "Group": "sg-" + "0" * 17,
        "LogLevel": "DEBUG",
    }
    longest |= dict.fromkeys(
        (x.parameter for f in service.view.functions for x in f.layers), "9999"
    )
    for f in service.view.functions:
        version = service.body["Resources"][f"{f.id}Version"]
        sizes = {f.id + part: "10240" for part in ("Memory", "Timeout", "EphemeralStorage")}
        text, own = version["Properties"]["Description"]["Fn::Sub"]
        assert own.keys() in ({"Digest"}, {"Digest", "Subnet", "Group"})
        description = resolve({"Fn::Sub": text}, longest | sizes)
        assert f.fingerprint in description
        assert len(description) <= 256
        assert version["UpdateReplacePolicy"] == "Retain"
        assert version["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_digest_is_cut_out_of_the_code_key(service: Template) -> None:
    for f in service.view.functions:
        variables = service.of_type("AWS::Lambda::Function")[f"{f.id}Function"]["Environment"]
        key = {f"{f.id}CodeKey": f"releases/{f.name}/{'ab' * 32}.zip"}
        assert _evaluate(variables["Variables"]["RELEASE_ID"], key) == "ab" * 32


def test_a_fingerprint_changes_with_all_that_is_fixed_at_render_time() -> None:
    prints = {
        variant: units_of(variant)["service"].view.functions[0].fingerprint
        for variant in ("dev", "iam", "no-tables")
    }
    assert len(set(prints.values())) == 3
    assert units_of("jwt")["service"].view.functions[0].fingerprint == prints["dev"]


def test_user_values_arrive_as_they_are() -> None:
    worker = units_of("two-functions")["service"].of_type("AWS::Lambda::Function")
    variables = worker["MailWorkerFunction"]["Environment"]["Variables"]
    assert variables["GREETING"] == 'say "hello": ${Now} {{ and }} #1'
    assert variables["LIMIT"] == "10"
    assert variables["AUDIT_TRAIL_TABLE"] == {"Ref": "AuditTrailTable"}


def test_traffic_is_shifted_by_codedeploy(service: Template) -> None:
    for f in service.view.functions:
        alias = service.body["Resources"][f"{f.id}Alias"]
        policy = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert policy["ApplicationName"] == {"Ref": "DeploymentApplication"}
        assert policy["DeploymentGroupName"] == {"Ref": f"{f.id}DeploymentGroup"}
        group = service.of_type("AWS::CodeDeploy::DeploymentGroup")[f"{f.id}DeploymentGroup"]
        assert group["DeploymentConfigName"] == {"Ref": "DeploymentStrategy"}
        assert len(group["AutoRollbackConfiguration"]["Events"]) == 3
        alarms = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
        own = ("ErrorRateAlarm", "NewVersionAlarm", "LatencyAlarm", "ThrottleAlarm")
        assert {f.id + alarm for alarm in own} <= alarms
        assert (bool(alarms & {"HttpApiErrorRate", "RestApiErrorRate"})) is bool(f.config.routes)
        assert len(alarms) <= 10


def test_alarms_watch_the_alias_and_tell_the_topic(service: Template) -> None:
    for id_, alarm in service.of_type("AWS::CloudWatch::Alarm").items():
        assert alarm["TreatMissingData"] == "notBreaching", id_
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], id_
        metrics = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", ()) if "MetricStat" in m]
        for metric in metrics or [alarm]:
            # Functions that gen adds have no alias.
            if metric["Namespace"] == "AWS/Lambda" and not id_.endswith("RotationAlarm"):
                dimensions = {d["Name"]: d["Value"] for d in metric["Dimensions"]}
                own = {"FunctionName", "Resource"}
                assert set(dimensions) == (
                    own | {"ExecutedVersion"} if "NewVersion" in id_ else own
                )
                assert dimensions["Resource"]["Fn::Sub"].endswith("Function}:live")


def test_each_route_has_an_integration_and_a_permission(service: Template) -> None:
    routes = service.of_type("AWS::ApiGatewayV2::Route")
    if service.view.rest:
        return  # test_rest_api.py
    permissions = service.of_type("AWS::Lambda::Permission")
    assert [route["RouteKey"] for route in routes.values()] == [r.key for r in service.view.routes]
    of_the_api = [p for p in permissions.values() if p["Principal"] == "apigateway.amazonaws.com"]
    assert len(of_the_api) == len(routes)
    for route in service.view.routes:
        target = routes[f"{route.id}Route"]["Target"]["Fn::Sub"]
        assert target == f"integrations/${{{route.function}Integration}}"
        permission = permissions[f"{route.id}Permission"]
        assert permission["FunctionName"] == {"Ref": f"{route.function}Alias"}
        arn = permission["SourceArn"]["Fn::Sub"]
        assert arn.endswith(f":${{HttpApi}}/$default/{route.permission}")
    for integration in service.of_type("AWS::ApiGatewayV2::Integration").values():
        assert integration["IntegrationUri"]["Ref"].endswith("Alias")


@pytest.mark.parametrize(
    ("variant", "closed"),
    [("dev", "NONE"), ("iam", "AWS_IAM"), ("jwt", "JWT")],
)
def test_only_health_is_open_to_all(variant: str, closed: str) -> None:
    routes = units_of(variant)["service"].of_type("AWS::ApiGatewayV2::Route").values()
    types = {route["RouteKey"]: route["AuthorizationType"] for route in routes}
    assert types.pop("GET /health") == "NONE"
    assert set(types.values()) == {closed}
    guarded = [route for route in routes if route["AuthorizationType"] == "JWT"]
    assert all(route["AuthorizerId"] == {"Ref": "HttpApiTokens"} for route in guarded)


def test_permissions_follow_the_form_of_the_route() -> None:
    permissions = units_of("any-route")["service"].of_type("AWS::Lambda::Permission").values()
    ends = {p["SourceArn"]["Fn::Sub"].split("${HttpApi}")[1] for p in permissions}
    assert ends == {"/$default/$default", "/$default/*/a-b/*"}


def test_browsers_are_let_in_only_where_configured() -> None:
    apis = {v: units_of(v)["service"].of_type("AWS::ApiGatewayV2::Api")["HttpApi"] for v in
            ("dev", "iam")}  # fmt: skip
    assert "CorsConfiguration" not in apis["dev"]
    assert apis["iam"]["CorsConfiguration"]["AllowOrigins"] == ["*"]
    function = units_of("prod")["service"].of_type("AWS::Lambda::Function")["OrdersFunction"]
    variables = function["Environment"]["Variables"]
    assert variables["CORS_ALLOW_ORIGINS"] == "https://shop.example.com"


def test_the_access_log_is_one_line_of_json(service: Template) -> None:
    for stage in service.of_type("AWS::ApiGatewayV2::Stage").values():
        line = stage["AccessLogSettings"]["Format"]
        assert "\n" not in line
        assert parse(line)["requestId"] == "$context.requestId"


def test_without_routes_there_is_no_api() -> None:
    service = units_of("no-routes")["service"]
    assert not any(
        r["Type"].startswith("AWS::ApiGateway") for r in service.body["Resources"].values()
    )
    assert "ApiUrl" not in service.body["Outputs"]
    assert "ApiBurst" not in service.body["Parameters"]


def test_tables_are_as_configured() -> None:
    tables = units_of("two-functions")["service"].of_type("AWS::DynamoDB::Table")
    audit = tables["AuditTrailTable"]
    assert audit["KeySchema"][1] == {"AttributeName": "at", "KeyType": "RANGE"}
    assert audit["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert tables["OrdersTable"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by_created"
    for table in tables.values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_a_release_touches_outputs_only(service: Template) -> None:
    """Else each release would change resources that have nothing to do with it."""
    assert "Release" not in _references(service.body["Resources"])
    assert service.body["Outputs"]["Release"]["Value"] == {"Ref": "Release"}


def test_every_log_group_is_shipped_but_the_shipper_s_own(service: Template) -> None:
    shipped = {
        f["LogGroupName"]["Ref"] for f in service.of_type("AWS::Logs::SubscriptionFilter").values()
    }
    assert set(service.of_type("AWS::Logs::LogGroup")) - shipped == {"LogStreamErrors"}


def test_names_of_resources_begin_with_the_prefix(service: Template) -> None:
    """The execution role may touch nothing else."""
    names = {
        "RoleName", "FunctionName", "QueueName", "TopicName", "TableName", "AlarmName",
        "BucketName", "LogGroupName", "DeliveryStreamName", "DeploymentGroupName", "AliasName",
    }  # fmt: skip
    for id_, resource in service.body["Resources"].items():
        for name in names & resource["Properties"].keys():
            value = resource["Properties"][name]
            if "Fn::Sub" in value:
                assert "${Project}-${Environment}-" in value["Fn::Sub"], f"{id_}.{name}"
            else:
                assert "Ref" in value, f"{id_}.{name}"


def test_every_variant_is_a_configuration_of_its_own() -> None:
    configs = [config_of(variant).model_dump_json() for variant in VARIANTS]
    assert len(set(configs)) == len(VARIANTS)


def _references(node: Any) -> set[str]:
    """List the names that Ref and Sub refer to."""
    if isinstance(node, list):
        return set().union(*map(_references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    for key, value in node.items():
        if key == "Ref":
            found.add(value)
        elif key == "Fn::Sub":
            text, own = value if isinstance(value, list) else (value, {})
            found |= set(re.findall(r"\$\{([\w:]+)", text)) - own.keys()
            found |= _references(own)
        else:
            found |= _references(value)
    return found


def _evaluate(node: Any, parameters: dict[str, str]) -> Any:
    match node:
        case {"Ref": name}:
            return parameters[name]
        case {"Fn::Split": [separator, text]}:
            return _evaluate(text, parameters).split(separator)
        case {"Fn::Select": [index, items]}:
            return _evaluate(items, parameters)[index]
    return node
