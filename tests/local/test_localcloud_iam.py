"""With IAM enforcement every role may do its job in the local cloud, and nothing else."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from localaws import as_role, control, stack, upload

pytestmark = pytest.mark.local

CODE = """
import os
import boto3

def handler(event, context):
    client = boto3.client(event["service"])
    try:
        return {"answer": str(getattr(client, event["call"])(**event["with"]))}
    except Exception as error:
        return {"error": str(error), "who": boto3.client("sts").get_caller_identity()["Arn"]}
"""

TEMPLATE = """
Parameters:
  Bucket: {Type: String}
Resources:
  Worker:
    Type: AWS::IAM::Role
    Properties:
      RoleName: worker
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: work
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [dynamodb:GetItem, dynamodb:PutItem]
                Resource: !GetAtt Orders.Arn
              - {Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Secret}
              - {Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Sealed}
              - {Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::store/*"}
              - {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Queue.Arn}
              - Effect: Allow
                Action: kms:Decrypt
                Resource: !GetAtt Key.Arn
                Condition:
                  StringEquals: {kms:ViaService: !Sub "secretsmanager.${AWS::Region}.amazonaws.com"}
  Stranger:
    Type: AWS::IAM::Role
    Properties:
      RoleName: stranger
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}
            Action: kms:*
            Resource: "*"
  Closed:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:role/nobody"}
            Action: kms:*
            Resource: "*"
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: shop/token, KmsKeyId: !GetAtt Key.Arn, SecretString: open}
  Sealed:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: shop/sealed, KmsKeyId: !GetAtt Closed.Arn, SecretString: closed}
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Others:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: others
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: queue}}
  Store: {Type: AWS::S3::Bucket, Properties: {BucketName: store}}
  StorePolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Store
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Deny
            Principal: "*"
            Action: s3:GetObject
            Resource: !Sub "${Store.Arn}/private/*"
          - Effect: Allow
            Principal: {AWS: !GetAtt Stranger.Arn}
            Action: s3:GetObject
            Resource: !Sub "${Store.Arn}/shared/*"
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: worker
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Worker.Arn
      Timeout: 10
      Code: {S3Bucket: !Ref Bucket, S3Key: code.zip}
"""
ROLE = "arn:aws:iam::111111111111:role/"
ITEM: dict[str, Any] = {"id": {"S": "1"}}

CALLS = [
    ("worker", "dynamodb", "put_item", {"TableName": "orders", "Item": ITEM}, True),
    ("worker", "dynamodb", "delete_item", {"TableName": "orders", "Key": ITEM}, False),
    ("worker", "dynamodb", "put_item", {"TableName": "others", "Item": ITEM}, False),
    ("worker", "secretsmanager", "get_secret_value", {"SecretId": "shop/token"}, True),
    ("worker", "secretsmanager", "get_secret_value", {"SecretId": "shop/sealed"}, False),
    ("worker", "secretsmanager", "put_secret_value", {"SecretId": "shop/token"}, False),
    ("worker", "s3", "get_object", {"Bucket": "store", "Key": "public/a"}, True),
    ("worker", "s3", "get_object", {"Bucket": "store", "Key": "private/a"}, False),
    ("worker", "kms", "decrypt", {"CiphertextBlob": b"x", "KeyId": "alias/none"}, False),
    ("worker", "lambda", "invoke", {"FunctionName": "worker"}, False),
    ("stranger", "s3", "get_object", {"Bucket": "store", "Key": "shared/a"}, True),
    ("stranger", "s3", "get_object", {"Bucket": "store", "Key": "public/a"}, False),
    ("stranger", "dynamodb", "get_item", {"TableName": "orders", "Key": ITEM}, False),
]


@pytest.fixture
def judged(local_cloud: Any) -> Iterator[Any]:
    """A cloud with the roles of this file, and every call judged."""
    stack(local_cloud, TEMPLATE, Bucket=upload(local_cloud, CODE))
    s3 = local_cloud.client("s3")
    for key in ("public/a", "private/a", "shared/a"):
        s3.put_object(Bucket="store", Key=key, Body=b"x")
    assert control(local_cloud, "iam", {"enforce": True}) == {"enforce": True}
    yield local_cloud
    control(local_cloud, "iam", {"enforce": False})


def allowed(cloud: Any, role: str, service: str, call: str, arguments: dict[str, Any]) -> bool:
    """Tell whether a role may make a call: it fails, if at all, for another reason."""
    try:
        getattr(as_role(cloud, ROLE + role, service), call)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException")
    return True


def test_roles_may_do_what_their_policies_and_those_of_resources_say(judged: Any) -> None:
    wrong = [
        (role, service, call, arguments)
        for role, service, call, arguments, expected in CALLS
        if allowed(judged, role, service, call, arguments) is not expected
    ]
    assert wrong == []


def policy(statement: dict[str, Any]) -> str:
    """Write a policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def ask_function(cloud: Any, service: str, call: str, **arguments: Any) -> Any:
    event = {"service": service, "call": call, "with": arguments}
    answer = cloud.client("lambda").invoke(FunctionName="worker", Payload=json.dumps(event))
    return json.load(answer["Payload"])


def test_a_function_acts_as_its_execution_role(judged: Any) -> None:
    assert "answer" in ask_function(judged, "dynamodb", "put_item", TableName="orders", Item=ITEM)
    refused = ask_function(judged, "dynamodb", "scan", TableName="orders")
    assert refused["who"] == "arn:aws:sts::111111111111:assumed-role/worker/worker"
    assert (
        f"User: {refused['who']} is not authorized to perform: dynamodb:Scan on resource: "
        "arn:aws:dynamodb:us-east-1:111111111111:table/orders because no identity-based policy "
        "allows the dynamodb:Scan action" in refused["error"]
    )


def test_a_secret_is_read_only_by_who_may_use_its_key(judged: Any) -> None:
    with pytest.raises(ClientError, match="not authorized to perform: kms:Decrypt"):
        as_role(judged, f"{ROLE}worker", "secretsmanager").get_secret_value(SecretId="shop/sealed")


def test_a_role_of_another_account_lets_in_the_sessions_of_roles_that_it_names(
    judged: Any,
) -> None:
    lent = "arn:aws:iam::222222222222:role/lent"
    may_assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": lent}
    for role in ("worker", "stranger"):
        judged.client("iam").put_role_policy(
            RoleName=role, PolicyName="assume", PolicyDocument=policy(may_assume)
        )
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:PrincipalArn": f"{ROLE}work*"}},
    }
    judged.client("iam", account="222222222222").create_role(
        RoleName="lent", AssumeRolePolicyDocument=policy(trust)
    )
    arguments = {"RoleArn": lent, "RoleSessionName": "visit"}
    assert allowed(judged, "worker", "sts", "assume_role", arguments)
    assert not allowed(judged, "stranger", "sts", "assume_role", arguments)


def test_administrators_and_unjudged_functions_may_do_anything(judged: Any) -> None:
    assert judged.client("dynamodb").scan(TableName="others")["Count"] == 0
    control(judged, "iam", {"enforce": False})
    assert "answer" in ask_function(judged, "dynamodb", "scan", TableName="others")


def test_unknown_credentials_are_refused(judged: Any) -> None:
    stranger = boto3.client(
        "sqs",
        endpoint_url=judged.endpoint,
        region_name="us-east-1",
        aws_access_key_id="AKIAUNKNOWN",
        aws_secret_access_key="x",
    )
    with pytest.raises(ClientError, match=r"security token included in the request is invalid"):
        stranger.list_queues()


def test_credentials_are_of_roles_that_exist(local_cloud: Any) -> None:
    with pytest.raises(AssertionError, match="no such role"):
        control(local_cloud, "credentials", {"role": f"{ROLE}nobody"})


def test_a_cloud_can_judge_from_its_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "localcloud"]
    home = ["--home", str(tmp_path)]
    owner = ["--owner", str(os.getpid())]
    started = subprocess.run(
        [*command, "start", *home, *owner, "--enforce-iam"],
        capture_output=True,
        check=True,
    )
    try:
        endpoint = json.loads(started.stdout)["endpoint"]
        with urllib.request.urlopen(f"{endpoint}/_localcloud/iam", timeout=30) as answer:
            assert json.load(answer) == {"enforce": True}
    finally:
        subprocess.run([*command, "stop", *home], check=True, capture_output=True)
