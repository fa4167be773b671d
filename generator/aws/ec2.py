"""What EC2 tells of a region's network."""

from __future__ import annotations

from collections.abc import Iterable

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud


def prefix_lists(cloud: Cloud, services: Iterable[str], *, region: str) -> dict[str, str]:
    """Give the ids of services' prefix lists, which AWS manages: those that the region has.

    They are one for all accounts of a region.
    https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
    """
    names = {f"com.amazonaws.{region}.{service}": service for service in services}
    client = cloud.client("ec2", region=region)
    with aws_errors(f"looking for the addresses of {', '.join(names.values())} in {region}"):
        found = client.describe_managed_prefix_lists(
            Filters=[{"Name": "prefix-list-name", "Values": list(names)}]
        )["PrefixLists"]
    return {names[one["PrefixListName"]]: str(one["PrefixListId"]) for one in found}
