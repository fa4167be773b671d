"""The REST API that routes become."""

from __future__ import annotations

import json
import re

import pytest
from templates.rendered import Template, parse, services, units_of

pytestmark = pytest.mark.unit

REST = [service for service in services() if service.view.rest]
KEYS = units_of("rest-keys")["service"]
rest = pytest.mark.parametrize("api", REST, ids=str)


def methods(service: Template) -> dict[tuple[str, str], dict[str, object]]:
    """Give each method's properties by verb and path, found by walking up the tree."""
    resources = service.of_type("AWS::ApiGateway::Resource")

    def path(reference: dict[str, str]) -> str:
        if "Fn::GetAtt" in reference:
            assert reference["Fn::GetAtt"] == ["RestApi", "RootResourceId"]
            return ""
        resource = resources[reference["Ref"]]
        return f"{path(resource['ParentId'])}/{resource['PathPart']}"

    return {
        (method["HttpMethod"], path(method["ResourceId"]) or "/"): method
        for method in service.of_type("AWS::ApiGateway::Method").values()
    }


@rest
def test_each_route_is_a_method_that_calls_its_function_s_alias(api: Template) -> None:
    made = methods(api)
    for route in api.view.routes:
        verb, path = route.key.split(" ")
        integration = made[verb, path]["Integration"]
        assert isinstance(integration, dict)
        assert integration["Type"] == "AWS_PROXY"
        assert integration["IntegrationHttpMethod"] == "POST"
        uri = integration["Uri"]["Fn::Sub"]
        assert uri.endswith(f"/functions/${{{route.function}Alias}}/invocations")
        permission = api.of_type("AWS::Lambda::Permission")[f"{route.id}Permission"]
        assert permission["FunctionName"] == {"Ref": f"{route.function}Alias"}
        arn = permission["SourceArn"]["Fn::Sub"]
        assert arn.endswith(f":${{RestApi}}/live/{route.permission}")


@rest
def test_paths_are_a_tree_in_which_each_part_stands_once(api: Template) -> None:
    resources = api.of_type("AWS::ApiGateway::Resource").values()
    places = [(json.dumps(r["ParentId"]), r["PathPart"]) for r in resources]
    assert len(set(places)) == len(places)


@rest
def test_a_deployment_waits_for_the_whole_body_and_the_stage_stands_alone(
    api: Template,
) -> None:
    body = {
        id_
        for id_, resource in api.body["Resources"].items()
        if resource["Type"] in ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")
    }
    ((id_, properties),) = api.of_type("AWS::ApiGateway::Deployment").items()
    assert set(api.body["Resources"][id_]["DependsOn"]) == body
    assert "StageName" not in properties
    stage = api.of_type("AWS::ApiGateway::Stage")["RestApiStage"]
    assert stage["DeploymentId"] == {"Ref": id_}
    assert stage["TracingEnabled"] is True
    (settings,) = stage["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "ApiRequestsPerSecond"}
    assert settings["DataTraceEnabled"] is False


def test_a_deployment_s_id_changes_with_the_body_and_with_nothing_else() -> None:
    ids = {
        variant: next(iter(units_of(variant)["service"].of_type("AWS::ApiGateway::Deployment")))
        for variant in ("rest", "rest-throttled", "rest-keys", "rest-waf")
    }
    assert all(re.fullmatch(r"RestApiDeployment[0-9a-f]{8}", id_) for id_ in ids.values())
    assert ids["rest"] == ids["rest-throttled"]
    assert len(set(ids.values())) == len(ids) - 1


@rest
def test_health_is_open_and_all_else_is_as_configured(api: Template) -> None:
    section = api.config.api
    for (verb, path), method in methods(api).items():
        opened = path == "/health" or verb == "OPTIONS"
        assert method["AuthorizationType"] == ("NONE" if opened else section.authorization)
        assert method["ApiKeyRequired"] is (section.api_keys and not opened)


@rest
def test_a_path_s_parameters_are_required(api: Template) -> None:
    for (_, path), method in methods(api).items():
        names = re.findall(r"\{(\w+)\+?\}", path)
        if method["HttpMethod"] != "OPTIONS" and names:
            wanted = {f"method.request.path.{name}": True for name in names}
            assert method["RequestParameters"] == wanted
            assert method["RequestValidatorId"] == {"Ref": "RequestValidator"}


def test_browsers_are_answered_on_every_path_and_see_the_api_s_own_errors() -> None:
    made = methods(KEYS)
    paths = {route.key.split(" ")[1] for route in KEYS.view.routes}
    assert {path for verb, path in made if verb == "OPTIONS"} == paths
    options = json.dumps(made["OPTIONS", "/orders"])
    assert "https://a.example.com" in options
    assert "https://b.example.com" in options
    assert "x-api-key" in options
    errors = KEYS.of_type("AWS::ApiGateway::GatewayResponse").values()
    assert {error["ResponseType"] for error in errors} == {"DEFAULT_4XX", "DEFAULT_5XX"}


def test_a_key_s_value_is_nowhere_in_the_stack() -> None:
    assert "Value" not in KEYS.of_type("AWS::ApiGateway::ApiKey")["ApiKey"]
    assert KEYS.body["Outputs"]["ApiKeyId"]["Value"] == {"Ref": "ApiKey"}
    (plan,) = KEYS.of_type("AWS::ApiGateway::UsagePlan").values()
    assert plan["ApiStages"] == [{"ApiId": {"Ref": "RestApi"}, "Stage": {"Ref": "RestApiStage"}}]


def test_a_web_acl_limits_addresses_and_knows_attacks() -> None:
    service = units_of("rest-waf")["service"]
    acl = service.of_type("AWS::WAFv2::WebACL")["WebAcl"]
    assert acl["Scope"] == "REGIONAL"
    first, *others = acl["Rules"]
    assert first["Statement"]["RateBasedStatement"]["Limit"] == {"Ref": "WafRequestsPerAddress"}
    groups = [rule["Statement"]["ManagedRuleGroupStatement"]["Name"] for rule in others]
    assert tuple(groups) == service.config.api.waf.managed_rules  # type: ignore[union-attr]
    assert [rule["Priority"] for rule in acl["Rules"]] == list(range(len(groups) + 1))
    (logging,) = service.of_type("AWS::WAFv2::LoggingConfiguration").values()
    hidden = {field["SingleHeader"]["Name"] for field in logging["RedactedFields"]}
    assert hidden == {"authorization", "x-api-key"}
    logs = service.of_type("AWS::Logs::LogGroup")["WebAclLogs"]
    assert logs["LogGroupName"]["Fn::Sub"].startswith("aws-waf-logs-")


@rest
def test_the_access_log_is_one_line_of_json(api: Template) -> None:
    line = api.of_type("AWS::ApiGateway::Stage")["RestApiStage"]["AccessLogSetting"]["Format"]
    assert "\n" not in line
    assert parse(line)["requestId"] == "$context.requestId"


def test_the_account_s_log_role_outlives_the_stack_and_is_nobody_else_s_business() -> None:
    account = units_of("rest")["account"].body["Resources"]
    for id_ in ("LogRole", "LogSetting"):
        assert account[id_]["Condition"] == "RoleIsOurs"
        assert account[id_]["UpdateReplacePolicy"] == "Retain"
        assert account[id_]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert all(
        resource["Type"] != "AWS::ApiGateway::Account"
        for service in REST
        for resource in service.body["Resources"].values()
    )


@pytest.mark.parametrize(
    ("variant", "path"), [("domain", "/health"), ("rest-domain", "/live/health")]
)
def test_a_domain_has_a_record_of_each_region_that_its_own_health_decides_on(
    variant: str, path: str
) -> None:
    service = units_of(variant)["service"]
    api = "RestApi" if service.view.rest else "HttpApi"
    (check,) = service.of_type("AWS::Route53::HealthCheck").values()
    config = check["HealthCheckConfig"]
    assert config["FullyQualifiedDomainName"]["Fn::Sub"].startswith(f"${{{api}}}.execute-api.")
    assert config["ResourcePath"] == path
    (record,) = service.of_type("AWS::Route53::RecordSet").values()
    assert record["Region"] == record["SetIdentifier"] == {"Ref": "AWS::Region"}
    assert record["HealthCheckId"] == {"Ref": "ApiHealthCheck"}
    assert '"TLS_1_2"' in json.dumps(service.body["Resources"]["ApiDomain"])


def test_records_can_be_made_although_route_53_has_one_endpoint_in_a_region_of_its_own() -> None:
    limits = {s["Sid"]: s for _, s in units_of("rest-domain")["roles"].statements()}
    assert "route53:*" in limits["OnlyTheseRegions"]["NotAction"]
