"""The local cloud finds what was changed behind CloudFormation's back, as AWS tells it."""

from typing import Any

import pytest
from localaws import stack, upload
from stack_sets import ADMIN, MEMBER, SLOW, Sets, make_roles, signal_when_waiting

pytestmark = pytest.mark.local

TEMPLATE = """
Parameters:
  Size: {Type: String, Default: small}
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: {Name: /shop/setting, Type: String, Value: !Ref Size}
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {QueueName: shop-jobs, VisibilityTimeout: 60}
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /shop, RetentionInDays: 30}
  Waiting:
    Type: AWS::CloudFormation::WaitConditionHandle
"""
FUNCTION = """
Parameters:
  Bucket: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: shop
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: lambda.amazonaws.com}
            Action: sts:AssumeRole
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: shop
      Runtime: python3.12
      Handler: app.handler
      MemorySize: 256
      ReservedConcurrentExecutions: 5
      LoggingConfig: {LogFormat: JSON}
      Role: !GetAtt Role.Arn
      Code: {S3Bucket: !Ref Bucket, S3Key: code.zip}
  Version:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref Function}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version, Name: live}
  Rule:
    Type: AWS::Events::Rule
    Properties: {Name: shop, State: ENABLED, EventPattern: {source: [shop]}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: shop
      EnableKeyRotation: true
      KeyPolicy: {Statement: [{Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*"}]}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: shop
      Namespace: AWS/Lambda
      MetricName: Errors
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 5
      ComparisonOperator: GreaterThanThreshold
"""


def detect(client: Any, name: str = "shop") -> tuple[str, dict[str, Any]]:
    """Return a stack's drift status, and what was found of each checked resource."""
    looked = client.detect_stack_drift(StackName=name)["StackDriftDetectionId"]
    status = client.describe_stack_drift_detection_status(StackDriftDetectionId=looked)
    assert status["DetectionStatus"] == "DETECTION_COMPLETE"
    drifts = client.describe_stack_resource_drifts(StackName=name)["StackResourceDrifts"]
    return status["StackDriftStatus"], {one["LogicalResourceId"]: one for one in drifts}


def differences(drift: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (one["PropertyPath"], one["ExpectedValue"], one["ActualValue"], one["DifferenceType"])
        for one in drift["PropertyDifferences"]
    ]


@pytest.fixture
def sets(local_cloud: Any) -> Sets:
    make_roles(local_cloud)
    made = Sets(local_cloud, local_cloud.client("cloudformation", ADMIN))
    made.create(TEMPLATE)
    made.instances([ADMIN, MEMBER], ["us-east-1", "eu-central-1"])
    return made


def look(sets: Sets, **options: Any) -> dict[str, Any]:
    started = sets.client.detect_stack_set_drift(StackSetName="shop", **options)
    return sets.wait(started["OperationId"])


def test_a_function_and_what_surrounds_it_is_in_sync_until_somebody_changes_it(
    local_cloud: Any,
) -> None:
    stack(local_cloud, FUNCTION, Bucket=upload(local_cloud, "def handler(e, c): pass"))
    client = local_cloud.client("cloudformation")
    status, found = detect(client)
    assert status == "IN_SYNC", found
    assert {"Function", "Alias", "Rule", "Key", "Alarm"} <= set(found)

    functions = local_cloud.client("lambda")
    functions.update_function_configuration(FunctionName="shop", MemorySize=1024)
    functions.put_function_concurrency(FunctionName="shop", ReservedConcurrentExecutions=9)
    functions.update_alias(FunctionName="shop", Name="live", FunctionVersion="$LATEST")
    local_cloud.client("events").disable_rule(Name="shop")
    kms = local_cloud.client("kms")
    kms.disable_key_rotation(KeyId=found["Key"]["PhysicalResourceId"])
    local_cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="shop", Namespace="AWS/Lambda", MetricName="Errors", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=50, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    status, found = detect(client)
    assert status == "DRIFTED"
    assert differences(found["Function"]) == [
        ("/MemorySize", "256", "1024", "NOT_EQUAL"),
        ("/ReservedConcurrentExecutions", "5", "9", "NOT_EQUAL"),
    ]
    assert differences(found["Alias"]) == [("/FunctionVersion", "1", "$LATEST", "NOT_EQUAL")]
    assert differences(found["Rule"]) == [("/State", "ENABLED", "DISABLED", "NOT_EQUAL")]
    assert differences(found["Key"]) == [("/EnableKeyRotation", "true", "false", "NOT_EQUAL")]
    assert differences(found["Alarm"]) == [("/Threshold", "5", "50.0", "NOT_EQUAL")]
    assert found["Role"]["StackResourceDriftStatus"] == "IN_SYNC"


def test_what_has_no_reader_is_not_checked(local_cloud: Any) -> None:
    stack(local_cloud, TEMPLATE)
    client = local_cloud.client("cloudformation")
    _, found = detect(client)
    assert set(found) == {"Setting", "Jobs", "Group"}
    listed = client.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    statuses = {
        one["LogicalResourceId"]: one["DriftInformation"]["StackResourceDriftStatus"]
        for one in listed
    }
    assert statuses["Waiting"] == "NOT_CHECKED"


def test_a_set_knows_which_of_its_instances_have_drifted(sets: Sets) -> None:
    operation = look(sets)
    assert (operation["Action"], operation["Status"]) == ("DETECT_DRIFT", "SUCCEEDED")
    details = operation["StackSetDriftDetectionDetails"]
    assert (details["DriftStatus"], details["DriftDetectionStatus"]) == ("IN_SYNC", "COMPLETED")

    member = sets.cloud.client("ssm", MEMBER, "eu-central-1")
    member.put_parameter(Name="/shop/setting", Value="huge", Type="String", Overwrite=True)
    admin = sets.cloud.client("logs", ADMIN, "us-east-1")
    admin.put_retention_policy(logGroupName="/shop", retentionInDays=7)
    queues = sets.cloud.client("sqs", ADMIN, "eu-central-1")
    queues.delete_queue(QueueUrl=queues.get_queue_url(QueueName="shop-jobs")["QueueUrl"])

    operation = look(sets, OperationId="look-2")
    details = operation["StackSetDriftDetectionDetails"]
    assert operation["OperationId"] == "look-2"
    assert (details["TotalStackInstancesCount"], details["DriftedStackInstancesCount"]) == (4, 3)
    instances = {
        (one["Account"], one["Region"]): one["DriftStatus"]
        for one in sets.client.list_stack_instances(StackSetName="shop")["Summaries"]
    }
    assert instances.pop((MEMBER, "us-east-1")) == "IN_SYNC"
    assert set(instances.values()) == {"DRIFTED"}
    filtered = sets.client.list_stack_instances(
        StackSetName="shop", Filters=[{"Name": "DRIFT_STATUS", "Values": "IN_SYNC"}]
    )["Summaries"]
    assert [(one["Account"], one["Region"]) for one in filtered] == [(MEMBER, "us-east-1")]
    described = sets.client.describe_stack_set(StackSetName="shop")["StackSet"]
    assert described["StackSetDriftDetectionDetails"]["DriftStatus"] == "DRIFTED"
    assert sets.client.list_stack_sets()["Summaries"][0]["DriftStatus"] == "DRIFTED"

    def drifts(account: str, region: str, *statuses: str) -> dict[str, Any]:
        wanted = {"StackInstanceResourceDriftStatuses": list(statuses)} if statuses else {}
        found = sets.client.list_stack_instance_resource_drifts(
            StackSetName="shop", StackInstanceAccount=account, StackInstanceRegion=region,
            OperationId="look-2", **wanted,
        )["Summaries"]  # fmt: skip
        return {one["LogicalResourceId"]: one for one in found}

    changed = drifts(MEMBER, "eu-central-1", "MODIFIED", "DELETED")
    assert set(changed) == {"Setting"}
    assert differences(changed["Setting"]) == [("/Value", "small", "huge", "NOT_EQUAL")]
    assert set(drifts(ADMIN, "eu-central-1", "DELETED")) == {"Jobs"}
    assert len(drifts(ADMIN, "us-east-1")) == 3


def test_looking_for_drift_leaves_instances_as_current_as_they_were(sets: Sets) -> None:
    before = sets.statuses()
    look(sets)
    assert sets.statuses() == before
    assert set(before.values()) == {("CURRENT", "SUCCEEDED")}


def test_an_instance_whose_role_is_gone_cannot_be_checked(sets: Sets) -> None:
    sets.cloud.client("iam", MEMBER).delete_role(RoleName="shop-execution")
    operation = look(sets, OperationPreferences={"FailureTolerancePercentage": 100})
    assert operation["Status"] == "SUCCEEDED"
    assert operation["StatusDetails"]["FailedStackInstancesCount"] == 2
    details = operation["StackSetDriftDetectionDetails"]
    assert details["DriftDetectionStatus"] == "PARTIAL_SUCCESS"
    assert set(sets.statuses().values()) == {("CURRENT", "SUCCEEDED")}


def test_a_look_is_refused_while_another_operation_runs(local_cloud: Any) -> None:
    make_roles(local_cloud)
    sets = Sets(local_cloud, local_cloud.client("cloudformation", ADMIN))
    sets.create(SLOW)
    running = sets.start_instances([ADMIN], ["us-east-1"])
    with pytest.raises(sets.client.exceptions.OperationInProgressException, match=running):
        sets.client.detect_stack_set_drift(StackSetName="shop")
    signal_when_waiting(sets, ADMIN, "us-east-1")
    sets.wait(running)
    with pytest.raises(sets.client.exceptions.StackSetNotFoundException):
        sets.client.detect_stack_set_drift(StackSetName="other")
