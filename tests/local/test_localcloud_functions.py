"""Functions of the local cloud really run: from a zip, behind an API, version by version."""

import contextlib
import io
import json
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

pytestmark = pytest.mark.local

CODE = """
import os
import boto3

def handler(event, context):
    print("greeting", os.environ["GREETING"])
    identity = boto3.client("sts").get_caller_identity()
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": __import__("json").dumps({
            "code": %r,
            "greeting": os.environ["GREETING"],
            "region": os.environ["AWS_REGION"],
            "account": identity["Account"],
            "version": context.function_version,
            "payload": event.get("version"),
            "path": event.get("rawPath"),
            "routeKey": event.get("routeKey"),
        }),
    }
"""

TEMPLATE = """
Parameters:
  Bucket: {Type: String}
  Key: {Type: String}
  Greeting: {Type: String, Default: hello}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/shop/${AWS::Region}/orders", RetentionInDays: 30}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Timeout: 10
      Code: {S3Bucket: !Ref Bucket, S3Key: !Ref Key}
      LoggingConfig: {LogGroup: !Ref Logs, LogFormat: JSON}
      Environment: {Variables: {GREETING: !Ref Greeting}}
  Version:
    Type: AWS::Lambda::Version
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties: {FunctionName: !Ref Function, Description: !Sub "${Key} ${Greeting}"}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}
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
      RouteKey: GET /orders/{id}
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
      SourceArn: !Sub
        - arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/$default/GET/${Path}
        - {Path: "orders/*"}
Outputs:
  ApiId: {Value: !Ref Api}
  Url: {Value: !GetAtt Api.ApiEndpoint}
  Version: {Value: !GetAtt Version.Version}
  Alias: {Value: !Ref Alias}
"""


def upload(cloud: Any, code: str, key: str, *, account: str, region: str) -> str:
    """Put a function's zip into a bucket of its region."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("app.py", CODE % code)
    s3 = cloud.client("s3", account, region)
    bucket = f"artifacts-{account}-{region}"
    if bucket not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        where = {} if region == "us-east-1" else {"LocationConstraint": region}
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
    s3.put_object(Bucket=bucket, Key=key, Body=zipped.getvalue())
    return bucket


def parameters(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def deploy(cloud: Any, action: str, *, account: str, region: str, **values: str) -> dict[str, str]:
    cloudformation = cloud.client("cloudformation", account, region)
    getattr(cloudformation, f"{action}_stack")(
        StackName="shop",
        TemplateBody=TEMPLATE,
        Parameters=parameters(**values),
        Capabilities=["CAPABILITY_IAM"],
    )
    stack = cloud.wait_for_stack("shop", account=account, region=region)
    assert stack["StackStatus"] == f"{action.upper()}_COMPLETE", (
        cloudformation.describe_stack_events(StackName="shop")["StackEvents"]
    )
    outputs: dict[str, str] = cloud.outputs("shop", account=account, region=region)
    return outputs


def request(cloud: Any, api: str) -> dict[str, Any]:
    status, answer = cloud.get(f"/_aws/execute-api/{api}/$default/orders/7")
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


@pytest.mark.parametrize(
    ("account", "region"), [("111111111111", "us-east-1"), ("222222222222", "eu-central-1")]
)
def test_an_update_moves_requests_to_the_new_version_and_keeps_the_old_one(
    local_cloud: Any, account: str, region: str
) -> None:
    where = {"account": account, "region": region}
    bucket = upload(local_cloud, "first", "1.zip", **where)
    made = deploy(local_cloud, "create", Bucket=bucket, Key="1.zip", **where)

    assert request(local_cloud, made["ApiId"]) == {
        "code": "first",
        "greeting": "hello",
        "region": region,
        "account": account,
        "version": "1",
        "payload": "2.0",
        "path": "/orders/7",
        "routeKey": "GET /orders/{id}",
    }

    upload(local_cloud, "second", "2.zip", **where)
    updated = deploy(local_cloud, "update", Bucket=bucket, Key="2.zip", Greeting="hi", **where)
    assert updated["Version"] == "2"
    after = request(local_cloud, made["ApiId"])
    assert (after["code"], after["greeting"], after["version"]) == ("second", "hi", "2")

    functions = local_cloud.client("lambda", account, region)
    old = json.load(functions.invoke(FunctionName="orders:1", Payload="{}")["Payload"])
    assert json.loads(old["body"])["code"] == "first"
    assert json.loads(old["body"])["greeting"] == "hello"


def test_what_a_function_prints_is_in_its_own_log_group(local_cloud: Any) -> None:
    where = {"account": "111111111111", "region": "eu-west-1"}
    bucket = upload(local_cloud, "first", "1.zip", **where)
    made = deploy(local_cloud, "create", Bucket=bucket, Key="1.zip", **where)
    request(local_cloud, made["ApiId"])

    logs = local_cloud.client("logs", **where)

    def messages() -> str:
        found = logs.filter_log_events(logGroupName="/shop/eu-west-1/orders")["events"]
        return "".join(event["message"] for event in found)

    assert "greeting hello" in local_cloud.until(messages, lambda text: "greeting" in text)


def test_calls_of_functions_are_told_from_calls_of_clients(local_cloud: Any) -> None:
    where = {"account": "111111111111", "region": "us-east-1"}
    bucket = upload(local_cloud, "first", "1.zip", **where)
    made = deploy(local_cloud, "create", Bucket=bucket, Key="1.zip", **where)
    request(local_cloud, made["ApiId"])

    sources = {
        call["source"] for call in local_cloud.calls() if call["action"] == "GetCallerIdentity"
    }
    assert sources == {"internal"}


def test_code_may_lie_in_a_bucket_of_another_account(local_cloud: Any) -> None:
    bucket = upload(local_cloud, "shared", "1.zip", account="111111111111", region="us-east-1")
    where = {"account": "222222222222", "region": "us-east-1"}
    made = deploy(local_cloud, "create", Bucket=bucket, Key="1.zip", **where)
    assert request(local_cloud, made["ApiId"])["code"] == "shared"


def test_an_invocation_that_outlives_a_reset_leaves_nothing_in_the_emptied_cloud(
    local_cloud: Any, tmp_path: Path
) -> None:
    code = (
        "import pathlib, time\n"
        "def handler(event, context):\n"
        "    pathlib.Path(event['began']).touch()\n"
        "    time.sleep(60)\n"
    )
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("app.py", code)
    functions = local_cloud.client("lambda")
    functions.create_function(
        FunctionName="late", Runtime="python3.13", Handler="app.handler", Timeout=120,
        Role="arn:aws:iam::111111111111:role/late", Code={"ZipFile": zipped.getvalue()},
    )  # fmt: skip
    began = tmp_path / "began"

    def call() -> None:
        payload = json.dumps({"began": str(began)})
        with contextlib.suppress(ClientError, BotoCoreError):
            functions.invoke(FunctionName="late", Payload=payload)

    caller = threading.Thread(target=call)
    caller.start()
    local_cloud.until(began.exists)
    local_cloud.reset()
    caller.join()
    assert local_cloud.client("logs").describe_log_groups()["logGroups"] == []


WHERE = """
import os

import beside

def handler(event, context):
    return {"file": os.path.realpath(__file__), "compiled": beside.__cached__}
"""


def test_processes_of_the_same_package_share_its_files_and_what_they_compile_to(
    local_cloud: Any, tmp_path: Path
) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("app.py", WHERE)
        archive.writestr("beside.py", "")
    functions, said = local_cloud.client("lambda"), []
    for name in ("one", "another"):
        functions.create_function(
            FunctionName=name, Runtime="python3.13", Handler="app.handler",
            Role="arn:aws:iam::111111111111:role/any", Code={"ZipFile": zipped.getvalue()},
        )  # fmt: skip
        said.append(json.load(functions.invoke(FunctionName=name)["Payload"]))
    assert said[0]["file"] == said[1]["file"]
    assert all(Path(one["compiled"]).exists() for one in said)
