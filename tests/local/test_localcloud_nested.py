"""Nested stacks of the local cloud: held to every rule, and never lost."""

from typing import Any

import pytest
from localaws import reasons, stack

pytestmark = pytest.mark.local

PARENT = """
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "https://templates.s3.us-east-1.amazonaws.com/inner.yaml"}
"""
TAKEN = """
Resources:
  First: {Type: AWS::SQS::Queue, Properties: {QueueName: first}}
  Second:
    Type: AWS::Logs::LogGroup
    DependsOn: First
    Properties: {LogGroupName: /taken}
"""
UNKNOWN = """
Resources:
  First: {Type: AWS::SQS::Queue, Properties: {QueueNme: first}}
"""
RESOLVED = """
Resources:
  First:
    Type: AWS::SQS::Queue
    Properties: {QueueName: "{{resolve:ssm:/name}}"}
Outputs: {Name: {Value: !GetAtt First.QueueName}}
"""


@pytest.fixture
def cloud(local_cloud: Any) -> Any:
    local_cloud.client("s3").create_bucket(Bucket="templates")
    return local_cloud


def put(cloud: Any, template: str) -> None:
    """Put the inner template where the outer one looks for it."""
    cloud.client("s3").put_object(Bucket="templates", Key="inner.yaml", Body=template.encode())


def queues(cloud: Any) -> list[str]:
    return list(cloud.client("sqs").list_queues().get("QueueUrls", []))


def fail(cloud: Any, **options: Any) -> dict[str, Any]:
    """Create the stack, whose nested one fails on a name that is taken."""
    cloud.client("logs").create_log_group(logGroupName="/taken")
    put(cloud, TAKEN)
    cloud.client("cloudformation").create_stack(StackName="shop", TemplateBody=PARENT, **options)
    done: dict[str, Any] = cloud.wait_for_stack("shop")
    assert reasons(cloud)
    return done


def test_a_nested_stack_that_failed_stays_with_its_parent_and_goes_with_it(cloud: Any) -> None:
    assert fail(cloud, DisableRollback=True)["StackStatus"] == "CREATE_FAILED"
    aws = cloud.client("cloudformation")
    (inner,) = aws.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    assert inner["ResourceStatus"] == "CREATE_FAILED"
    (first, *_) = reasons(cloud, inner["PhysicalResourceId"])
    assert first.endswith("with identifier '/taken' already exists.")
    assert len(queues(cloud)) == 1
    aws.delete_stack(StackName="shop")
    cloud.until(lambda: not queues(cloud))


def test_a_parent_that_rolls_back_leaves_nothing_of_a_nested_stack(cloud: Any) -> None:
    assert fail(cloud)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert queues(cloud) == []


def test_resources_of_a_nested_stack_are_held_to_their_schema(cloud: Any) -> None:
    put(cloud, UNKNOWN)
    stack(cloud, PARENT, expect="ROLLBACK_COMPLETE")
    assert any("QueueNme" in reason for reason in reasons(cloud))


def test_dynamic_references_are_resolved_in_nested_stacks(cloud: Any) -> None:
    cloud.client("ssm").put_parameter(Name="/name", Value="looked-up", Type="String")
    put(cloud, RESOLVED)
    outputs = "Outputs: {Name: {Value: !GetAtt Inner.Outputs.Name}}"
    assert stack(cloud, f"{PARENT}{outputs}") == {"Name": "looked-up"}
