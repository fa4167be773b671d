"""An environment of small stacks under the names and tags of the real ones, to be taken apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generator.aws import Cloud
from generator.config import Config, load
from generator.deploy.removal.destroy import DestroyPlan, plan_destruction
from generator.deploy.removal.removal import Destruction
from generator.releases import Service

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


def roles() -> str:
    """The roles that StackSets act by."""
    return template(
        extra={
            "A": role("shop-dev-StackSetAdministration"),
            "E": role("shop-dev-StackSetExecution"),
        }
    )


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

    def __init__(self, cloud: Any, root: Path):
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
        self.stack("roles", roles())
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
