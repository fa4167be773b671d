"""IAM: whom a role trusts."""

from __future__ import annotations

from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


def trusted_services(cloud: Cloud, role: str, *, account: str, region: str) -> set[str] | None:
    """List the service principals that may assume a role; None when there is no such role."""
    client = cloud.client("iam", region=region, account=account)
    try:
        with aws_errors(f"looking at role {role} of account {account}"):
            # boto3 decodes the document.
            document = client.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    except AwsError as error:
        if error.code in {"NoSuchEntity", "NoSuchEntityException"}:
            return None
        raise
    return services_in(document)


def services_in(policy: dict[str, Any]) -> set[str]:
    """List the service principals that a trust policy allows."""
    found: set[str] = set()
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        if statement.get("Effect") == "Allow" and isinstance(principal, dict):
            services = principal.get("Service", [])
            found |= set(services if isinstance(services, list) else [services])
    return found
