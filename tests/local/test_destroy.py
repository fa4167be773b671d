"""`gen destroy` against the local cloud: what goes, what stays, and that it can die anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator.aws import Cloud
from generator.config import Config, load
from generator.deploy.destroy import DestroyPlan, plan_destruction
from generator.deploy.removal import Destruction
from generator.errors import GenError
from generator.releases import Service

if TYPE_CHECKING:
    from conftest import LocalCloud, Project

pytestmark = pytest.mark.local

TOOLS, OTHER = "111111111111", "222222222222"
HOME, REGIONS = "us-east-1", ("us-west-2", "us-east-1", "eu-central-1")
PARAMS = """\
project: shop
environment: dev
tags: {Owner: team, CostCenter: CC-1}
regions:
  primary: us-east-1
  waves: [[us-west-2], [us-east-1, eu-central-1]]
targets: {tools_account: "111111111111"}
functions: {orders: {source: lambda_code/orders, routes: [GET /health]}}
"""
OWN = {"Project": "shop", "Environment": "dev", "ManagedBy": "gen"}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"AWS": TOOLS, "Service": "cloudformation.amazonaws.com"}}]}  # fmt: skip


def role(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": name, "AssumeRolePolicyDocument": TRUST},
    }


def template(*kept: str, extra: dict[str, Any] | None = None) -> str:
    """A queue, which goes, and buckets, which stay."""
    buckets = {
        f"Bucket{number}": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "RetainExceptOnCreate",
            "Properties": {"BucketName": {"Fn::Sub": f"shop-dev-{name}-${{AWS::Region}}"}},
        }
        for number, name in enumerate(kept)
    }
    queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
    return json.dumps({"Resources": queue | buckets | (extra or {})})


class Environment:
    """A deployed environment of small stacks under the names and tags of the real ones."""

    def __init__(self, cloud: LocalCloud, root: Path):
        (root / "params").mkdir()
        (root / "lambda_code/orders").mkdir(parents=True)
        (root / "lambda_code/orders/app.py").write_text("def handler(event, context): ...\n")
        (root / "params/dev.yaml").write_text(PARAMS)
        self.root, self.there = root, cloud
        self.aws = cloud.client("cloudformation")

    @property
    def config(self) -> Config:
        return load(self.root, "dev").config

    def deploy(self, *, pipeline_tags: dict[str, str] = OWN, protected: bool = False) -> None:
        roles = template(
            extra={
                "A": role("shop-dev-StackSetAdministration"),
                "E": role("shop-dev-StackSetExecution"),
            }
        )
        self.stack("roles", roles)
        self.stack("core", template("archive"), protected=protected)
        self.set("artifacts", template("artifacts"))
        self.set("service", template("logs"))
        self.stack("pipeline", template("source"), tags=pipeline_tags)
        ssm = self.there.client("ssm")
        ssm.put_parameter(Name="/shop/dev/release/current", Value="none", Type="String")

    def stack(
        self, unit: str, text: str, *, tags: dict[str, str] = OWN, protected: bool = False
    ) -> None:
        self.aws.create_stack(
            StackName=f"shop-dev-{unit}", TemplateBody=text, Tags=spelled(tags),
            Capabilities=["CAPABILITY_NAMED_IAM"], EnableTerminationProtection=protected,
        )  # fmt: skip
        made = self.there.wait_for_stack(f"shop-dev-{unit}")
        assert made["StackStatus"] == "CREATE_COMPLETE"

    def set(self, unit: str, text: str, regions: tuple[str, ...] = REGIONS) -> None:
        name = f"shop-dev-{unit}"
        self.aws.create_stack_set(
            StackSetName=name, TemplateBody=text, Tags=spelled(OWN),
            AdministrationRoleARN=f"arn:aws:iam::{TOOLS}:role/shop-dev-StackSetAdministration",
            ExecutionRoleName="shop-dev-StackSetExecution",
        )  # fmt: skip
        self.instances(unit, regions)

    def instances(self, unit: str, regions: tuple[str, ...]) -> None:
        operation = self.aws.create_stack_instances(
            StackSetName=f"shop-dev-{unit}", Accounts=[TOOLS], Regions=list(regions)
        )["OperationId"]
        self.there.until(
            lambda: self.aws.describe_stack_set_operation(
                StackSetName=f"shop-dev-{unit}", OperationId=operation
            )["StackSetOperation"]["Status"],
            lambda status: status == "SUCCEEDED",
        )

    def cloud(self) -> Cloud:
        return Cloud(endpoint=self.there.endpoint, account=TOOLS)

    def plan(self, **options: Any) -> DestroyPlan:
        return plan_destruction(self.config, self.cloud(), **options)

    def destroy(
        self, cloud: Cloud | None = None, *, disable_protection: bool = False, **options: Any
    ) -> Rows:
        rows = Rows()
        cloud = cloud or self.cloud()
        plan = plan_destruction(self.config, cloud, **options)
        plan.check(disable_protection=disable_protection)
        service = Service.of_config(self.config)
        Destruction(plan, service, cloud, rows, build=self.root / "build").run()
        return rows

    def stacks(self) -> set[str]:
        """Name every stack and set that there is, anywhere."""
        found = set()
        for account in (TOOLS, OTHER):
            for region in REGIONS:
                aws = self.there.client("cloudformation", account, region)
                stacks = aws.describe_stacks()["Stacks"]
                sets = aws.list_stack_sets(Status="ACTIVE")["Summaries"]
                found |= {s["StackName"] for s in stacks if s["StackStatus"] != "DELETE_COMPLETE"}
                found |= {s["StackSetName"] for s in sets}
        return found

    def buckets(self) -> set[str]:
        return {one["Name"] for one in self.there.client("s3").list_buckets()["Buckets"]}

    def queues(self) -> list[str]:
        return [
            url
            for region in REGIONS
            for url in self.there.client("sqs", region=region).list_queues().get("QueueUrls", [])
        ]


KEPT = {
    "shop-dev-archive-us-east-1", "shop-dev-source-us-east-1",
    *(f"shop-dev-{what}-{region}" for what in ("artifacts", "logs") for region in REGIONS),
}  # fmt: skip


def spelled(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class Rows:
    """What was told."""

    def __init__(self) -> None:
        self.units: list[str] = []

    def begin(self, unit: str, purpose: str) -> None:
        self.units.append(unit)

    def row(self, row: object) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self, result: str) -> None: ...
    def close(self) -> None: ...


class KilledError(BaseException):
    """The process is no more."""


class DyingCloud(Cloud):
    """Ends the process right after its n-th writing call took effect."""

    def __init__(self, endpoint: str, *, after: int):
        super().__init__(endpoint=endpoint, account=TOOLS)
        self.left = after

    def client(self, service: str, *, region: str, account: str | None = None) -> Any:
        return _Dying(super().client(service, region=region, account=account), self)


class _Dying:
    def __init__(self, client: Any, cloud: DyingCloud):
        self._client, self._cloud = client, cloud

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self._client, method)

        def made(**arguments: Any) -> Any:
            answer = call(**arguments)
            if not method.startswith(("describe_", "list_", "get_")):
                self._cloud.left -= 1
                if self._cloud.left == 0:
                    raise KilledError
            return answer

        return made


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
    assert "already exists" in project.gen("deploy", "-e", "dev", "--local", code=1)
