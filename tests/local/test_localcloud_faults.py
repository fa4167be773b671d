"""Faults on request happen where they were asked for, and once."""

import json
from typing import Any

import pytest
from localaws import ask, control, stack, upload

pytestmark = pytest.mark.local

CODE = """
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="done")
    return "alive"
"""

TEMPLATE = """
Parameters:
  Bucket: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  Queue: {Type: AWS::SQS::Queue}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Timeout: 10
      Code: {S3Bucket: !Ref Bucket, S3Key: code.zip}
Outputs:
  Function: {Value: !GetAtt Function.Arn}
  Queue: {Value: !Ref Queue}
"""


def test_a_function_dies_after_its_call_took_effect_and_lives_the_next_time(
    local_cloud: Any,
) -> None:
    made = stack(local_cloud, TEMPLATE, Bucket=upload(local_cloud, CODE))
    control(local_cloud, "kill", {"function": made["Function"], "after": "sqs:SendMessage"})

    def invoke() -> tuple[str | None, Any]:
        answer = local_cloud.client("lambda").invoke(
            FunctionName=made["Function"], Payload=json.dumps({"queue": made["Queue"]})
        )
        return answer.get("FunctionError"), json.load(answer["Payload"])

    def waiting() -> int:
        found = local_cloud.client("sqs").get_queue_attributes(
            QueueUrl=made["Queue"], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    assert invoke()[0] is not None
    assert waiting() == 1
    assert invoke() == (None, "alive")
    assert waiting() == 2


@pytest.mark.parametrize(
    "message",
    [
        {"function": "arn:aws:lambda:us-east-1:111111111111:function:none", "after": "sqs:Send"},
        {"function": "none", "after": "sqs:SendMessage"},
        {"function": "arn:aws:lambda:us-east-1:111111111111:function:none", "after": "SendMessage"},
    ],
)
def test_what_can_not_die_is_refused(local_cloud: Any, message: dict[str, str]) -> None:
    assert ask(local_cloud, "/_localcloud/kill", method="POST", body=message).status == 400
