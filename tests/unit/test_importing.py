"""`gen import` against AWS: what it calls, in which order, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakeaws import Answer, FakeCloud, refusal

from generator.build.manifest import BuiltUnit, Manifest
from generator.deploy.importing import Import
from generator.deploy.progress import Row
from generator.errors import GenError
from generator.plan.imports import Arn, ImportPlan
from generator.units import Kind

pytestmark = pytest.mark.unit
TOOLS, MEMBER = "111111111111", "222222222222"
TEMPLATE = "Parameters:\n  Size: {Type: String}\nResources:\n  Jobs: {Type: AWS::SQS::Queue}\n"
ROLE = f"arn:aws:iam::{TOOLS}:role/administration"


class Silence:
    def __init__(self) -> None:
        self.notes: list[str] = []

    def begin(self, unit: str, purpose: str) -> None: ...
    def row(self, row: Row) -> None: ...
    def end(self, result: str) -> None: ...
    def close(self) -> None: ...

    def note(self, text: str) -> None:
        self.notes.append(text)


UNIT = BuiltUnit(
    name="service",
    kind=Kind.STACK_SET,
    stack_name="shop-dev-service",
    template="service.yaml",
    sources="service.json",
    parameters={"Size": "small"},
    waves=(((TOOLS, "us-east-1"), (MEMBER, "us-east-1")),),
    needs_code=False,
    capabilities=("CAPABILITY_NAMED_IAM",),
)
MANIFEST = Manifest(
    project="shop", environment="dev", release="0123456789ab", inputs="", tools_account=TOOLS,
    primary_region="us-east-1", administration_role=ROLE, execution_role="execution",
    assume_role=None, artifact_buckets={}, tags={"Owner": "team"}, bake_minutes=0,
    health_function=None, units=(UNIT,), functions=(), files={},
)  # fmt: skip


def arn(account: str = TOOLS, name: str = "shop-dev-service") -> Arn:
    found = Arn.parse(f"arn:aws:cloudformation:us-east-1:{account}:stack/{name}/1")
    assert found is not None
    return found


def answers(**more: Answer) -> dict[str, Answer]:
    """A cloud with one stack to import wherever one looks, and no set yet."""
    operation = {
        "OperationId": "1", "Action": "CREATE", "Status": "SUCCEEDED",
        "CreationTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip

    def stack(StackName: str) -> dict[str, Any]:  # noqa: N803
        values = [{"ParameterKey": "Size", "ParameterValue": "small"}]
        row = {"StackId": StackName, "StackStatus": "CREATE_COMPLETE", "Parameters": values}
        return {"Stacks": [row]}

    return {
        f"cloudformation.{name}": answer
        for name, answer in {
            "describe_stack_set": refusal("StackSetNotFoundException"),
            "describe_stacks": stack,
            "get_template": {"TemplateBody": TEMPLATE},
            "create_stack_set": {},
            "list_stack_set_operations": {"Summaries": []},
            "import_stacks_to_stack_set": {},
            "describe_stack_set_operation": {"StackSetOperation": operation},
            "list_stack_set_operation_results": {"Summaries": []},
            "list_stack_instances": {"Summaries": []},
            **more,
        }.items()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "service.yaml").write_text(TEMPLATE)
    (tmp_path / "service.json").write_text("[]")
    return tmp_path


def work(folder: Path, cloud: FakeCloud, *, any_name: bool = False) -> Import:
    cloud.poll_seconds = 0  # type: ignore[attr-defined]
    return Import(
        MANIFEST, folder, UNIT, cloud, Silence(), any_name=any_name, sleep=lambda _: None  # type: ignore[arg-type]
    )  # fmt: skip


def refused(plan: ImportPlan) -> list[str]:
    return [problem.message for problem in plan.problems]


def given(cloud: FakeCloud, method: str) -> list[dict[str, Any]]:
    return [arguments for name, arguments in cloud.calls if name == method]


def test_a_set_that_is_not_there_is_made_of_the_build_before_the_import(folder: Path) -> None:
    cloud = FakeCloud(answers())
    one = work(folder, cloud)
    plan = one.plan([arn(), arn(MEMBER)])
    assert plan.creates
    assert given(cloud, "create_stack_set") == []
    assert one.run(plan)
    (made,) = given(cloud, "create_stack_set")
    assert made["TemplateBody"] == TEMPLATE
    assert made["Parameters"] == [{"ParameterKey": "Size", "ParameterValue": "small"}]
    assert made["AdministrationRoleARN"] == ROLE
    (taken,) = given(cloud, "import_stacks_to_stack_set")
    assert taken["StackIds"] == [arn().text, arn(MEMBER).text]
    assert taken["OperationId"].startswith("gen-import-")


def test_a_plan_with_a_refusal_changes_nothing(folder: Path) -> None:
    cloud = FakeCloud(answers(get_template={"TemplateBody": "Resources: {}"}))
    one = work(folder, cloud)
    plan = one.plan([arn()])
    with pytest.raises(GenError, match="its template is not that of shop-dev-service"):
        one.run(plan)
    assert given(cloud, "create_stack_set") == given(cloud, "import_stacks_to_stack_set") == []


def test_a_name_that_the_execution_role_cannot_reach_is_refused_unless_told(folder: Path) -> None:
    cloud = FakeCloud(answers())
    assert "--any-name" in refused(work(folder, cloud).plan([arn(name="legacy")]))[0]
    assert refused(work(folder, cloud, any_name=True).plan([arn(name="legacy")])) == []


def test_an_account_out_of_reach_is_refused_for_its_template_is_not_known(folder: Path) -> None:
    cloud = FakeCloud(answers())
    cloud.unreachable = {MEMBER}
    assert "targets.assume_role" in refused(work(folder, cloud).plan([arn(MEMBER)]))[0]


def test_what_aws_refuses_is_told_by_stack(folder: Path) -> None:
    failed = {
        "Account": TOOLS, "Region": "us-east-1", "Status": "FAILED", "StatusReason": "not mine",
    }  # fmt: skip
    operation = {
        "OperationId": "1", "Action": "CREATE", "Status": "FAILED",
        "CreationTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    cloud = FakeCloud(
        answers(
            list_stack_set_operation_results={"Summaries": [failed]},
            describe_stack_set_operation={"StackSetOperation": operation},
        )
    )
    one = work(folder, cloud)
    with pytest.raises(GenError, match="not mine"):
        one.run(one.plan([arn()]))


def test_an_operation_that_begins_between_look_and_call_is_waited_for(folder: Path) -> None:
    replies = [refusal("OperationInProgressException"), lambda **_: {}]
    cloud = FakeCloud(answers(import_stacks_to_stack_set=lambda **_: replies.pop(0)()))
    one = work(folder, cloud)
    assert one.run(one.plan([arn()]))
    assert len(given(cloud, "import_stacks_to_stack_set")) == 2
