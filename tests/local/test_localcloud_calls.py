"""The call log tells what was called, by whom, where, and whether it wrote."""

import json
from typing import Any

import pytest
from local.conftest import run

pytestmark = pytest.mark.local


def last(cloud: Any) -> dict[str, Any]:
    found: dict[str, Any] = cloud.calls()[-1]
    return {key: value for key, value in found.items() if key != "time"}


def test_a_call_is_logged_with_its_place_and_outcome(local_cloud: Any) -> None:
    sqs = local_cloud.client("sqs", "222222222222", "eu-west-1")
    sqs.create_queue(QueueName="first")
    assert last(local_cloud) == {
        "service": "sqs",
        "action": "CreateQueue",
        "account": "222222222222",
        "region": "eu-west-1",
        "write": True,
        "status": 200,
        "error": None,
        "source": "client",
    }


def test_a_refused_call_is_logged_with_its_error(local_cloud: Any) -> None:
    cloudformation = local_cloud.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.StackSetNotFoundException):
        cloudformation.describe_stack_set(StackSetName="nothing")
    logged = last(local_cloud)
    assert (logged["error"], logged["status"]) == ("StackSetNotFoundException", 404)

    ssm = local_cloud.client("ssm")
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/nothing")
    assert last(local_cloud)["error"] == "ParameterNotFound"


# Service, method, parameters, what the log says, whether it writes.
QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue}}"
CALLS: list[tuple[str, str, dict[str, Any], str, bool]] = [
    ("sts", "get_caller_identity", {}, "GetCallerIdentity", False),
    ("s3", "create_bucket", {"Bucket": "logged"}, "CreateBucket", True),
    ("s3", "list_buckets", {}, "ListBuckets", False),
    ("s3", "head_bucket", {"Bucket": "ready"}, "HeadBucket", False),
    ("s3", "put_object", {"Bucket": "ready", "Key": "a/b", "Body": b"x"}, "PutObject", True),
    ("s3", "list_objects_v2", {"Bucket": "ready"}, "ListObjectsV2", False),
    ("lambda", "list_functions", {}, "ListFunctions", False),
    ("cloudformation", "validate_template", {"TemplateBody": QUEUE}, "ValidateTemplate", False),
    ("cloudformation", "describe_stacks", {}, "DescribeStacks", False),
    ("iam", "list_roles", {}, "ListRoles", False),
    ("logs", "create_log_group", {"logGroupName": "/x"}, "CreateLogGroup", True),
    ("ssm", "get_parameters_by_path", {"Path": "/"}, "GetParametersByPath", False),
    ("dynamodb", "list_tables", {}, "ListTables", False),
    ("apigatewayv2", "get_apis", {}, "GetApis", False),
    ("apigatewayv2", "create_api", {"Name": "a", "ProtocolType": "HTTP"}, "CreateApi", True),
    ("cloudwatch", "describe_alarms", {}, "DescribeAlarms", False),
    ("events", "put_rule", {"Name": "r", "ScheduleExpression": "rate(1 day)"}, "PutRule", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("service", "method", "parameters", "action", "writes"),
    CALLS,
    ids=[f"{row[0]}-{row[1]}" for row in CALLS],
)
def test_actions_are_named_and_told_apart(
    local_cloud: Any,
    service: str,
    method: str,
    parameters: dict[str, Any],
    action: str,
    writes: bool,
) -> None:
    local_cloud.client("s3").create_bucket(Bucket="ready")
    getattr(local_cloud.client(service), method)(**parameters)
    logged = last(local_cloud)
    assert (logged["action"], logged["write"]) == (action, writes)


def test_reading_alone_leaves_no_write(local_cloud: Any) -> None:
    local_cloud.client("cloudformation").list_stack_sets()
    local_cloud.client("s3").list_buckets()
    assert local_cloud.writes() == []
    local_cloud.client("s3").create_bucket(Bucket="written")
    assert local_cloud.writes() == ["s3:CreateBucket"]


def test_the_log_is_printed_by_a_command(local_cloud: Any) -> None:
    local_cloud.client("sts").get_caller_identity()
    printed = [json.loads(line) for line in run("calls", local_cloud.home).splitlines()]
    assert [call["action"] for call in printed] == ["GetCallerIdentity"]
    assert printed == local_cloud.calls()
