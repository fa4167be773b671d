"""CloudFormation: the resources of stacks, and the stacks of resources."""

from __future__ import annotations

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


def logical_ids(cloud: Cloud, stack: str, *, account: str, region: str) -> frozenset[str]:
    """List the logical ids of what a stack has; nothing when there is no such stack."""
    client = cloud.client("cloudformation", region=region, account=account)
    try:
        with aws_errors(f"listing the resources of {stack} in {account} {region}"):
            return frozenset(
                row["LogicalResourceId"]
                for page in client.get_paginator("list_stack_resources").paginate(StackName=stack)
                for row in page["StackResourceSummaries"]
                if row["ResourceStatus"] != "DELETE_COMPLETE"
            )
    except AwsError as error:
        if error.code == "ValidationError" and "does not exist" in error.message:
            return frozenset()
        raise


def owner(
    cloud: Cloud, type_name: str, physical_id: str, *, account: str, region: str
) -> str | None:
    """Name the stack that a resource belongs to; None when it belongs to none.

    Empty when CloudFormation answers with a resource of another type that has the same id.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
    """
    client = cloud.client("cloudformation", region=region, account=account)
    try:
        with aws_errors(f"looking for the stack of {physical_id} in {account} {region}"):
            rows = client.describe_stack_resources(PhysicalResourceId=physical_id)["StackResources"]
    except AwsError as error:
        if error.code == "ValidationError" and "does not exist" in error.message:
            return None
        raise
    wanted = (type_name, physical_id)
    return next(
        (
            str(row["StackName"])
            for row in rows
            if (row.get("ResourceType"), row.get("PhysicalResourceId")) == wanted
        ),
        "",
    )
