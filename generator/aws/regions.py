"""EC2: the regions that an account can use."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud


@dataclass(frozen=True, slots=True)
class RegionState:
    """Whether an account can use a region."""

    enabled: bool
    opt_in: bool
    """Disabled until the account asks for it."""


def region_states(cloud: Cloud, *, account: str, region: str) -> dict[str, RegionState]:
    """Describe all regions as an account sees them, asked in one that it has.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
    """
    client = cloud.client("ec2", region=region, account=account)
    with aws_errors(f"looking at the regions of account {account}"):
        rows = client.describe_regions(AllRegions=True)["Regions"]
    return {
        row["RegionName"]: RegionState(
            enabled=row["OptInStatus"] != "not-opted-in",
            opt_in=row["OptInStatus"] != "opt-in-not-required",
        )
        for row in rows
    }
