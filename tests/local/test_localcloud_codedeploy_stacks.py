"""A stack update of an alias is a deployment; when it fails, the stack rolls back."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from codedeploy_service import HOOK, zipped
from demo import Client

pytestmark = pytest.mark.local

CODE = """
def handler(event, context):
    if {fails}:
        raise RuntimeError("broken release")
    return {{"statusCode": 200, "body": context.function_version}}
"""
TEMPLATE = """
Parameters:
  Key: {Type: String}
  Watched: {Type: String, Default: "true"}
  Strategy: {Type: String, Default: CodeDeployDefault.LambdaCanary10Percent5Minutes}
  Hook: {Type: String, Default: ""}
Conditions:
  HasHook: !Not [!Equals [!Ref Hook, ""]]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: [codedeploy.amazonaws.com, lambda.amazonaws.com]}
            Action: sts:AssumeRole
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Timeout: 10
      Code: {S3Bucket: code, S3Key: !Ref Key}
  Version:
    Type: AWS::Lambda::Version
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties: {FunctionName: !Ref Function, Description: !Ref Key}
  Alias:
    Type: AWS::Lambda::Alias
    UpdatePolicy:
      CodeDeployLambdaAliasUpdate:
        ApplicationName: !Ref Application
        DeploymentGroupName: !Ref Group
        BeforeAllowTrafficHook: !If [HasHook, !Ref Hook, !Ref AWS::NoValue]
    Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: orders-errors
      ComparisonOperator: GreaterThanThreshold
      Threshold: 1
      EvaluationPeriods: 1
      TreatMissingData: notBreaching
      Metrics:
        - {Id: rate, Expression: "IF(calls > 0, 100 * FILL(errors, 0) / calls, 0)"}
        - Id: errors
          ReturnData: false
          MetricStat:
            Stat: Sum
            Period: 60
            Metric: &errors
              Namespace: AWS/Lambda
              MetricName: Errors
              Dimensions:
                - {Name: FunctionName, Value: !Ref Function}
                - {Name: Resource, Value: !Sub "${Function}:live"}
        - Id: calls
          ReturnData: false
          MetricStat:
            Stat: Sum
            Period: 60
            Metric:
              <<: *errors
              MetricName: Invocations
  Application:
    Type: AWS::CodeDeploy::Application
    Properties: {ApplicationName: shop, ComputePlatform: Lambda}
  Group:
    Type: AWS::CodeDeploy::DeploymentGroup
    Properties:
      ApplicationName: !Ref Application
      DeploymentGroupName: orders
      DeploymentConfigName: !Ref Strategy
      ServiceRoleArn: !GetAtt Role.Arn
      AlarmConfiguration: {Enabled: !Ref Watched, Alarms: [{Name: !Ref Errors}]}
      AutoRollbackConfiguration:
        Enabled: true
        Events: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM, DEPLOYMENT_STOP_ON_REQUEST]
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: orders, ProtocolType: HTTP}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Ref Alias
      PayloadFormatVersion: "2.0"
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: GET /orders
      Target: !Sub integrations/${Integration}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Alias
      Action: lambda:InvokeFunction
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*
Outputs:
  ApiId: {Value: !Ref Api}
  Url: {Value: !GetAtt Api.ApiEndpoint}
"""


class Shop:
    """The stack, and who calls its API."""

    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud
        self.stacks = cloud.client("cloudformation")
        self.codedeploy = cloud.client("codedeploy")
        self.functions = cloud.client("lambda")
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="code")
        for key in ("good", "better", "bad"):
            code = CODE.format(fails=key == "bad") + f"# {key}\n"
            s3.put_object(Bucket="code", Key=key, Body=zipped(code))
        self.put(self.stacks.create_stack, Key="good")
        outputs = cloud.outputs("shop")
        self.client = Client(cloud.endpoint, outputs["Url"])

    def put(self, change: Any, **given: str) -> None:
        change(
            StackName="shop",
            TemplateBody=TEMPLATE,
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )

    def update(self, **given: str) -> str:
        """Update the stack; give its status in the end."""
        self.put(self.stacks.update_stack, **given)
        return str(self.cloud.wait_for_stack("shop")["StackStatus"])

    def alias(self) -> tuple[str, dict[str, float]]:
        found = self.functions.get_alias(FunctionName="orders", Name="live")
        return found["FunctionVersion"], found.get("RoutingConfig", {}).get(
            "AdditionalVersionWeights", {}
        )

    def deployments(self) -> list[dict[str, Any]]:
        """Give all deployments, oldest first."""
        ids = self.codedeploy.list_deployments()["deployments"]
        return [
            self.codedeploy.get_deployment(deploymentId=one)["deploymentInfo"]
            for one in reversed(ids)
        ]

    def call(self) -> int:
        return int(self.client.call("GET", "/orders")[0])

    @contextmanager
    def watched(self) -> Iterator[list[int]]:
        """Call the API over and over; give the statuses."""
        statuses: list[int] = []
        done = threading.Event()

        def loop() -> None:
            while not done.is_set():
                statuses.append(self.call())
                time.sleep(0.005)

        caller = threading.Thread(target=loop)
        caller.start()
        try:
            yield statuses
        finally:
            done.set()
            caller.join()


@pytest.fixture
def cloud(local_cloud: Any) -> Iterator[Any]:
    yield local_cloud
    local_cloud.set_minute(0.1)


@pytest.fixture
def shop(cloud: Any) -> Shop:
    return Shop(cloud)


def test_creating_a_stack_deploys_nothing_and_an_update_does(shop: Shop) -> None:
    assert shop.deployments() == []
    assert shop.update(Key="better") == "UPDATE_COMPLETE"
    (deployment,) = shop.deployments()
    assert (deployment["status"], deployment["creator"]) == ("Succeeded", "CloudFormation")
    assert shop.alias() == ("2", {})


def test_an_update_that_keeps_the_version_deploys_nothing(shop: Shop) -> None:
    assert shop.update(Key="good", Watched="false") == "UPDATE_COMPLETE"
    assert shop.deployments() == []


def test_a_bad_release_rolls_the_stack_back_and_callers_hardly_notice(shop: Shop) -> None:
    assert shop.call() == 200
    shop.cloud.set_minute(6)
    with shop.watched() as statuses:
        status = shop.update(Key="bad")

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.alias() == ("1", {})
    failed, back = shop.deployments()
    assert (failed["status"], failed["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert (back["creator"], back["status"]) == ("codeDeployRollback", "Succeeded")
    (reason,) = [one for one in shop.cloud.failures("shop") if "CodeDeploy" in one]
    assert failed["deploymentId"] in reason
    assert "ALARM_ACTIVE" in reason
    failures = [one for one in statuses if one != 200]
    assert 1 <= len(failures) <= len(statuses) * 0.1 + 1
    assert shop.call() == 200


def test_a_red_alarm_blocks_the_fix_until_the_switch_lets_it_through(shop: Shop) -> None:
    shop.cloud.set_minute(60)
    assert shop.update(Key="bad", Strategy="CodeDeployDefault.LambdaAllAtOnce") == "UPDATE_COMPLETE"
    assert shop.call() >= 500
    alarms = shop.cloud.client("cloudwatch")

    def state() -> str:
        return str(alarms.describe_alarms()["MetricAlarms"][0]["StateValue"])

    shop.cloud.until(lambda: state() == "ALARM")
    assert shop.update(Key="better") == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.alias() == ("2", {})
    fix = {"Key": "better", "Strategy": "CodeDeployDefault.LambdaAllAtOnce"}
    assert shop.update(**fix, Watched="false") == "UPDATE_COMPLETE"
    assert shop.call() == 200


def test_a_failing_hook_rolls_the_stack_back_before_any_traffic(shop: Shop) -> None:
    role = shop.functions.get_function(FunctionName="orders")["Configuration"]["Role"]
    shop.functions.create_function(
        FunctionName="check",
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Timeout=10,
        Code={"ZipFile": zipped(HOOK.format(status="Failed"))},
    )
    with shop.watched() as statuses:
        assert shop.update(Key="bad", Hook="check") == "UPDATE_ROLLBACK_COMPLETE"
    assert set(statuses) == {200}
    assert shop.alias() == ("1", {})


def test_other_stacks_go_on_while_one_shifts_its_traffic(shop: Shop) -> None:
    shop.cloud.set_minute(30)
    shop.put(shop.stacks.update_stack, Key="better")
    shop.cloud.until(shop.alias, lambda seen: seen == ("1", {"2": 0.1}))
    topic = "Resources: {Topic: {Type: AWS::SNS::Topic}}"
    shop.stacks.create_stack(StackName="other", TemplateBody=topic)
    assert shop.cloud.wait_for_stack("other")["StackStatus"] == "CREATE_COMPLETE"
    stack = shop.stacks.describe_stacks(StackName="shop")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_IN_PROGRESS"
    (running,) = shop.deployments()
    shop.codedeploy.stop_deployment(deploymentId=running["deploymentId"])
    assert shop.cloud.wait_for_stack("shop")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
