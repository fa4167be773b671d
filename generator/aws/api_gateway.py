"""API Gateway: what an account has set for all its REST APIs in a region."""

from __future__ import annotations

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud


def log_role(cloud: Cloud, *, account: str, region: str) -> str | None:
    """Give the ARN of the role by which REST APIs there write logs; None when none is set."""
    client = cloud.client("apigateway", region=region, account=account)
    with aws_errors(f"reading the settings of API Gateway in {account}, {region}"):
        return client.get_account().get("cloudwatchRoleArn") or None
