"""`gen import` against the local cloud: stacks that others made go on as instances of a set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from localaws import stack
from stack_sets import ADMIN, ADMINISTRATION_ROLE, EXECUTION_ROLE, MEMBER, TEMPLATE, make_roles

from generator.aws import Cloud
from generator.build.manifest import BuiltUnit, Manifest
from generator.deploy.importing import Import
from generator.deploy.progress import Row
from generator.errors import GenError
from generator.plan.imports import Arn, ImportPlan
from generator.units import Kind

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local
NAME = "shop-dev-service"
UNIT = BuiltUnit(
    name="service", kind=Kind.STACK_SET, stack_name=NAME, template="service.yaml",
    sources="service.json", parameters={"Size": "small", "Color": "red"},
    waves=(((ADMIN, "us-east-1"), (MEMBER, "us-east-1")),), needs_code=False, capabilities=(),
)  # fmt: skip
MANIFEST = Manifest(
    project="shop", environment="dev", release="0123456789ab", inputs="", tools_account=ADMIN,
    primary_region="us-east-1", administration_role=ADMINISTRATION_ROLE,
    execution_role=EXECUTION_ROLE, assume_role=None, artifact_buckets={}, tags={},
    bake_minutes=0, health_function=None, units=(UNIT,), functions=(), files={},
)  # fmt: skip


class Silence:
    def begin(self, unit: str, purpose: str) -> None: ...
    def row(self, row: Row) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self, result: str) -> None: ...
    def close(self) -> None: ...


@pytest.fixture
def work(local_cloud: Any, tmp_path: Path) -> Import:
    make_roles(local_cloud)
    (tmp_path / "service.yaml").write_text(TEMPLATE)
    (tmp_path / "service.json").write_text("[]")
    cloud = Cloud(endpoint=local_cloud.endpoint, account=ADMIN)
    return Import(MANIFEST, tmp_path, UNIT, cloud, Silence())


@pytest.fixture
def made(local_cloud: Any) -> Callable[..., Arn]:
    """Make a stack by other means."""

    def make(account: str = ADMIN, template: str = TEMPLATE, **values: str) -> Arn:
        stack(local_cloud, template, name=NAME, account=account, **values)
        client = local_cloud.client("cloudformation", account)
        found = Arn.parse(client.describe_stacks(StackName=NAME)["Stacks"][0]["StackId"])
        assert found is not None
        return found

    return make


def refused(plan: ImportPlan) -> list[str]:
    return [problem.message for problem in plan.problems]


def test_stacks_of_two_accounts_become_instances_of_a_new_set(
    local_cloud: Any, work: Import, made: Callable[..., Arn]
) -> None:
    stacks = [made(), made(MEMBER, Size="big")]
    plan = work.plan(stacks)
    assert plan.creates
    assert [len(one.overrides) for one in plan.stacks] == [0, 1]
    assert work.run(plan)
    client = local_cloud.client("cloudformation", ADMIN)
    rows = client.list_stack_instances(StackSetName=NAME)["Summaries"]
    assert {(one["Account"], one["StackId"], one["Status"]) for one in rows} == {
        (ADMIN, stacks[0].text, "CURRENT"),
        (MEMBER, stacks[1].text, "CURRENT"),
    }
    again = work.plan(stacks)
    assert [one.done for one in again.stacks] == [True, True]
    assert not work.run(again)


def test_another_template_is_refused_before_anything_is_made(
    local_cloud: Any, work: Import, made: Callable[..., Arn]
) -> None:
    plan = work.plan([made(template=TEMPLATE.replace("Default: red", "Default: blue"))])
    assert plan.stacks[0].differences == (
        "Color (Parameter) Default: blue in the stack, red in the set",
    )
    with pytest.raises(GenError, match="its template is not that of"):
        work.run(plan)
    assert local_cloud.client("cloudformation", ADMIN).list_stack_sets()["Summaries"] == []


def test_a_stack_that_is_rolled_back_is_refused(
    local_cloud: Any, work: Import, made: Callable[..., Arn]
) -> None:
    taken = {"Name": "/shop/setting", "Value": "mine", "Type": "String"}
    local_cloud.client("ssm", ADMIN).put_parameter(**taken)
    client = local_cloud.client("cloudformation", ADMIN)
    client.create_stack(StackName=NAME, TemplateBody=TEMPLATE)
    left = local_cloud.wait_for_stack(NAME)
    arn = Arn.parse(left["StackId"])
    assert arn is not None
    assert "ROLLBACK_COMPLETE" in refused(work.plan([arn]))[0]


def test_a_stack_of_another_set_is_aws_to_refuse(
    local_cloud: Any, work: Import, made: Callable[..., Arn]
) -> None:
    arn = made()
    client = local_cloud.client("cloudformation", ADMIN)
    client.create_stack_set(
        StackSetName="other", TemplateBody=TEMPLATE, AdministrationRoleARN=ADMINISTRATION_ROLE,
        ExecutionRoleName=EXECUTION_ROLE,
    )  # fmt: skip
    client.import_stacks_to_stack_set(StackSetName="other", StackIds=[arn.text])
    local_cloud.until(
        lambda: client.list_stack_set_operations(StackSetName="other")["Summaries"][0]["Status"],
        lambda status: status == "SUCCEEDED",
    )
    with pytest.raises(GenError, match="belongs to stack set other"):
        work.run(work.plan([arn]))


def test_after_an_import_a_deployment_goes_on_with_the_same_stacks(project: Project) -> None:
    project.deploy()
    client = project.cloud.client("cloudformation")
    name = "orders-dev-service"
    ids = sorted(
        one["StackId"] for one in client.list_stack_instances(StackSetName=name)["Summaries"]
    )
    # Its set is lost, its stacks are not.
    client.delete_stack_instances(
        StackSetName=name, Accounts=[ADMIN], Regions=list(project.instances()), RetainStacks=True
    )
    project.cloud.until(lambda: project.instances(), lambda found: not found)
    client.delete_stack_set(StackSetName=name)

    arguments = ("import", "-e", "dev", "--local", "service", *ids)
    said = project.gen(*arguments, code=2)
    assert "say --yes" in said
    said = project.gen(*arguments, "--yes")
    assert "orders-dev-service has 3 more instances" in said
    assert set(project.instances().values()) == {"CURRENT"}
    assert "nothing to do" in project.gen(*arguments, "--yes")
    before = len(project.cloud.writes())
    said = project.gen("deploy", "-e", "dev", "--local")
    assert said.splitlines()[-1] == "nothing to do"
    assert project.cloud.writes()[before:] == []
    rows = client.list_stack_instances(StackSetName=name)["Summaries"]
    assert sorted(one["StackId"] for one in rows) == ids
    assert "no StackSet 'core'" in project.gen(
        "import", "-e", "dev", "--local", "core", ids[0], code=2
    )
