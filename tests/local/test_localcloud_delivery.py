"""Events, logs and alarms reach where templates send them, across regions and accounts."""

import gzip
import json
from typing import Any

import pytest

pytestmark = pytest.mark.local

PRIMARY = """
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: central}}
  Policy:
    Type: AWS::Events::EventBusPolicy
    Properties:
      EventBusName: !Ref Bus
      StatementId: members
      Statement:
        Effect: Allow
        Principal: {AWS: "arn:aws:iam::222222222222:root"}
        Action: events:PutEvents
        Resource: !GetAtt Bus.Arn
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/events/central}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: central}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [shop]}
      Targets:
        - {Id: queue, Arn: !GetAtt Queue.Arn}
        - {Id: log, Arn: !GetAtt Log.Arn}
"""

MEMBER = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sts:AssumeRole}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets:
        - Id: central
          Arn: arn:aws:events:us-east-1:111111111111:event-bus/central
          RoleArn: !GetAtt Role.Arn
"""


def deploy(cloud: Any, template: str, *, account: str, region: str) -> None:
    cloud.client("cloudformation", account, region).create_stack(
        StackName="events", TemplateBody=template, Capabilities=["CAPABILITY_IAM"]
    )
    stack = cloud.wait_for_stack("events", account=account, region=region)
    assert stack["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize("account", ["111111111111", "222222222222"])
def test_a_rule_forwards_events_to_the_bus_of_the_primary_region(
    local_cloud: Any, account: str
) -> None:
    deploy(local_cloud, PRIMARY, account="111111111111", region="us-east-1")
    deploy(local_cloud, MEMBER, account=account, region="eu-central-1")
    entry = {"Source": "shop", "DetailType": "released", "Detail": '{"release": "r1"}'}
    local_cloud.client("events", account, "eu-central-1").put_events(Entries=[entry])

    sqs = local_cloud.client("sqs")
    url = sqs.get_queue_url(QueueName="central")["QueueUrl"]
    received = local_cloud.until(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    event = json.loads(received[0]["Body"])
    assert event["detail"] == {"release": "r1"}
    assert (event["account"], event["region"]) == (account, "eu-central-1")

    logs = local_cloud.client("logs")
    logged = local_cloud.until(
        lambda: logs.filter_log_events(logGroupName="/aws/events/central")["events"]
    )
    assert json.loads(logged[0]["message"])["detail"] == {"release": "r1"}


def test_a_bus_takes_no_events_of_accounts_that_its_policy_does_not_name(local_cloud: Any) -> None:
    deploy(local_cloud, PRIMARY, account="111111111111", region="us-east-1")
    sqs = local_cloud.client("sqs")
    url = sqs.get_queue_url(QueueName="central")["QueueUrl"]
    for account, detail in (("333333333333", "stranger"), ("222222222222", "friend")):
        deploy(local_cloud, MEMBER, account=account, region="eu-central-1")
        entry = {"Source": "shop", "DetailType": "x", "Detail": json.dumps({"by": detail})}
        local_cloud.client("events", account, "eu-central-1").put_events(Entries=[entry])
    # The friend's came after the stranger's: when it is there, the stranger's never will be.
    received = local_cloud.until(
        lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages")
    )
    assert [json.loads(one["Body"])["detail"]["by"] for one in received] == ["friend"]


ARCHIVE = """
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: log-archive}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: logs.amazonaws.com}, Action: sts:AssumeRole}
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Bucket.Arn
        RoleARN: !GetAtt Role.Arn
        Prefix: logs/
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop}}
  Filter:
    Type: AWS::Logs::SubscriptionFilter
    Properties:
      LogGroupName: !Ref Log
      FilterPattern: ""
      DestinationArn: !GetAtt Stream.Arn
      RoleArn: !GetAtt Role.Arn
"""


def test_subscribed_logs_are_archived_in_the_bucket(local_cloud: Any) -> None:
    deploy(local_cloud, ARCHIVE, account="111111111111", region="us-east-1")
    logs = local_cloud.client("logs")
    logs.create_log_stream(logGroupName="/shop", logStreamName="one")
    logs.put_log_events(
        logGroupName="/shop", logStreamName="one",
        logEvents=[{"timestamp": 1_760_000_000_000, "message": "sold out"}],
    )  # fmt: skip
    s3 = local_cloud.client("s3")
    listed = local_cloud.until(
        lambda: s3.list_objects_v2(Bucket="log-archive", Prefix="logs/").get("Contents")
    )
    body = s3.get_object(Bucket="log-archive", Key=listed[0]["Key"])["Body"].read()
    text = gzip.decompress(body).decode() if body[:2] == b"\x1f\x8b" else body.decode()
    assert "sold out" in text


REPLICATED = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: sts:AssumeRole}
  Source:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: regional-logs
      VersioningConfiguration: {Status: Enabled}
      ReplicationConfiguration:
        Role: !GetAtt Role.Arn
        Rules:
          - Status: Enabled
            Priority: 1
            Filter: {Prefix: ""}
            DeleteMarkerReplication: {Status: Disabled}
            Destination: {Bucket: "arn:aws:s3:::central-logs"}
"""


def test_objects_are_replicated_to_another_region(local_cloud: Any) -> None:
    central = local_cloud.client("s3")
    central.create_bucket(Bucket="central-logs")
    central.put_bucket_versioning(
        Bucket="central-logs", VersioningConfiguration={"Status": "Enabled"}
    )
    deploy(local_cloud, REPLICATED, account="111111111111", region="eu-central-1")
    local_cloud.client("s3", region="eu-central-1").put_object(
        Bucket="regional-logs", Key="a", Body=b"x"
    )
    found = local_cloud.until(
        lambda: central.list_objects_v2(Bucket="central-logs").get("Contents")
    )
    assert [one["Key"] for one in found] == ["a"]


def test_a_stack_can_be_watched_while_it_is_made(local_cloud: Any) -> None:
    template = """
Resources:
  First: {Type: AWS::SQS::Queue}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle, DependsOn: First}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: First
    Properties: {Handle: !Ref Handle, Timeout: "2"}
"""
    cloudformation = local_cloud.client("cloudformation")
    cloudformation.create_stack(StackName="watched", TemplateBody=template)

    def statuses() -> dict[str, str]:
        found = cloudformation.describe_stack_resources(StackName="watched")["StackResources"]
        return {one["LogicalResourceId"]: one["ResourceStatus"] for one in found}

    local_cloud.until(lambda: statuses().get("First") == "CREATE_COMPLETE")
    stack = cloudformation.describe_stacks(StackName="watched")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_IN_PROGRESS"
    assert local_cloud.wait_for_stack("watched")["StackStatus"] == "ROLLBACK_COMPLETE"


ALARMS = """
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: alerts}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: alerts}}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn}
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties: &alarm
      AlarmName: orders-errors
      ComparisonOperator: GreaterThanThreshold
      Threshold: 5
      EvaluationPeriods: 1
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Topic]
      Namespace: Shop
      MetricName: Errors
      Statistic: Sum
      Period: 300
      Dimensions: [{Name: Function, Value: orders}]
  Rate:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: orders-error-rate
      ComparisonOperator: GreaterThanThreshold
      Threshold: 5
      EvaluationPeriods: 1
      TreatMissingData: notBreaching
      Metrics:
        - {Id: rate, Expression: "IF(calls > 0, 100 * FILL(errors, 0) / calls, 0)"}
        - Id: errors
          ReturnData: false
          MetricStat: &stat
            Stat: Sum
            Period: 300
            Metric:
              Namespace: Shop
              MetricName: Errors
              Dimensions: [{Name: Function, Value: orders}]
        - Id: calls
          ReturnData: false
          MetricStat:
            Stat: Sum
            Period: 300
            Metric:
              Namespace: Shop
              MetricName: Calls
              Dimensions: [{Name: Function, Value: orders}]
"""


def test_alarms_look_at_their_own_dimensions_and_at_rates(local_cloud: Any) -> None:
    deploy(local_cloud, ALARMS, account="222222222222", region="eu-central-1")
    cloudwatch = local_cloud.client("cloudwatch", "222222222222", "eu-central-1")

    def publish(name: str, value: float, function: str) -> None:
        datum = {
            "MetricName": name,
            "Value": value,
            "Dimensions": [{"Name": "Function", "Value": function}],
        }
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=[datum])

    def states() -> dict[str, str]:
        found = cloudwatch.describe_alarms()["MetricAlarms"]
        return {one["AlarmName"]: one["StateValue"] for one in found}

    publish("Errors", 100, "payments")
    assert states() == {"orders-errors": "OK", "orders-error-rate": "OK"}
    publish("Calls", 1000, "orders")
    publish("Errors", 6, "orders")
    assert states() == {"orders-errors": "ALARM", "orders-error-rate": "OK"}
    publish("Errors", 60, "orders")
    assert states() == {"orders-errors": "ALARM", "orders-error-rate": "ALARM"}

    sqs = local_cloud.client("sqs", "222222222222", "eu-central-1")
    url = sqs.get_queue_url(QueueName="alerts")["QueueUrl"]
    told = local_cloud.until(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    assert "orders-errors" in told[0]["Body"]
