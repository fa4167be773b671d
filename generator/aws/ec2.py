"""EC2: the addresses of AWS's own services in a region."""

from __future__ import annotations

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud


def prefix_list(cloud: Cloud, service: str, *, account: str, region: str) -> str | None:
    """Give the id of a service's prefix list; None where the region has none."""
    client = cloud.client("ec2", region=region, account=account)
    with aws_errors(f"looking for the addresses of {service} in {account}, {region}"):
        found = client.describe_managed_prefix_lists(
            Filters=[{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{region}.{service}"]}]
        )["PrefixLists"]
    return str(found[0]["PrefixListId"]) if found else None
