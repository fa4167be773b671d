"""A version with SnapStart is initialized when it is published, and its stack waits for that."""

import json
from pathlib import Path
from typing import Any

import pytest
from localaws import reasons, stack, upload

pytestmark = pytest.mark.local

TEMPLATE = """
Parameters: {Bucket: {Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Code: {S3Bucket: !Ref Bucket, S3Key: code.zip}
      SnapStart: {ApplyOn: PublishedVersions}
  Version:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref Function}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}
"""

SLOW = """
import pathlib, time

while not pathlib.Path({file!r}).exists():
    time.sleep(0.01)

def handler(event, context):
    return "there"
"""

ONLY_WITH_128_MB = """
import os

MEMORY = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
if MEMORY != "128":
    raise RuntimeError("no such table")

def handler(event, context):
    return MEMORY
"""


def test_a_stack_waits_for_the_snapshot_while_the_cloud_goes_on(
    local_cloud: Any, tmp_path: Path
) -> None:
    go, functions = tmp_path / "go", local_cloud.client("lambda")
    bucket = upload(local_cloud, SLOW.format(file=str(go)))
    cloudformation = local_cloud.client("cloudformation")
    cloudformation.create_stack(
        StackName="shop",
        TemplateBody=TEMPLATE,
        Parameters=[{"ParameterKey": "Bucket", "ParameterValue": bucket}],
        Capabilities=["CAPABILITY_IAM"],
    )

    def versions() -> list[Any]:
        try:
            found = functions.list_versions_by_function(FunctionName="orders")["Versions"]
        except functions.exceptions.ResourceNotFoundException:
            return []
        return [one["State"] for one in found if one["Version"] == "1"]

    assert local_cloud.until(versions) == ["Pending"]
    with pytest.raises(functions.exceptions.ResourceConflictException, match="Pending"):
        functions.invoke(FunctionName="orders", Qualifier="1")
    (found,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    assert found["StackStatus"] == "CREATE_IN_PROGRESS"
    go.touch()
    assert local_cloud.wait_for_stack("shop")["StackStatus"] == "CREATE_COMPLETE"
    answer = functions.invoke(FunctionName="orders", Qualifier="live")
    assert json.load(answer["Payload"]) == "there"


def test_a_version_whose_initialization_fails_fails_its_stack_and_is_gone(local_cloud: Any) -> None:
    bucket = upload(local_cloud, "raise RuntimeError('no such table')")
    stack(local_cloud, TEMPLATE, expect="ROLLBACK_COMPLETE", Bucket=bucket)
    (why,) = (one for one in reasons(local_cloud) if "did not stabilize" in one)
    assert "no such table" in why
    assert local_cloud.client("lambda").list_functions()["Functions"] == []


def test_an_update_whose_initialization_fails_leaves_the_version_before(local_cloud: Any) -> None:
    bucket = upload(local_cloud, ONLY_WITH_128_MB)
    stack(local_cloud, TEMPLATE, Bucket=bucket)
    more = TEMPLATE.replace("Code: {", "MemorySize: 256\n      Code: {").replace(
        "Version:\n    Type", "Other:\n    Type"
    )
    more = more.replace("Version.Version", "Other.Version")
    stack(local_cloud, more, action="update", expect="UPDATE_ROLLBACK_COMPLETE", Bucket=bucket)
    functions = local_cloud.client("lambda")
    versions = functions.list_versions_by_function(FunctionName="orders")["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", "1"]
    answer = functions.invoke(FunctionName="orders", Qualifier="live")
    assert json.load(answer["Payload"]) == "128"
