"""Quotas, and how much of them is used: Service Quotas, and the services' own counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


def service_quota(
    cloud: Cloud, service: str, code: str, *, default: int, account: str, region: str
) -> int:
    """Read the value that applies in an account and region.

    Service Quotas does not have every quota in every region; then it is the documented default.
    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
    """
    client = cloud.client("service-quotas", region=region, account=account)
    try:
        with aws_errors(f"reading quota {code} of {service} in {account} {region}"):
            return int(
                client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"]
            )
    except AwsError as error:
        if error.code == "NoSuchResourceException":
            return default
        raise


def iam_summary(cloud: Cloud, *, account: str, region: str) -> dict[str, int]:
    """Read what an account has of IAM's things, and may have: Roles and RolesQuota, and so on.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
    """
    client = cloud.client("iam", region=region, account=account)
    with aws_errors(f"reading the summary of account {account}"):
        return {name: int(n) for name, n in client.get_account_summary()["SummaryMap"].items()}


def unreserved_concurrency(cloud: Cloud, *, account: str, region: str) -> int:
    """Read how many executions no function has reserved.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
    """
    client = cloud.client("lambda", region=region, account=account)
    with aws_errors(f"reading the concurrency left in {account} {region}"):
        return int(client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"])


_COUNTED: dict[str, tuple[str, str, str]] = {
    "AWS::ApiGateway::RestApi": ("apigateway", "get_rest_apis", "items"),
    "AWS::ApiGatewayV2::Api": ("apigatewayv2", "get_apis", "Items"),
    "AWS::EC2::VPC": ("ec2", "describe_vpcs", "Vpcs"),
    "AWS::Logs::ResourcePolicy": ("logs", "describe_resource_policies", "resourcePolicies"),
}


def count(cloud: Cloud, type_name: str, *, account: str, region: str) -> int:
    """Count an account's resources of a type in a region."""
    service, method, rows = _COUNTED[type_name]
    client = cloud.client(service, region=region, account=account)
    with aws_errors(f"counting resources of type {type_name} in {account} {region}"):
        return sum(len(page[rows]) for page in client.get_paginator(method).paginate())


def count_stacks(cloud: Cloud, *, account: str, region: str) -> int:
    """Count the stacks of an account and region, without those that are deleted."""
    client = cloud.client("cloudformation", region=region, account=account)
    with aws_errors(f"counting the stacks in {account} {region}"):
        rows = _rows(client, "list_stacks", "StackSummaries")
        return sum(row["StackStatus"] != "DELETE_COMPLETE" for row in rows)


def stack_set_names(cloud: Cloud, *, account: str, region: str) -> frozenset[str]:
    """List the names of all StackSets."""
    client = cloud.client("cloudformation", region=region, account=account)
    with aws_errors(f"listing the StackSets of {account}"):
        rows = _rows(client, "list_stack_sets", "Summaries", Status="ACTIVE")
        return frozenset(row["StackSetName"] for row in rows)


def _rows(client: Any, method: str, key: str, **arguments: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(method).paginate(**arguments):
        yield from page[key]
