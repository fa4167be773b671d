"""`gen drift` against the local cloud: what a person changed by hand is found, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from stack_sets import ADMIN, ADMINISTRATION_ROLE, EXECUTION_ROLE, MEMBER, Sets, make_roles

from generator.aws import Cloud
from generator.config import Config, load
from generator.deploy.inspection.drift import DriftDetection
from generator.deploy.inspection.drift_report import DriftReport
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.progress import Row

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local
SET = "shop-dev-service"
REGIONS = ["us-east-1", "eu-central-1"]
PARAMS = f"""\
project: shop
environment: dev
tags: {{Owner: team, CostCenter: CC-1}}
regions: {{primary: us-east-1, waves: [[us-east-1], [eu-central-1]]}}
targets: {{tools_account: "{ADMIN}", accounts: ["{ADMIN}", "{MEMBER}"]}}
functions: {{orders: {{source: code}}}}
"""
TEMPLATE = """\
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {QueueName: shop-jobs, VisibilityTimeout: 60}
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /shop, RetentionInDays: 30}
"""
SOURCES = json.dumps([["templates/service.yaml.j2", line + 100] for line in range(1, 8)])


class Told:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}

    def begin(self, unit: str, purpose: str) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self, result: str) -> None: ...
    def close(self) -> None: ...

    def row(self, row: Row) -> None:
        self.rows[row.account, row.region] = row.detail


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "params").mkdir()
    for code in ("code", "lambda_code/rollback_coordinator"):
        (tmp_path / code).mkdir(parents=True)
    (tmp_path / "code" / "app.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "params" / "defaults.yaml").write_text("project: shop\n")
    (tmp_path / "params" / "dev.yaml").write_text(PARAMS)
    return load(tmp_path, "dev").config


@pytest.fixture
def sets(local_cloud: Any) -> Sets:
    """The service's set in two accounts and two regions."""
    make_roles(local_cloud)
    client = local_cloud.client("cloudformation", ADMIN)
    client.create_stack_set(
        StackSetName=SET, TemplateBody=TEMPLATE, AdministrationRoleARN=ADMINISTRATION_ROLE,
        ExecutionRoleName=EXECUTION_ROLE,
    )  # fmt: skip
    client.create_stack_instances(StackSetName=SET, Accounts=[ADMIN, MEMBER], Regions=REGIONS)
    local_cloud.until(
        lambda: client.list_stack_set_operations(StackSetName=SET)["Summaries"][0]["Status"],
        lambda status: status == "SUCCEEDED",
    )
    return Sets(local_cloud, client)


def look(config: Config, sets: Sets, cloud: Cloud | None = None) -> tuple[DriftReport, Told]:
    cloud = cloud or Cloud(endpoint=sets.cloud.endpoint, account=ADMIN)
    lines, told = {"service": TemplateLines(TEMPLATE, SOURCES)}, Told()
    return DriftDetection(config, cloud, told, lines=lines).run(["service"]), told


def change(sets: Sets) -> None:
    """Change one thing in a member's region, and delete another in one of our own."""
    logs = sets.cloud.client("logs", MEMBER, "eu-central-1")
    logs.put_retention_policy(logGroupName="/shop", retentionInDays=1)
    queues = sets.cloud.client("sqs", ADMIN, "us-east-1")
    queues.delete_queue(QueueUrl=queues.get_queue_url(QueueName="shop-jobs")["QueueUrl"])


def test_in_two_accounts_and_regions_each_drifted_resource_is_found(
    config: Config, sets: Sets
) -> None:
    report, _ = look(config, sets)
    assert not report.drifted
    assert {one.status for one in report.units[0].stacks} == {"IN_SYNC"}
    change(sets)
    report, told = look(config, sets)
    found = {(one.account, one.region): one for one in report.units[0].stacks}
    assert {pair: one.status for pair, one in found.items()} == {
        (ADMIN, "us-east-1"): "DRIFTED",
        (ADMIN, "eu-central-1"): "IN_SYNC",
        (MEMBER, "us-east-1"): "IN_SYNC",
        (MEMBER, "eu-central-1"): "DRIFTED",
    }
    (gone,) = found[ADMIN, "us-east-1"].resources
    assert (gone.logical_id, gone.status, gone.line) == ("Jobs", "DELETED", 102)
    (changed,) = found[MEMBER, "eu-central-1"].resources
    assert (changed.logical_id, changed.status, changed.line) == ("Group", "MODIFIED", 105)
    (difference,) = changed.differences
    assert (difference.path, difference.expected, difference.actual) == (
        "/RetentionInDays", "30", "1",
    )  # fmt: skip
    assert told.rows[MEMBER, "eu-central-1"] == "service: 1 resource drifted"


def test_an_account_that_cannot_be_entered_is_read_through_the_set(
    config: Config, sets: Sets, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(sets)
    cloud = Cloud(endpoint=sets.cloud.endpoint, account=ADMIN)
    monkeypatch.setattr(cloud, "reaches", lambda account: account == ADMIN)
    report, _ = look(config, sets, cloud)
    found = {(one.account, one.region): one for one in report.units[0].stacks}
    (changed,) = found[MEMBER, "eu-central-1"].resources
    assert changed.differences[0].actual == "1"
    entered = [
        call
        for call in sets.cloud.calls()
        if call["account"] == MEMBER and call["action"].startswith(("Describe", "ListStackRes"))
    ]
    assert entered == []


def test_what_cannot_be_looked_at_is_a_problem_and_hides_nothing(
    config: Config, sets: Sets
) -> None:
    change(sets)
    sets.cloud.client("iam", MEMBER).delete_role(RoleName=EXECUTION_ROLE)
    report, _ = look(config, sets)
    found = {(one.account, one.region): one.status for one in report.units[0].stacks}
    assert found[ADMIN, "us-east-1"] == "DRIFTED"
    assert found[MEMBER, "us-east-1"] == "UNKNOWN"
    assert len(report.problems) == 2
    assert f"{SET} in {MEMBER} us-east-1: Account {MEMBER} should have" in str(report.problems)


def printed(project: Project, *arguments: str, code: int) -> str:
    process = project.start("drift", "-e", "dev", "--local", *arguments)
    out, said = process.communicate(timeout=120)
    assert process.returncode == code, said
    return out


def test_a_person_sees_what_was_changed_by_hand_and_where_it_was_written(
    project: Project,
) -> None:
    project.deploy()
    assert "DRIFTED" not in printed(project, "--exit-code", code=0)

    functions = project.cloud.client("lambda", region="us-west-2")
    functions.update_function_configuration(FunctionName="orders-dev-orders", MemorySize=1024)
    queues = project.cloud.client("sqs")
    name = "orders-dev-undelivered-alerts"
    queues.delete_queue(QueueUrl=queues.get_queue_url(QueueName=name)["QueueUrl"])

    out = printed(project, "--exit-code", code=3)
    assert "/MemorySize  NOT_EQUAL  512 → 1024" in out
    assert "templates/partials/service/function.yaml.j2:" in out
    assert "UndeliveredAlerts (AWS::SQS::Queue)  DELETED" in out
    assert "not checked, for CloudFormation cannot compare them:" in out
    printed(project, code=0)

    report = json.loads(printed(project, "service", "--output", "json", code=0))
    (unit,) = report["units"]
    assert report["drifted"]
    states = {one["region"]: one["status"] for one in unit["stacks"]}
    assert states == {"us-west-2": "DRIFTED", "us-east-1": "IN_SYNC", "eu-central-1": "IN_SYNC"}
    (resource,) = next(one for one in unit["stacks"] if one["resources"])["resources"]
    template = (project.root / resource["file"]).read_text().splitlines()
    assert "Function:" in template[resource["line"] - 1]

    project.edit("params/dev.yaml", "bake_minutes: 2", "bake_minutes: 3")
    out = printed(project, "service", code=0)
    assert "/MemorySize" in out
    assert ".j2" not in out
    assert "no unit 'servce'" in project.gen("drift", "-e", "dev", "--local", "servce", code=2)
