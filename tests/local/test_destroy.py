"""`gen destroy` against the local cloud: what goes, what stays, and that it can die anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_environment import (
    HOME,
    OTHER,
    OWN,
    PARAMS,
    REGIONS,
    TOOLS,
    DyingCloud,
    Environment,
    KilledError,
    template,
)

from generator.deploy.removal.destroy import plan_destruction
from generator.errors import GenError

if TYPE_CHECKING:
    from conftest import LocalCloud, Project

pytestmark = pytest.mark.local

KEPT = {
    "shop-dev-archive-us-east-1", "shop-dev-source-us-east-1",
    *(f"shop-dev-{what}-{region}" for what in ("artifacts", "logs") for region in REGIONS),
}  # fmt: skip


@pytest.fixture
def environment(local_cloud: LocalCloud, tmp_path: Path) -> Environment:
    return Environment(local_cloud, tmp_path)


def test_all_stacks_go_in_reverse_order_and_all_data_stays(environment: Environment) -> None:
    environment.deploy()
    plan = environment.plan()
    assert {one.name for one in plan.retained} == KEPT | {"/shop/dev/release/current"}

    rows = environment.destroy()
    assert rows.units == ["pipeline", "service", "artifacts", "core", "roles"]
    assert environment.stacks() == set()
    assert environment.queues() == []
    assert environment.buckets() == KEPT
    parameters = environment.there.client("ssm").describe_parameters()["Parameters"]
    assert [one["Name"] for one in parameters] == ["/shop/dev/release/current"]
    assert environment.plan().removals == (), "a second time there is nothing to do"


def test_it_can_die_after_every_call_and_goes_on(environment: Environment) -> None:
    for after in range(1, 20):
        environment.there.reset()
        environment.deploy(protected=True)
        dying = DyingCloud(environment.there.endpoint, after=after)
        try:
            environment.destroy(dying, disable_protection=True)
        except KilledError:
            environment.destroy(disable_protection=True)
        assert environment.stacks() == set(), f"killed after call {after}"
        assert environment.buckets() == KEPT
        if dying.left > 0:
            break
    assert 8 <= after < 19, "two sets with their instances, four stacks, one of them protected"


def test_protected_stacks_stay_until_that_is_said(environment: Environment) -> None:
    environment.deploy(protected=True)
    with pytest.raises(GenError, match=r"shop-dev-core .* is protected from deletion"):
        environment.destroy()
    assert "shop-dev-pipeline" in environment.stacks(), "refused before anything is deleted"
    environment.destroy(disable_protection=True)
    assert environment.stacks() == set()


def test_a_stack_of_that_name_which_gen_did_not_make_is_left(environment: Environment) -> None:
    environment.deploy(pipeline_tags=OWN | {"ManagedBy": "somebody"})
    plan = environment.plan()
    assert [(left.what, "ManagedBy is somebody" in left.why) for left in plan.left] == [
        ("shop-dev-pipeline", True)
    ]
    environment.stack("other", template())
    environment.destroy()
    assert environment.stacks() == {"shop-dev-pipeline", "shop-dev-other"}


def test_instances_that_nobody_named_stay_with_all_they_rely_on(environment: Environment) -> None:
    environment.deploy()
    environment.instances("service", ("eu-west-1",))
    environment.destroy()
    assert {name for name in environment.stacks() if not name.startswith("StackSet-")} == {
        "shop-dev-service", "shop-dev-artifacts", "shop-dev-core", "shop-dev-roles",
    }  # fmt: skip
    left = environment.aws.list_stack_instances(StackSetName="shop-dev-service")["Summaries"]
    assert [row["Region"] for row in left] == ["eu-west-1"]
    assert environment.plan().removals == ()

    environment.destroy(all_instances=True)
    assert environment.stacks() == set()


def test_a_resource_that_cannot_be_deleted_is_named_with_its_line(
    environment: Environment,
) -> None:
    text = "Resources:\n  Full:\n    Type: AWS::S3::Bucket\n"
    environment.stack("core", text)
    held = environment.aws.describe_stack_resources(StackName="shop-dev-core")["StackResources"]
    bucket = held[0]["PhysicalResourceId"]
    environment.there.client("s3").put_object(Bucket=bucket, Key="a", Body=b"a")
    build = environment.root / "build"
    for folder in ("templates", "sources"):
        (build / folder).mkdir(parents=True)
    (build / "templates/core.yaml").write_text(text)
    rows = [["templates/core.yaml.j2", number] for number in range(70, 80)]
    (build / "sources/core.json").write_text(json.dumps(rows))
    with pytest.raises(GenError) as failed:
        environment.destroy()
    problem = failed.value.problems[0]
    assert problem.where == "templates/core.yaml.j2:71"
    assert "Full (AWS::S3::Bucket) DELETE_FAILED" in problem.message
    assert "shop-dev-core" in environment.stacks()

    environment.there.client("s3").delete_object(Bucket=bucket, Key="a")
    environment.destroy()
    assert environment.stacks() == set()


def test_an_account_that_cannot_be_reached_is_left_to_its_owner(
    environment: Environment,
) -> None:
    file = environment.root / "params/dev.yaml"
    file.write_text(
        PARAMS.replace(
            'tools_account: "111111111111"',
            'tools_account: "111111111111", accounts: ["111111111111", "222222222222"]',
        )
    )
    environment.deploy()
    cloud = environment.cloud()
    cloud.reaches = lambda account: account == TOOLS  # type: ignore[method-assign]
    plan = plan_destruction(environment.config, cloud)
    assert [left.what for left in plan.left] == [
        f"shop-dev-execution-role in {OTHER} {HOME}, if it is there"
    ]
    assert "delete-stack --stack-name shop-dev-execution-role" in plan.left[0].to_do


def test_a_person_sees_the_plan_and_confirms_by_name(project: Project) -> None:
    project.deploy()
    asked = ("destroy", "-e", "dev", "--local")
    assert "say --yes" in project.gen(*asked, code=2)
    said = project.gen(*asked, "--yes")
    assert "StackSet orders-dev-service" in said
    assert "orders-dev-artifacts-111111111111-eu-central-1" in said
    assert "is deleted, but for what was kept" in said
    assert "nothing to do" in project.gen(*asked, "--yes")
    # Honest about what comes next.
    assert "cannot be deployed again" in said
    assert "P201" in project.gen("deploy", "-e", "dev", "--local", code=1)
