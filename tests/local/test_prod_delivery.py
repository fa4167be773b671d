"""params/prod.yaml through its pipeline: two accounts, with every call judged by policies."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
import world
from demo import Client
from localaws import control

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Project

pytestmark = [pytest.mark.local, pytest.mark.xdist_group("prod-delivery")]

PREFIX, TOOLS, OTHER = "orders-prod", "111111111111", "222222222222"
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
EDITS = (
    # What asks the network, and what takes longer than its minutes are worth here.
    ("scan: true ", "scan: {secrets: true, dependencies: false, policies: false} "),
    ("strategy: Canary10Percent5Minutes", "strategy: AllAtOnce"),
    ("bake_minutes: 15", "bake_minutes: 1"),
    ("latency_p99_ms: 800", "latency_p99_ms: 20000"),
    # Where two processors start twelve functions at once, each takes its time.
    ("reserved_concurrency: 200", "timeout: 29\n    reserved_concurrency: 200"),
)
MESSAGE = "Say when orders are listed"
PATIENCE_SECONDS = 180


@dataclass(frozen=True)
class Delivery:
    """A release of prod, from the push to its record."""

    project: Project
    urls: dict[tuple[str, str], str]
    """Of the APIs, by account and region."""
    first: str
    """The release that was deployed from a terminal."""
    to_do: list[dict[str, str]]
    """Of `gen status`, before the handshake."""
    commit: str
    waiting: dict[str, Any]
    """The execution, as it waits for an approval."""
    shown: str
    """What who approves is shown."""
    ended: dict[str, Any]
    """The same execution when it has ended."""
    calls: list[dict[str, Any]]
    """Those since the push."""

    @property
    def release(self) -> str:
        return str(self.waiting["release"])

    def printed(self, *arguments: str) -> str:
        return printed(self.project, *arguments)


def printed(project: Project, *arguments: str) -> str:
    """Run gen about prod in the local cloud; give what it printed on stdout."""
    process = project.start(*arguments, "-e", "prod", "--local")
    out, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return out


def execution(project: Project, id_: str | None = None) -> dict[str, Any]:
    """Show an execution, or the newest."""
    which = ("--execution", id_) if id_ else ()
    (*_, view) = json.loads(printed(project, "pipeline", *which, "--output", "json"))
    return dict(view)


def action(view: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (a for s in view["stages"] for a in s["actions"] if a["name"] == name)
    return dict(found)


def until(look: Callable[[], Any], project: Project) -> Any:
    """Look again until something is there; fail with the pipeline as it is then."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline, printed(project, "pipeline")
        time.sleep(0.2)
    return seen


def release_change(project: Project) -> tuple[str, dict[str, Any], str]:
    """Push, and approve: give the commit, the execution as it waited, and what was shown."""
    pipelines = project.cloud.client("codepipeline")

    def newest() -> dict[str, Any]:
        rows = pipelines.list_pipeline_executions(pipelineName=f"{PREFIX}-pipeline")
        return dict(rows["pipelineExecutionSummaries"][0])

    def waits() -> bool:
        assert newest()["status"] == "InProgress", printed(project, "pipeline")
        stages = pipelines.get_pipeline_state(name=f"{PREFIX}-pipeline")["stageStates"]
        actions = next(s["actionStates"] for s in stages if s["stageName"] == "Approve")
        return "token" in actions[0].get("latestExecution", {})

    pushed = project.start("local", "push", "-e", "prod", "--message", MESSAGE)
    commit, said = pushed.communicate(timeout=120)
    assert pushed.returncode == 0, said
    until(lambda: MESSAGE in json.dumps(newest(), default=str), project)
    until(waits, project)
    waiting = execution(project)
    shown = project.gen("pipeline", "-e", "prod", "--local", "--approve", "tested", "--yes")
    until(lambda: newest()["status"] != "InProgress", project)
    return commit.strip(), waiting, shown


@pytest.fixture(scope="module")
def delivery(lasting_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    """Deploy prod from a terminal, then release a change through the pipeline."""
    root: Path = tmp_path_factory.mktemp("prod") / "project"
    project, cloud = replace(lasting_project, root=root), lasting_project.cloud
    world.copy_project(root)
    (project.root / "build" / "local").symlink_to(cloud.home)
    for old, new in EDITS:
        project.edit("params/prod.yaml", old, new)
    # An hour for hooks has to be enough on a busy machine, where twelve functions start at once.
    cloud.set_minute(2)
    control(cloud, "iam", {"enforce": True})
    project.gen("render", "-e", "prod")
    project.gen("deploy", "-e", "prod", "--local")
    before = json.loads(printed(project, "status", "--output", "json"))
    urls = {
        (row["account"], row["region"]): row["outputs"]["ApiUrl"]
        for row in json.loads(printed(project, "outputs"))
        if row["unit"] == "service"
    }
    project.gen("local", "connect", "-e", "prod")
    listing = world.LIST
    project.edit("lambda_code/orders_api/app.py", listing, f'{listing}    logger.info("listing")\n')
    calls = len(cloud.calls())
    commit, waiting, shown = release_change(project)
    return Delivery(
        project, urls, before["current"], before["to_do"], commit, waiting, shown,
        execution(project, waiting["id"]), cloud.calls()[calls:],
    )  # fmt: skip


def test_the_handshake_is_what_waits_for_a_person_first(delivery: Delivery) -> None:
    (waits,) = delivery.to_do
    assert "the connection to GitHub is PENDING" in waits["message"]


def test_who_approves_is_told_the_release_and_what_it_would_change(delivery: Delivery) -> None:
    asked = action(delivery.waiting, "Approve")["question"]
    assert f"Release {delivery.release} (commit {delivery.commit})" in asked["text"]
    changes = f"changes/{delivery.first}-{delivery.release}.txt"
    assert delivery.waiting["changes"] == changes
    runs = delivery.project.cloud.client("codepipeline").list_action_executions(
        pipelineName=f"{PREFIX}-pipeline",
        filter={"pipelineExecutionId": delivery.waiting["id"]},
    )["actionExecutionDetails"]
    (approval,) = (run for run in runs if run["actionName"] == "Approve")
    link = approval["input"]["resolvedConfiguration"]["ExternalEntityLink"]
    assert link.endswith(f"/{PREFIX}-artifacts-{TOOLS}-us-east-1?region=us-east-1&prefix={changes}")
    assert f"Release {delivery.release} of {PREFIX}" in delivery.shown
    assert f"Compared with {delivery.first}, the last good one" in delivery.shown
    assert "~ orders: code" in delivery.shown


def test_every_region_of_both_accounts_runs_what_was_approved(delivery: Delivery) -> None:
    assert delivery.ended["status"] == "Succeeded", json.dumps(delivery.ended, indent=1)
    assert delivery.release != delivery.first
    rows = json.loads(delivery.printed("status", "--output", "json"))["instances"]
    pairs = [(account, region) for region in REGIONS for account in (TOOLS, OTHER)]
    assert [(row["account"], row["region"]) for row in rows] == pairs
    assert {row["release"] for row in rows} == {delivery.release}
    # The function itself says which code answers.
    endpoint = delivery.project.cloud.endpoint
    answers = [Client(endpoint, delivery.urls[pair]).call("GET", "/health")[1] for pair in pairs]
    assert {answer["status"] for answer in answers} == {"ok"}
    assert len({answer["release"] for answer in answers}) == 1


def test_the_other_account_was_looked_at_by_the_role_for_it(delivery: Delivery) -> None:
    looked = {
        (call["service"], call["action"])
        for call in delivery.calls
        if call["account"] == OTHER and call["status"] == 200
    }
    assert {("lambda", "GetAlias"), ("cloudformation", "DescribeStacks")} <= looked


def test_it_is_recorded_as_the_last_good_one(delivery: Delivery) -> None:
    newest, older = json.loads(delivery.printed("releases", "--output", "json"))
    assert (newest["release"], older["release"]) == (delivery.release, delivery.first)
    assert newest["commit"] == delivery.commit
    assert (newest["verdict"], newest["live_in"]) == ("good", 6)
    assert newest["current"]
    assert newest["last_good"]
    assert older["verdict"] == "good"


def test_one_command_takes_it_back_in_both_accounts(delivery: Delivery) -> None:
    said = delivery.project.gen("rollback", "-e", "prod", "--local", "--yes")
    assert f"release {delivery.first} is back in 3 regions of 2 accounts" in said
    status = json.loads(delivery.printed("status", "--output", "json"))
    assert {row["release"] for row in status["instances"]} == {delivery.first}
    assert status["current"] == status["last_good"] == delivery.first
    newest, older = json.loads(delivery.printed("releases", "--output", "json"))
    assert (newest["verdict"], newest["live_in"]) == ("bad", 0)
    assert (older["verdict"], older["live_in"]) == ("good", 6)
