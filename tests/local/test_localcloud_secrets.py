"""Secrets of the local cloud are generated as asked and really rotate."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws import log_lines, reasons, stack, upload

pytestmark = pytest.mark.local

TEMPLATE = """
Parameters:
  Bucket: {Type: String}
  Fails: {Type: String, Default: ""}
  Principal: {Type: String, Default: secretsmanager.amazonaws.com}
  Immediately: {Type: String, Default: "true"}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop/rotation}}
  Rotation:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Timeout: 10
      Code: {S3Bucket: !Ref Bucket, S3Key: code.zip}
      LoggingConfig: {LogGroup: !Ref Logs}
      Environment: {Variables: {FAILS: !Ref Fails}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Rotation
      Action: lambda:InvokeFunction
      Principal: !Ref Principal
      SourceArn: !Ref Secret
      SourceAccount: !Ref AWS::AccountId
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: shop/token
      GenerateSecretString:
        PasswordLength: 24
        ExcludePunctuation: true
        ExcludeCharacters: "abc"
        RequireEachIncludedType: true
        SecretStringTemplate: '{"user": "shop"}'
        GenerateStringKey: token
  Schedule:
    Type: AWS::SecretsManager::RotationSchedule
    DependsOn: Permission
    Properties:
      SecretId: !Ref Secret
      RotationLambdaARN: !GetAtt Rotation.Arn
      RotationRules: {AutomaticallyAfterDays: 30}
      RotateImmediatelyOnUpdate: !Ref Immediately
  Policy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties:
      SecretId: !Ref Secret
      BlockPublicPolicy: true
      ResourcePolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Deny
            Principal: "*"
            Action: secretsmanager:DeleteSecret
            Resource: "*"
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: rotations}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.secretsmanager]
        detail: {eventName: [RotationSucceeded, RotationFailed]}
      Targets: [{Id: queue, Arn: !GetAtt Queue.Arn}]
Outputs:
  Secret: {Value: !Ref Secret}
  Schedule: {Value: !Ref Schedule}
  Queue: {Value: !Ref Queue}
"""

CODE = """
import json, os
import boto3

def handler(event, context):
    step = event["Step"]
    print("step", step)
    if step == os.environ["FAILS"]:
        raise ValueError("not today")
    secrets = boto3.client("secretsmanager")
    secret, token = event["SecretId"], event["ClientRequestToken"]
    described = secrets.describe_secret(SecretId=secret)
    versions = described["VersionIdsToStages"]
    assert described["RotationEnabled"]
    assert "AWSPENDING" in versions[token]
    if step == "createSecret":
        current = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
        try:
            secrets.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
        except secrets.exceptions.ResourceNotFoundException:
            current["token"] = secrets.get_random_password(PasswordLength=20)["RandomPassword"]
            secrets.put_secret_value(
                SecretId=secret, ClientRequestToken=token, SecretString=json.dumps(current),
                VersionStages=["AWSPENDING"],
            )
    if step == "finishSecret":
        old = next(one for one, stages in versions.items() if "AWSCURRENT" in stages)
        secrets.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token,
            RemoveFromVersionId=old,
        )
"""


def value(cloud: Any, stage: str = "AWSCURRENT") -> Any:
    found = cloud.client("secretsmanager").get_secret_value(
        SecretId="shop/token", VersionStage=stage
    )
    return json.loads(found["SecretString"])


def told(cloud: Any, queue: str) -> dict[str, Any]:
    """Return the next event about a rotation."""
    sqs = cloud.client("sqs")
    messages = cloud.until(
        lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages")
    )
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=messages[0]["ReceiptHandle"])
    detail: dict[str, Any] = json.loads(messages[0]["Body"])["detail"]
    return detail


def test_a_secret_is_generated_as_its_template_asks(local_cloud: Any) -> None:
    stack(local_cloud, TEMPLATE, Bucket=upload(local_cloud, CODE), Immediately="false")
    found = value(local_cloud)
    assert found["user"] == "shop"
    assert len(found["token"]) == 24
    assert found["token"].isalnum()
    assert not set(found["token"]) & set("abc")


def test_a_schedule_rotates_the_secret_at_once(local_cloud: Any) -> None:
    made = stack(local_cloud, TEMPLATE, Bucket=upload(local_cloud, CODE))
    assert made["Schedule"] == made["Secret"]
    assert told(local_cloud, made["Queue"])["eventName"] == "RotationSucceeded"

    assert len(value(local_cloud)["token"]) == 20
    assert len(value(local_cloud, "AWSPREVIOUS")["token"]) == 24
    lines = "".join(log_lines(local_cloud, "/shop/rotation"))
    steps = ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert sorted(steps, key=lambda step: lines.index(f"step {step}")) == steps

    described = local_cloud.client("secretsmanager").describe_secret(SecretId="shop/token")
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert (described["NextRotationDate"] - described["LastRotatedDate"]).days == 30
    # Like on AWS the label may stay, but only where the current one is.
    assert [
        version
        for version, stages in described["VersionIdsToStages"].items()
        if "AWSPENDING" in stages and "AWSCURRENT" not in stages
    ] == []


def test_a_rotation_may_wait_for_its_time_and_be_asked_for(local_cloud: Any) -> None:
    made = stack(local_cloud, TEMPLATE, Bucket=upload(local_cloud, CODE), Immediately="false")
    lines = local_cloud.until(lambda: "".join(log_lines(local_cloud, "/shop/rotation")))
    assert "step testSecret" in lines
    assert "step createSecret" not in lines
    secrets = local_cloud.client("secretsmanager")

    def pending() -> bool:
        stages = secrets.describe_secret(SecretId="shop/token")["VersionIdsToStages"].values()
        return any("AWSPENDING" in labels for labels in stages)

    local_cloud.until(lambda: not pending())
    secrets.rotate_secret(SecretId="shop/token")
    assert told(local_cloud, made["Queue"])["eventName"] == "RotationSucceeded"
    assert len(value(local_cloud)["token"]) == 20


def test_a_rotation_that_fails_is_told_and_leaves_the_secret(local_cloud: Any) -> None:
    made = stack(local_cloud, TEMPLATE, Bucket=upload(local_cloud, CODE), Fails="setSecret")
    event = told(local_cloud, made["Queue"])
    assert event["eventName"] == "RotationFailed"
    assert event["additionalEventData"]["Reason"] == "setSecret: not today"
    assert len(value(local_cloud)["token"]) == 24
    with pytest.raises(ClientError, match="A previous rotation isn't complete"):
        local_cloud.client("secretsmanager").rotate_secret(SecretId="shop/token")
    assert told(local_cloud, made["Queue"])["eventName"] == "RotationFailed"


def test_a_rotation_function_must_let_secrets_manager_in(local_cloud: Any) -> None:
    stack(
        local_cloud, TEMPLATE, Bucket=upload(local_cloud, CODE), Principal="sns.amazonaws.com",
        expect="ROLLBACK_COMPLETE",
    )  # fmt: skip
    assert "Secrets Manager cannot invoke the specified Lambda function" in " ".join(
        reasons(local_cloud)
    )


def test_without_its_schedule_a_secret_does_not_rotate(local_cloud: Any) -> None:
    bucket = upload(local_cloud, CODE)
    made = stack(local_cloud, TEMPLATE, Bucket=bucket)
    told(local_cloud, made["Queue"])
    policy = local_cloud.client("secretsmanager").get_resource_policy(SecretId="shop/token")
    assert json.loads(policy["ResourcePolicy"])["Statement"][0]["Effect"] == "Deny"
    start = TEMPLATE.index("  Schedule:\n")
    without = TEMPLATE[:start] + TEMPLATE[TEMPLATE.index("  Queue: {Type") :]
    without = without.replace("  Schedule: {Value: !Ref Schedule}\n", "")
    stack(local_cloud, without, action="update", Bucket=bucket)
    described = local_cloud.client("secretsmanager").describe_secret(SecretId="shop/token")
    assert not described["RotationEnabled"]
    policy = local_cloud.client("secretsmanager").get_resource_policy(SecretId="shop/token")
    assert "ResourcePolicy" not in policy
