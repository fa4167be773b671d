"""Networks of functions, deployed to the local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local

REGIONS = ("us-west-2", "us-east-1", "eu-central-1")


def test_a_managed_network_lets_functions_out_to_each_region_s_own_services_only(
    project: Project,
) -> None:
    project.edit("params/dev.yaml", "delivery:", "network: {mode: managed}\ndelivery:")
    project.deploy()
    outputs = project.outputs()
    lists = set()
    for region in REGIONS:
        ec2 = project.cloud.client("ec2", region=region)
        group = outputs[region]["FunctionsSecurityGroupId"]
        (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        ways = found["IpPermissionsEgress"]
        assert not any(way.get("IpRanges") for way in ways), ways
        lists |= {each["PrefixListId"] for way in ways for each in way.get("PrefixListIds", ())}
        assert project.client(region).call("GET", "/health")[0] == 200
    assert len(lists) == 2 * len(REGIONS), "those of S3 and DynamoDB, each region's own"
    before = len(project.cloud.writes())
    project.gen("deploy", "-e", "dev", "--local")
    assert project.cloud.writes()[before:] == []
