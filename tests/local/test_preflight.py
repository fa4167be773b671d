"""Preflight against the local cloud: it finds what would fail there, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builds import HOME, TOOLS, unit, write_build
from localaws import stack

from generator.aws import Cloud
from generator.build.folder import write
from generator.build.make import make
from generator.build.manifest import Manifest
from generator.config import load
from generator.preflight import Changes, Finding, preflight
from generator.units import Kind, Pair

pytestmark = [pytest.mark.local, pytest.mark.xdist_group("preflight")]

OTHER = "222222222222"
AWAY = "af-south-1"
ROOT = Path(__file__).parents[2]
HEAD = "Parameters: {Project: {Type: String}, Environment: {Type: String}}\nResources:\n"
BUCKET = HEAD + "  Store: {Type: AWS::S3::Bucket, Properties: {BucketName: shop-dev-store}}\n"
ROLE = (
    HEAD
    + """\
  Access:
    Type: AWS::IAM::Role
    Properties:
      RoleName: shop-dev-access
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
"""
)
RECORD = (
    HEAD
    + """\
  Record:
    Type: AWS::Route53::RecordSet
    Properties: {HostedZoneId: "%s", Name: api.shop.example.com, Type: A}
"""
)
NETWORK = HEAD + "  Network: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}\n"

Look = Callable[..., list[Finding]]


@pytest.fixture
def look(local_cloud: Any, tmp_path: Path) -> Look:
    """Look at a build of one stack that is about to be made."""

    def at(template: str, *, pairs: tuple[Pair, ...] = ((TOOLS, HOME),), **more: Any) -> Any:
        build = write_build(tmp_path, [(unit("core", Kind.STACK, pairs), template)])
        cloud = Cloud(endpoint=local_cloud.endpoint, account=TOOLS)
        changes = Changes(**more) if more else Changes(created={"core": pairs})
        return preflight(build, tmp_path, cloud, changes=changes)

    return at


def words(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.problem.message) for finding in findings]


def test_a_bucket_name_that_another_account_has_is_found(local_cloud: Any, look: Look) -> None:
    assert look(BUCKET) == []
    local_cloud.client("s3", OTHER).create_bucket(Bucket="shop-dev-store")
    [found] = look(BUCKET)
    assert words([found]) == [
        ("P201", "111111111111 us-east-1: bucket name shop-dev-store is taken, by another account")
    ]
    assert found.problem.where == "templates/core.yaml.j2:3"


def test_a_bucket_of_the_account_itself_is_found_unless_it_is_the_stacks(
    local_cloud: Any, look: Look
) -> None:
    stack(local_cloud, BUCKET, name="shop-dev-core", Project="shop", Environment="dev")
    # Its own: somebody deployed in between.
    assert look(BUCKET) == []
    assert look(BUCKET, updated={"core": ((TOOLS, HOME),)}) == []
    local_cloud.reset()
    local_cloud.client("s3").create_bucket(Bucket="shop-dev-store")
    assert words(look(BUCKET)) == [
        (
            "P201",
            "111111111111 us-east-1: bucket shop-dev-store exists already, and belongs to no"
            " stack there",
        )
    ]


def test_a_role_of_another_stack_is_found(local_cloud: Any, look: Look) -> None:
    stack(local_cloud, ROLE, name="theirs", Project="shop", Environment="dev")
    [found] = look(ROLE)
    assert words([found]) == [
        (
            "P202",
            "111111111111 us-east-1: IAM Role shop-dev-access exists already, and belongs to stack"
            " theirs",
        )
    ]


def test_a_region_that_an_account_does_not_have_is_found(local_cloud: Any, look: Look) -> None:
    pairs = ((OTHER, AWAY),)
    assert look(BUCKET, pairs=pairs) == []
    for account in (OTHER, TOOLS):
        message = {"account": account, "region": AWAY, "enabled": False}
        local_cloud.post("/_localcloud/regions", message)
    assert words(look(BUCKET, pairs=pairs)) == [
        ("P102", "region af-south-1 is not enabled in account 111111111111"),
        ("P102", "region af-south-1 is not enabled in account 222222222222"),
    ]
    local_cloud.post("/_localcloud/regions", {"account": TOOLS, "region": AWAY, "enabled": True})
    assert [code for code, _ in words(look(BUCKET, pairs=pairs))] == ["P102"]


def test_a_zone_that_is_missing_or_of_another_name_is_found(local_cloud: Any, look: Look) -> None:
    assert words(look(RECORD % "Z0MISSING")) == [
        (
            "P501",
            "account 111111111111 has no hosted zone Z0MISSING, in which api.shop.example.com is"
            " to be",
        )
    ]
    route53 = local_cloud.client("route53")

    def make(name: str) -> Any:
        return route53.create_hosted_zone(Name=name, CallerReference=name)

    other = make("example.org")["HostedZone"]["Id"].rpartition("/")[2]
    assert [code for code, _ in words(look(RECORD % other))] == ["P501"]
    ours = make("shop.example.com")
    zone = ours["HostedZone"]["Id"].rpartition("/")[2]
    assert look(RECORD % zone) == []
    parent = make("example.com")["HostedZone"]["Id"]
    assert [code for code, _ in words(look(RECORD % zone))] == ["P502"]
    servers = [{"Value": server} for server in ours["DelegationSet"]["NameServers"]]
    record = {"Name": "shop.example.com", "Type": "NS", "TTL": 300, "ResourceRecords": servers}
    route53.change_resource_record_sets(
        HostedZoneId=parent,
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
    )
    assert look(RECORD % zone) == []
    taken = record | {"Name": "api.shop.example.com", "Type": "A"}
    taken["ResourceRecords"] = [{"Value": "192.0.2.1"}]
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": taken}]},
    )
    assert [code for code, _ in words(look(RECORD % zone))] == ["P503"]


def test_a_quota_is_what_the_account_asked_for(local_cloud: Any, look: Look) -> None:
    ec2 = local_cloud.client("ec2")
    there = len(ec2.describe_vpcs()["Vpcs"])
    for n in range(5 - there):
        ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")
    assert words(look(NETWORK)) == [
        ("P409", "111111111111 us-east-1: 1 new VPCs, but 5 of the quota of 5 are used")
    ]
    more = {"service": "vpc", "code": "L-F678F1CE", "account": TOOLS, "region": HOME, "value": 6}
    local_cloud.post("/_localcloud/quotas", more)
    assert look(NETWORK) == []


Builds = dict[str, tuple[Manifest, Path]]


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    """Render the project's own environments."""
    root, found = tmp_path_factory.mktemp("builds"), {}
    for environment in ("dev", "prod"):
        build = make(ROOT, load(ROOT, environment), cache=ROOT / "build" / "cache")
        found[environment] = build.manifest, write(root, environment, build.files)
    return found


def everything(manifest: Manifest) -> Changes:
    return Changes(created={unit.name: unit.pairs for unit in manifest.units})


@pytest.mark.parametrize(("environment", "most"), [("dev", 100), ("prod", 210)])
def test_the_projects_own_environments_have_no_findings(
    local_cloud: Any, builds: Builds, environment: str, most: int
) -> None:
    manifest, folder = builds[environment]
    cloud = Cloud(endpoint=local_cloud.endpoint, account=TOOLS)
    assert preflight(manifest, folder, cloud, changes=everything(manifest)) == []
    assert local_cloud.writes() == []
    calls = [call for call in local_cloud.calls() if call["source"] == "client"]
    assert len(calls) <= most
    assert preflight(manifest, folder, cloud, changes=Changes()) == []
    assert len(local_cloud.calls()) == len(calls)


def documented_actions() -> list[str]:
    manual = (ROOT / "docs" / "preflight.md").read_text().partition("\n## What it asks")[2]
    return [action for action in re.findall(r"`([a-z0-9-]+:\w+)`", manual) if action]


def as_role(cloud: Any, monkeypatch: pytest.MonkeyPatch, actions: list[str]) -> Cloud:
    """Connect as a role that may do this and nothing else, every call judged."""
    iam = cloud.client("iam")
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"AWS": TOOLS}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="looker", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    iam.put_role_policy(
        RoleName="looker", PolicyName="look",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )  # fmt: skip
    role = f"arn:aws:iam::{TOOLS}:role/looker"
    session = cloud.post("/_localcloud/credentials", {"role": role})
    for name, key in (
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ):
        monkeypatch.setenv(name, session[key])
    cloud.post("/_localcloud/iam", {"enforce": True})
    return Cloud(endpoint=cloud.endpoint, account=TOOLS, own_credentials=True)


@pytest.fixture
def judged(local_cloud: Any) -> Iterator[Any]:
    yield local_cloud
    local_cloud.post("/_localcloud/iam", {"enforce": False})


def test_the_actions_that_the_manual_names_are_enough(
    judged: Any, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, folder = builds["dev"]
    cloud = as_role(judged, monkeypatch, documented_actions())
    assert preflight(manifest, folder, cloud, changes=everything(manifest)) == []


def test_without_any_rights_everything_is_a_warning(
    judged: Any, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, folder = builds["dev"]
    cloud = as_role(judged, monkeypatch, ["sts:GetCallerIdentity"])
    found = preflight(manifest, folder, cloud, changes=everything(manifest))
    # Whoever may nothing is still told of a bucket that it does not exist.
    assert {"P102", "P202", "P401", "P402", "P405", "P411"} <= {f.code for f in found}
    assert not any(finding.stops for finding in found)
    assert all("could not be looked at" in finding.problem.message for finding in found)
