"""Events reach functions of the local cloud when they may, and go where they should when not."""

import json
import time
from typing import Any

import pytest
from localaws import control, log_lines, stack, upload

pytestmark = pytest.mark.local

# Fails as its event asks, and says what it got.
CODE = """
import json

import boto3

def postpone(record, seconds):
    if seconds is not None:
        sqs, (*_, queue) = boto3.client("sqs"), record["eventSourceARN"].split(":")
        sqs.change_message_visibility(
            QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"],
            ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds,
        )

def handler(event, context):
    print("got", json.dumps(event))
    if "Records" in event and "body" in event["Records"][0]:
        bad = [one for one in event["Records"] if json.loads(one["body"]).get("bad")]
        for one in bad:
            postpone(one, json.loads(one["body"]).get("seconds"))
        return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in bad]}
    if event.get("fail"):
        raise ValueError("not today")
    return {"done": True}
"""

TEMPLATE = """
Parameters:
  Bucket: {Type: String}
  Principal: {Type: String, Default: events.amazonaws.com}
  Source: {Type: String, Default: rule/*}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
          - {Effect: Allow, Principal: {Service: scheduler.amazonaws.com}, Action: sts:AssumeRole}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop/worker}}
  Failures: {Type: AWS::SQS::Queue, Properties: {QueueName: failures}}
  Buried: {Type: AWS::SQS::Queue, Properties: {QueueName: buried}}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: worker
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Role.Arn
      Timeout: 10
      Code: {S3Bucket: !Ref Bucket, S3Key: code.zip}
      LoggingConfig: {LogGroup: !Ref Logs}
      DeadLetterConfig: {TargetArn: !GetAtt Buried.Arn}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}
  Async:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Function
      Qualifier: live
      MaximumRetryAttempts: 1
      MaximumEventAgeInSeconds: 3600
      DestinationConfig: {OnFailure: {Destination: !GetAtt Failures.Arn}}
    DependsOn: Alias
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Alias
      Action: lambda:InvokeFunction
      Principal: !Ref Principal
      SourceArn: !Sub arn:aws:events:${AWS::Region}:${AWS::AccountId}:${Source}
  TopicPermission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Alias
      Action: lambda:InvokeFunction
      Principal: sns.amazonaws.com
      SourceArn: !Ref Topic
  Topic: {Type: AWS::SNS::Topic}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: lambda, Endpoint: !Ref Alias}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets: [{Id: function, Arn: !Ref Alias}]
  Hourly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 hour)
      Targets: [{Id: function, Arn: !Ref Alias, Input: '{"from": "rule"}'}]
  Daily:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: cron(0 3 * * ? *)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: !Ref Alias, RoleArn: !GetAtt Role.Arn, Input: '{"from": "schedule"}'}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: jobs
      VisibilityTimeout: 180
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Source1:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Jobs.Arn
      FunctionName: !Ref Alias
      BatchSize: 5
      FunctionResponseTypes: [ReportBatchItemFailures]
  DeadLetters:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: dead-letters
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: !GetAtt Failures.QueueName}]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
Outputs:
  Failures: {Value: !Ref Failures}
  Buried: {Value: !Ref Buried}
  Jobs: {Value: !Ref Jobs}
  Dead: {Value: !Ref Dead}
  Topic: {Value: !Ref Topic}
  Alias: {Value: !Ref Alias}
  Hourly: {Value: !GetAtt Hourly.Arn}
  Daily: {Value: !GetAtt Daily.Arn}
"""


def deploy(cloud: Any, **values: str) -> dict[str, str]:
    return stack(cloud, TEMPLATE, Bucket=upload(cloud, CODE), **values)


def received(cloud: Any, queue: str, number: int = 1) -> list[dict[str, Any]]:
    """Wait for so many messages of a queue."""
    sqs, found = cloud.client("sqs"), []

    def more() -> int:
        answer = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        found.extend(answer.get("Messages", []))
        return len(found)

    cloud.until(more, lambda seen: seen >= number)
    return found


def got(cloud: Any) -> list[Any]:
    """Return the events that the function got."""
    lines = "\n".join(log_lines(cloud, "/shop/worker")).splitlines()
    return [json.loads(line.split("got ", 1)[1]) for line in lines if "got " in line]


def test_an_event_that_fails_is_tried_again_and_ends_at_its_destination(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    answer = local_cloud.client("lambda").invoke(
        FunctionName="worker:live", InvocationType="Event", Payload=b'{"fail": 1}'
    )
    assert answer["StatusCode"] == 202
    envelope = json.loads(received(local_cloud, made["Failures"])[0]["Body"])
    context = envelope["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 2)
    assert context["functionArn"] == made["Alias"]
    assert envelope["requestPayload"] == {"fail": 1}
    assert envelope["responsePayload"]["errorMessage"] == "not today"
    assert envelope["responseContext"]["functionError"] == "Unhandled"
    assert got(local_cloud) == [{"fail": 1}, {"fail": 1}]

    buried = received(local_cloud, made["Buried"])[0]
    assert json.loads(buried["Body"]) == {"fail": 1}
    assert buried["MessageAttributes"]["ErrorMessage"]["StringValue"] == "not today"


def test_a_dead_letter_turns_its_alarm(local_cloud: Any) -> None:
    deploy(local_cloud)
    local_cloud.client("lambda").invoke(
        FunctionName="worker:live", InvocationType="Event", Payload=b'{"fail": 1}'
    )
    alarms = local_cloud.client("cloudwatch")
    local_cloud.until(
        lambda: alarms.describe_alarms(AlarmNames=["dead-letters"])["MetricAlarms"][0],
        lambda alarm: alarm["StateValue"] == "ALARM",
    )


def test_an_event_that_works_is_delivered_once(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    client = local_cloud.client("lambda")
    client.invoke(FunctionName="worker:live", InvocationType="Event", Payload=b'{"n": 1}')
    client.invoke(FunctionName="worker:live", InvocationType="Event", Payload=b'{"fail": 2}')
    received(local_cloud, made["Failures"])
    assert [one for one in got(local_cloud) if "n" in one] == [{"n": 1}]


def test_a_rule_and_a_topic_reach_the_function_that_lets_them_in(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    local_cloud.client("events").put_events(
        Entries=[{"Source": "shop", "DetailType": "sold", "Detail": '{"id": 7}'}]
    )
    local_cloud.client("sns").publish(TopicArn=made["Topic"], Message="hello")
    events = local_cloud.until(lambda: got(local_cloud), lambda seen: len(seen) == 2)
    by_rule = next(one for one in events if "detail" in one)
    assert (by_rule["source"], by_rule["detail"]) == ("shop", {"id": 7})
    by_topic = next(one for one in events if "Records" in one)
    assert by_topic["Records"][0]["Sns"]["Message"] == "hello"


@pytest.mark.parametrize(
    "values",
    [{"Principal": "s3.amazonaws.com"}, {"Source": "rule/another"}],
    ids=["other service", "other rule"],
)
def test_a_rule_without_permission_reaches_nothing(
    local_cloud: Any, values: dict[str, str]
) -> None:
    made = deploy(local_cloud, **values)
    local_cloud.client("events").put_events(
        Entries=[{"Source": "shop", "DetailType": "sold", "Detail": "{}"}]
    )
    # What comes after it is there, so it would be, too.
    local_cloud.client("sns").publish(TopicArn=made["Topic"], Message="hello")
    events = local_cloud.until(lambda: got(local_cloud))
    assert ["Records" in one for one in events] == [True]


def test_of_a_batch_only_what_failed_is_received_again_and_buried(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    sqs = local_cloud.client("sqs")
    for body in ({"id": 1}, {"id": 2, "bad": True}, {"id": 3}):
        sqs.send_message(QueueUrl=made["Jobs"], MessageBody=json.dumps(body))
    dead = received(local_cloud, made["Dead"])
    assert [json.loads(one["Body"]) for one in dead] == [{"id": 2, "bad": True}]
    seen = [json.loads(one["body"])["id"] for event in got(local_cloud) for one in event["Records"]]
    assert sorted(seen) == [1, 2, 2, 2, 3]


def test_what_a_function_postpones_comes_back_when_it_said_by_the_clock(local_cloud: Any) -> None:
    made = deploy(local_cloud)
    local_cloud.set_minute(0.25)
    started = time.monotonic()
    local_cloud.client("sqs").send_message(
        QueueUrl=made["Jobs"], MessageBody='{"bad": true, "seconds": 360}'
    )
    received(local_cloud, made["Dead"])
    # Three times six minutes; those of the queue would be three times three.
    assert time.monotonic() - started > 3 * 6 * 0.25


@pytest.mark.parametrize("kind", ["Hourly", "Daily"])
def test_a_schedule_fires_on_demand(local_cloud: Any, kind: str) -> None:
    made = deploy(local_cloud)
    assert control(local_cloud, "fire", {"arn": made[kind]}) == {"fired": made[kind]}
    expected = {"from": "rule" if kind == "Hourly" else "schedule"}
    assert local_cloud.until(lambda: got(local_cloud)) == [expected]
