"""Web ACLs of the local cloud guard REST stages: they are refused elsewhere, and they block."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws import Answer, ask, log_lines, reasons, stack, upload

pytestmark = pytest.mark.local

API = (Path(__file__).parents[1] / "fixtures/localcloud/rest_api.yaml").read_text()
CODE = """
def handler(event, context):
    return {"statusCode": 200, "body": "{}"}
"""
GUARD = """
Parameters:
  Resource: {Type: String}
  Limit: {Type: Number, Default: 10}
  LogGroup: {Type: String, Default: aws-waf-logs-shop}
Resources:
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Ref LogGroup}}
  Acl:
    Type: AWS::WAFv2::WebACL
    Properties:
      Name: shop
      Scope: REGIONAL
      DefaultAction: {Allow: {}}
      VisibilityConfig:
        {SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: shop}
      Rules:
        - Name: common
          Priority: 0
          OverrideAction: {None: {}}
          Statement:
            ManagedRuleGroupStatement: {VendorName: AWS, Name: AWSManagedRulesCommonRuleSet}
          VisibilityConfig:
            {SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: common}
        - Name: rate
          Priority: 1
          Action: {Block: {}}
          Statement: {RateBasedStatement: {Limit: !Ref Limit, AggregateKeyType: IP}}
          VisibilityConfig:
            {SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: rate}
  Association:
    Type: AWS::WAFv2::WebACLAssociation
    Properties: {ResourceArn: !Ref Resource, WebACLArn: !GetAtt Acl.Arn}
  Logging:
    Type: AWS::WAFv2::LoggingConfiguration
    Properties:
      ResourceArn: !GetAtt Acl.Arn
      LogDestinationConfigs:
        - !Sub arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${LogGroup}
    DependsOn: Logs
Outputs:
  Acl: {Value: !GetAtt Acl.Arn}
  Association: {Value: !Ref Association}
  Logging: {Value: !Ref Logging}
"""


def stage_of(cloud: Any) -> tuple[str, str]:
    """Make the REST API; the stage's ARN and the URL of a route without needs."""
    made = stack(cloud, API, name="api", Bucket=upload(cloud, CODE))
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{made['Api']}/stages/live"
    return arn, f"/_aws/execute-api/{made['Api']}/live/orders/7?full=yes"


def test_a_client_that_comes_too_often_is_blocked_and_others_are_not(local_cloud: Any) -> None:
    arn, url = stage_of(local_cloud)
    made = stack(local_cloud, GUARD, Resource=arn)
    assert made["Association"] == f"{arn}|{made['Acl']}"
    assert made["Logging"] == made["Acl"]

    # Without a key it is the API that says no; both say it with 403, only the log tells.
    for _ in range(12):
        answer = ask(local_cloud, url, x_forwarded_for="198.51.100.7")
    assert answer == Answer(403, {"message": "Forbidden"})
    ask(local_cloud, url, x_forwarded_for="198.51.100.8")
    lines = [json.loads(line) for line in log_lines(local_cloud, "aws-waf-logs-shop")]
    decided = [
        (one["httpRequest"]["clientIp"], one["action"], one["terminatingRuleId"]) for one in lines
    ]
    assert decided.count(("198.51.100.7", "ALLOW", "Default_Action")) == 10
    assert decided.count(("198.51.100.7", "BLOCK", "rate")) == 2
    assert decided.count(("198.51.100.8", "ALLOW", "Default_Action")) == 1


def test_who_has_a_key_is_blocked_too(local_cloud: Any) -> None:
    arn, url = stage_of(local_cloud)
    stack(local_cloud, GUARD, Resource=arn)
    gateway = local_cloud.client("apigateway")
    key = gateway.get_api_keys(includeValues=True)["items"][0]["value"]
    statuses = [ask(local_cloud, url, x_api_key=key).status for _ in range(12)]
    assert statuses == [200] * 10 + [403] * 2


def test_without_its_association_a_stage_is_open(local_cloud: Any) -> None:
    arn, url = stage_of(local_cloud)
    stack(local_cloud, GUARD, Resource=arn)
    local_cloud.client("cloudformation").delete_stack(StackName="shop")
    firewall = local_cloud.client("wafv2")
    local_cloud.until(lambda: firewall.list_web_acls(Scope="REGIONAL")["WebACLs"] == [])
    key = local_cloud.client("apigateway").get_api_keys(includeValues=True)["items"][0]["value"]
    assert {ask(local_cloud, url, x_api_key=key).status for _ in range(12)} == {200}


def test_an_http_api_cannot_be_guarded(local_cloud: Any) -> None:
    arn = "arn:aws:apigateway:us-east-1::/apis/abc/stages/$default"
    stack(local_cloud, GUARD, Resource=arn, expect="ROLLBACK_COMPLETE")
    assert "The ARN isn't valid" in " ".join(reasons(local_cloud))


def test_logs_go_only_where_their_name_says_so(local_cloud: Any) -> None:
    arn, _ = stage_of(local_cloud)
    stack(local_cloud, GUARD, Resource=arn, LogGroup="shop-waf", expect="ROLLBACK_COMPLETE")
    assert "field: LOG_DESTINATION" in " ".join(reasons(local_cloud))


def test_the_logging_of_an_acl_can_be_asked_for(local_cloud: Any) -> None:
    arn, _ = stage_of(local_cloud)
    made = stack(local_cloud, GUARD, Resource=arn)
    firewall = local_cloud.client("wafv2")
    found = firewall.get_logging_configuration(ResourceArn=made["Acl"])["LoggingConfiguration"]
    assert found["LogDestinationConfigs"][0].endswith(":log-group:aws-waf-logs-shop")
    with pytest.raises(ClientError, match="doesn’t exist"):
        firewall.get_logging_configuration(ResourceArn=arn)
