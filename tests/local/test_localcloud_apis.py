"""APIs of the local cloud refuse, throttle, validate and log as API Gateway does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from localaws import Answer, ask, log_lines, reasons, stack, upload

pytestmark = pytest.mark.local

TEMPLATE = (Path(__file__).parents[1] / "fixtures/localcloud/rest_api.yaml").read_text()
CODE = """
import json

def handler(event, context):
    kept = {key: event.get(key) for key in ("version", "resource", "httpMethod", "pathParameters")}
    return {"statusCode": 200, "body": json.dumps({**kept, "body": event.get("body")})}
"""
FORBIDDEN = Answer(403, {"message": "Forbidden"})
TOO_MANY = Answer(429, {"message": "Too Many Requests"})

HTTP_API = """
Parameters:
  Bucket: {Type: String}
  SourceArn: {Type: String, Default: "*/*/GET/orders"}
  Burst: {Type: Number, Default: 2}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  AccessLog: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop/http}}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Code: {S3Bucket: !Ref Bucket, S3Key: code.zip}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Function
      Action: lambda:InvokeFunction
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${SourceArn}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: orders, ProtocolType: HTTP}}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Function.Arn
      PayloadFormatVersion: "2.0"
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: GET /orders, Target: !Sub "integrations/${Integration}"}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Api
      StageName: $default
      AutoDeploy: true
      AccessLogSettings:
        DestinationArn: !GetAtt AccessLog.Arn
        Format: "$context.status $context.routeKey"
      DefaultRouteSettings: {ThrottlingRateLimit: 0.01, ThrottlingBurstLimit: !Ref Burst}
Outputs:
  Api: {Value: !Ref Api}
"""


def deploy(cloud: Any, **values: str) -> dict[str, str]:
    """Make the REST API; its outputs and the value of its key."""
    made = stack(cloud, TEMPLATE, Bucket=upload(cloud, CODE), **values)
    key = cloud.client("apigateway").get_api_key(apiKey=made["Key"], includeValue=True)
    return {**made, "value": key["value"], "url": f"/_aws/execute-api/{made['Api']}/live"}


def test_a_method_with_a_key_answers_only_who_shows_it(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    url = f"{made['url']}/orders/7?full=yes"
    assert ask(local_cloud, url) == FORBIDDEN
    assert ask(local_cloud, url, x_api_key="wrong") == FORBIDDEN
    answer = ask(local_cloud, url, x_api_key=made["value"])
    assert answer.status == 200
    assert answer.body == {
        "version": "1.0",
        "resource": "/orders/{id}",
        "httpMethod": "GET",
        "pathParameters": {"id": "7"},
        "body": None,
    }
    host = f"{made['Api']}.execute-api.us-east-1.amazonaws.com"
    by_host = ask(local_cloud, "/live/orders/7?full=yes", Host=host, x_api_key=made["value"])
    assert by_host == answer


def test_a_key_that_is_disabled_or_of_no_plan_is_refused(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    gateway = local_cloud.client("apigateway")
    stranger = gateway.create_api_key(name="stranger", enabled=True)["value"]
    url = f"{made['url']}/orders/7?full=yes"
    assert ask(local_cloud, url, x_api_key=stranger) == FORBIDDEN
    gateway.update_api_key(
        apiKey=made["Key"],
        patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}],
    )
    assert ask(local_cloud, url, x_api_key=made["value"]) == FORBIDDEN


def test_over_the_plans_burst_requests_are_too_many(local_cloud: Any) -> None:
    made = deploy(local_cloud, Rate="0.01", Burst="2")
    url = f"{made['url']}/orders/7?full=yes"
    answers = [ask(local_cloud, url, x_api_key=made["value"]) for _ in range(4)]
    assert [one.status for one in answers] == [200, 200, 429, 429]
    assert answers[3] == TOO_MANY


def test_over_the_stages_burst_requests_are_too_many(local_cloud: Any) -> None:
    made = deploy(local_cloud, StageBurst="1")
    url = f"{made['url']}/orders/7?full=yes"
    first, *rest = [ask(local_cloud, url, x_api_key=made["value"]) for _ in range(4)]
    assert first.status == 200
    assert TOO_MANY in rest


def test_a_plan_limits_a_single_method(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    sent = [
        ask(
            local_cloud, f"{made['url']}/orders", method="POST", body={"customer": "c"},
            x_api_key=made["value"],
        ).status
        for _ in range(6)
    ]  # fmt: skip
    assert sent[:3] == [200, 200, 200]
    assert 429 in sent[3:]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"customer": "c"}, 200), ({}, 400), ({"customer": 7}, 400), ({"customer": ""}, 400)],
)
def test_a_body_must_be_as_its_model_says(local_cloud: Any, body: Any, status: int) -> None:
    made = deploy(local_cloud)
    answer = ask(
        local_cloud, f"{made['url']}/orders", method="POST", body=body, x_api_key=made["value"]
    )
    assert answer.status == status
    if status == 400:
        assert answer.body == {"message": "Invalid request body"}


def test_a_parameter_that_is_required_must_be_there(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    answer = ask(local_cloud, f"{made['url']}/orders/7", x_api_key=made["value"])
    assert answer == Answer(400, {"message": "Missing required request parameters: [full]"})


def test_requests_are_in_the_access_log(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    ask(local_cloud, f"{made['url']}/orders/7?full=yes", x_api_key=made["value"])
    ask(local_cloud, f"{made['url']}/orders/7?full=yes")
    lines = [json.loads(line) for line in log_lines(local_cloud, "/shop/access")]
    assert {(one["status"], one["path"], one["who"]) for one in lines} == {
        ("200", "/orders/{id}", "-"),
        ("403", "/orders/{id}", "-"),
    }


def test_a_stage_logs_only_when_the_account_has_a_role_for_it(local_cloud: Any) -> None:
    without = re.sub(r"  Account:\n(    .*\n)+", "", TEMPLATE).replace("DependsOn: Account", "")
    stack(local_cloud, without, Bucket=upload(local_cloud, CODE), expect="ROLLBACK_COMPLETE")
    said = " ".join(reasons(local_cloud))
    assert "CloudWatch Logs role ARN must be set in account settings to enable logging" in said


@pytest.mark.parametrize(
    "values",
    [{"SourceArn": "*/other/*/orders*"}, {"PermittedAlias": "other"}],
    ids=["other stage", "other alias"],
)
def test_without_its_permission_a_rest_api_answers_500(
    local_cloud: Any, values: dict[str, str]
) -> None:
    made = deploy(local_cloud, **values)
    answer = ask(local_cloud, f"{made['url']}/orders/7?full=yes", x_api_key=made["value"])
    assert answer == Answer(500, {"message": "Internal server error"})


def test_without_its_permission_an_http_api_answers_500(local_cloud: Any) -> None:
    made = stack(
        local_cloud, HTTP_API, Bucket=upload(local_cloud, CODE), SourceArn="*/*/GET/others"
    )
    answer = ask(local_cloud, f"/_aws/execute-api/{made['Api']}/$default/orders")
    assert answer == Answer(500, {"message": "Internal Server Error"})


def test_an_http_api_throttles_and_logs(local_cloud: Any) -> None:
    made = stack(local_cloud, HTTP_API, Bucket=upload(local_cloud, CODE))
    url = f"/_aws/execute-api/{made['Api']}/$default/orders"
    answers = [ask(local_cloud, url) for _ in range(3)]
    assert [one.status for one in answers] == [200, 200, 429]
    assert answers[2] == TOO_MANY
    lines = log_lines(local_cloud, "/shop/http")
    assert sorted(lines) == ["200 GET /orders", "200 GET /orders", "429 GET /orders"]


def test_a_rest_api_is_updated_and_deleted_with_its_stack(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    assert made["Stage"] == "live"
    assert made["Model"] == "Order"
    assert made["PlanKey"] == f"{made['Key']}:{made['Plan']}"
    updated = stack(
        local_cloud, TEMPLATE, action="update", Bucket="code-111111111111-us-east-1",
        Burst="5", StageBurst="50",
    )  # fmt: skip
    assert {name: updated[name] for name in updated} == {name: made[name] for name in updated}
    gateway = local_cloud.client("apigateway")
    assert gateway.get_usage_plan(usagePlanId=made["Plan"])["throttle"]["burstLimit"] == 5
    stage = gateway.get_stage(restApiId=made["Api"], stageName="live")
    assert stage["methodSettings"]["*/*"]["throttlingBurstLimit"] == 50
    assert stage["accessLogSettings"]["destinationArn"].endswith(":log-group:/shop/access:*")
    local_cloud.client("cloudformation").delete_stack(StackName="shop")
    local_cloud.until(lambda: gateway.get_rest_apis()["items"] == [])
    assert gateway.get_api_keys()["items"] == []
    assert gateway.get_usage_plans()["items"] == []
    assert "cloudwatchRoleArn" not in gateway.get_account()
