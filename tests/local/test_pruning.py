"""`gen destroy --prune-releases`: old releases go from every region, none that may be wanted."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from small_environment import (
    REGIONS,
    TOOLS,
    DyingCloud,
    Environment,
    KilledError,
    Rows,
    roles,
)

from generator.aws import Cloud
from generator.deploy.release.pruning import PrunePlan, Pruning
from generator.deploy.release.releases import Releases
from generator.releases import Code, Record, Service, What

if TYPE_CHECKING:
    from conftest import LocalCloud

pytestmark = pytest.mark.local

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
A, B, C, D, E = (letter * 12 for letter in "abcde")
PRIMARY = f"shop-dev-artifacts-{TOOLS}-us-east-1"
COORDINATOR = f"releases/rollback-coordinator/{'9' * 64}.zip"


class Store:
    """Five releases, A the oldest; each has a package of its own, A and E share one more."""

    def __init__(self, cloud: LocalCloud, root: Path):
        self.environment, self.there = Environment(cloud, root), cloud
        self.service = Service.of_config(self.environment.config)
        for region, bucket in self.service.artifact_buckets.items():
            s3 = cloud.client("s3", region=region)
            where = {} if region == "us-east-1" else {"LocationConstraint": region}
            s3.create_bucket(
                Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {})
            )
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            for key in (self.package(x) for x in (*(A, B, C, D, E), "shared")):
                s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
            s3.put_object(Bucket=bucket, Key=COORDINATOR, Body=b"in use")
        self.releases = self.of(Cloud(endpoint=cloud.endpoint, account=TOOLS))
        for number, release in enumerate((A, B, C, D, E)):
            self.keep(release, built=START + timedelta(days=number))

    @staticmethod
    def package(name: str) -> str:
        return f"releases/orders/{name}.zip"

    def of(self, cloud: Cloud) -> Releases:
        times = (START + timedelta(hours=n) for n in range(1000))
        return Releases(cloud, self.service, by="me", now=lambda: next(times))

    def keep(self, release: str, *, built: datetime) -> None:
        functions = {"orders": Code(self.package(release), release)}
        if release in (A, E):
            functions["shared"] = Code(self.package("shared"), "shared")
        text = f"template of {release}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        record = Record(
            release=release, project="shop", environment="dev",
            template=Code(f"templates/service/{digest}.yaml", digest), parameters={},
            capabilities=(), tags={}, functions=functions, health_function=None, commit=None,
            built=built.isoformat(), built_by="me",
        )  # fmt: skip
        self.releases.keep(record, text)

    def plan(self, newest: int, cloud: Cloud | None = None) -> tuple[PrunePlan, Pruning]:
        cloud = cloud or Cloud(endpoint=self.there.endpoint, account=TOOLS)
        pruning = Pruning(self.of(cloud), cloud, Rows())
        return pruning.plan(newest), pruning

    def prune(self, newest: int, cloud: Cloud | None = None) -> PrunePlan:
        plan, pruning = self.plan(newest, cloud)
        pruning.run(plan)
        return plan

    def keys(self, region: str = "us-east-1", prefix: str = "releases/orders/") -> set[str]:
        found = self.there.client("s3", region=region).list_objects_v2(
            Bucket=self.service.artifact_buckets[region], Prefix=prefix
        )
        return {one["Key"] for one in found.get("Contents", ())}


@pytest.fixture
def store(local_cloud: LocalCloud, tmp_path: Path) -> Store:
    return Store(local_cloud, tmp_path)


def test_the_newest_stay_and_all_of_the_others_goes_from_every_region(store: Store) -> None:
    store.releases.note(What.GOOD, E)
    plan = store.prune(2)
    assert plan.pruned == (C, B, A)
    left = {store.package(name) for name in (D, E, "shared")}
    for region in REGIONS:
        assert store.keys(region) == left, "a package that a kept release shares is kept"
        assert store.keys(region, "releases/rollback") == {COORDINATOR}
    assert store.releases.ids() == [E, D]
    assert len(store.keys(prefix="templates/")) == 2
    assert store.plan(2)[0].pruned == (), "a second time there is nothing to do"


def test_what_is_current_last_good_or_may_be_restored_stays_however_old(store: Store) -> None:
    store.releases.note(What.GOOD, A)
    store.releases.note(What.GOOD, B)
    store.releases.note(What.DEPLOYING, C)
    plan = store.prune(1)
    assert {kept.release: kept.reason for kept in plan.kept} == {
        E: "one of the newest",
        C: "current",
        B: "last good",
    }
    assert store.releases.current() == C
    assert store.releases.last_good() == B
    assert {event.release for event in store.releases.history().events} == {B, C}


def test_what_instances_run_stays_with_the_packages_they_were_given(store: Store) -> None:
    store.environment.stack("roles", roles())
    store.environment.set("service", running(B, store.package(D)))
    plan = store.prune(1)
    assert {kept.release: kept.reason for kept in plan.kept} == {
        B: "runs",
        E: "one of the newest",
    }
    assert store.package(D) in store.keys("eu-central-1"), "somebody gave it to an instance"


def test_it_can_die_after_every_call_and_goes_on(store: Store) -> None:
    # Three regions, then templates, history and records.
    for after in range(1, 7):
        cloud: Any = DyingCloud(store.there.endpoint, after=after)
        try:
            store.prune(6 - min(after, 5), cloud)
        except KilledError:
            store.prune(6 - min(after, 5))
    assert store.releases.ids() == [E]
    for region in REGIONS:
        assert store.keys(region) == {store.package(E), store.package("shared")}


def test_without_a_bucket_there_is_nothing_to_prune(
    local_cloud: LocalCloud, tmp_path: Path
) -> None:
    environment = Environment(local_cloud, tmp_path)
    cloud = environment.cloud()
    releases = Releases(cloud, Service.of_config(environment.config), by="me")
    assert Pruning(releases, cloud, Rows()).plan(1).pruned == ()


def running(release: str, package: str) -> str:
    return f"""
Parameters:
  Release: {{Type: String, Default: {release}}}
  OrdersCodeKey: {{Type: String, Default: {package}}}
Resources:
  Queue: {{Type: AWS::SQS::Queue}}
"""
