"""`gen plan` says what `gen deploy` then does, and deploying a saved plan does just that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local

TOOLS = "111111111111"
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
SERVICE = "orders-dev-service"


def plan(project: Project, *options: str, code: int = 0) -> dict[str, Any]:
    """Plan dev; the document."""
    process = project.start("plan", "-e", "dev", "--local", "--output", "json", *options)
    printed, said = process.communicate(timeout=120)
    assert process.returncode == code, said
    document: dict[str, Any] = json.loads(printed)
    return document


def service(document: dict[str, Any]) -> dict[str, Any]:
    return next(unit for unit in document["units"] if unit["name"] == "service")


def changes(document: dict[str, Any]) -> dict[str, str]:
    return {pair["region"]: pair["change"] for pair in service(document)["pairs"]}


def writes(project: Project, since: int) -> list[str]:
    """Give the operations on sets that were called since, in order."""
    names = [name.split(":") for name in project.cloud.writes()[since:]]
    return [action for of, action in names if of == "cloudformation"]


def test_a_plan_tells_of_everything_before_it_is_there_and_of_nothing_afterwards(
    project: Project,
) -> None:
    project.gen("render", "-e", "dev")
    first = plan(project, "--exit-code", code=3)
    assert project.cloud.writes() == []
    assert [unit["name"] for unit in first["units"] if unit["calls"]] == [
        "roles", "core", "artifacts", "service", "pipeline",
    ]  # fmt: skip
    assert changes(first) == dict.fromkeys(REGIONS, "add")
    assert {upload["region"] for upload in first["uploads"]} == set(REGIONS)
    project.gen("deploy", "-e", "dev", "--local")
    announced = [c["action"] for unit in first["units"] for c in unit["calls"]]
    assert [f"cloudformation:{action}" for action in writes(project, 0)] == announced
    seen = len(project.cloud.calls())
    after = plan(project, "--exit-code")
    assert after["changes"] is False
    reads = [call for call in project.cloud.calls()[seen:] if call["source"] == "client"]
    of_sets = [
        call for call in reads if "StackSet" in call["action"] or "Instance" in call["action"]
    ]
    assert len(of_sets) == 2 * 3, "two sets: their operations, the set, its instances"
    assert not any(call["write"] for call in reads)


def test_a_saved_plan_is_what_is_deployed_and_nothing_else(project: Project) -> None:
    project.deploy()
    project.edit("params/dev.yaml", "delivery:", "functions: {orders: {memory: 640}}\ndelivery:")
    project.gen("render", "-e", "dev")
    deep = plan(project, "--deep", "--out", str(project.root / "it.plan"))
    (memory,) = [p for p in service(deep)["parameters"] if p["name"] == "OrdersMemory"]
    assert memory["after"] == "640"
    function = next(r for r in service(deep)["resources"] if r["logical_id"] == "OrdersFunction")
    assert "Properties.MemorySize" in [reason["path"] for reason in function["reasons"]]
    (asked,) = service(deep)["announced"]
    assert (asked["region"], asked["problem"]) == ("us-west-2", None)
    replaced = {c["logical_id"] for c in asked["changes"] if c["replacement"] == "True"}
    assert "OrdersVersion" in replaced
    stack = next(
        row["StackId"]
        for row in project.cloud.client("cloudformation").list_stack_instances(
            StackSetName=SERVICE
        )["Summaries"]
        if row["Region"] == "us-west-2"
    )
    west = project.cloud.client("cloudformation", region="us-west-2")
    assert west.list_change_sets(StackName=stack)["Summaries"] == []

    before = len(project.cloud.writes())
    project.gen("deploy", "it.plan", "--local")
    announced = [c["action"] for c in service(deep)["calls"]]
    assert [f"cloudformation:{action}" for action in writes(project, before)] == announced
    operations = project.cloud.client("cloudformation").list_stack_set_operations(
        StackSetName=SERVICE
    )["Summaries"]
    ids = [call["arguments"]["OperationId"] for call in service(deep)["calls"]]
    assert [row["OperationId"] for row in operations[: len(ids)]] == ids[::-1]
    assert "nothing to do" in project.gen("deploy", "it.plan", "--local")


def test_a_saved_plan_is_refused_when_somebody_was_faster(project: Project) -> None:
    project.deploy()
    project.edit("params/dev.yaml", "delivery:", "functions: {orders: {memory: 640}}\ndelivery:")
    project.gen("render", "-e", "dev")
    plan(project, "--out", str(project.root / "it.plan"))
    # As from the console: a value for one region only.
    cloudformation = project.cloud.client("cloudformation")
    started = cloudformation.update_stack_instances(
        StackSetName=SERVICE, Accounts=[TOOLS], Regions=["eu-central-1"],
        ParameterOverrides=[{"ParameterKey": "LogLevel", "ParameterValue": "DEBUG"}],
    )["OperationId"]  # fmt: skip
    project.cloud.until(
        lambda: cloudformation.describe_stack_set_operation(
            StackSetName=SERVICE, OperationId=started
        )["StackSetOperation"]["Status"],
        lambda status: status == "SUCCEEDED",
    )
    before = len(project.cloud.writes())
    said = project.gen("deploy", "it.plan", "--local", code=1)
    assert "service is not as it was when the plan was made" in said
    assert project.cloud.writes()[before:] == []
    own = next(p for p in service(plan(project))["parameters"] if p["name"] == "LogLevel")["own"]
    assert [(o["region"], o["before"], o["after"]) for o in own] == [
        ("eu-central-1", "DEBUG", None)
    ]


def test_a_former_target_is_kept_unless_pruned_by_name(project: Project) -> None:
    project.deploy()
    project.edit("params/dev.yaml", ", eu-central-1]", "]")
    project.gen("render", "-e", "dev")
    assert changes(plan(project))["eu-central-1"] == "retain"
    assert changes(plan(project, "--prune"))["eu-central-1"] == "remove"
    said = project.gen("deploy", "-e", "dev", "--local", "--prune", code=2)
    assert f"is deleted with its stack: {SERVICE} in {TOOLS} eu-central-1" in said
    assert set(project.instances()) == set(REGIONS), "nobody was asked, nothing was deleted"
    project.gen("deploy", "-e", "dev", "--local", "--prune", "--yes")
    assert project.instances() == dict.fromkeys(REGIONS[:2], "CURRENT")


def test_a_table_is_not_replaced_by_the_way(project: Project) -> None:
    project.deploy()
    project.edit(
        "params/dev.yaml",
        "delivery:",
        "tables: {orders: {partition_key: {name: number, type: S}}}\ndelivery:",
    )
    project.gen("render", "-e", "dev")
    (change,) = [r for r in service(plan(project))["resources"] if r["type"].endswith("::Table")]
    assert change["replacement"] != "False"
    before = project.cloud.writes()
    said = project.gen("deploy", "-e", "dev", "--local", code=1)
    assert project.cloud.writes() == before
    assert ".j2:" in said
    assert f"--allow-replace {change['logical_id']}" in said
    refused = project.gen("deploy", "-e", "dev", "--local", "--allow-replace", "Other", code=2)
    assert "nothing stateful named Other" in refused
