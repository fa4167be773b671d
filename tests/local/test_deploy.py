"""`gen deploy` against the local cloud, as a person runs it."""

from __future__ import annotations

import re
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest
from browser import PHONE
from demo import Client, try_region

if TYPE_CHECKING:
    from browser import Browser
    from conftest import Project

pytestmark = pytest.mark.local

TOOLS = "111111111111"
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")


def test_one_deployment_brings_a_working_api_to_every_region(project: Project) -> None:
    said = project.deploy()
    outputs = project.outputs()
    assert tuple(outputs) == REGIONS
    for region in REGIONS:
        answer = try_region(region, Client(project.cloud.endpoint, outputs[region]["ApiUrl"]))
        assert answer.ok, answer
    assert "recorded only" in said
    for region in REGIONS:
        assert f"{TOOLS} {region}" in said


def test_each_region_keeps_its_own_orders(project: Project) -> None:
    project.deploy()
    outputs = project.outputs()
    clients = {r: Client(project.cloud.endpoint, o["ApiUrl"]) for r, o in outputs.items()}
    body = {
        "customer": "c-1",
        "currency": "EUR",
        "items": [{"sku": "a", "quantity": 1, "unit_price": 5}],
    }
    status, created, _ = clients["us-west-2"].call("POST", "/orders", body)
    assert status == 201
    assert clients["us-west-2"].call("GET", f"/orders/{created['id']}")[0] == 200
    assert clients["eu-central-1"].call("GET", f"/orders/{created['id']}")[0] == 404


def test_a_second_deployment_finds_nothing_to_do_and_writes_nothing(project: Project) -> None:
    project.deploy()
    before = len(project.cloud.writes())
    assert before > 0, "the log does see a deployment's writes"
    said = project.gen("deploy", "-e", "dev", "--local")
    assert "nothing to do" in said.splitlines()[-1]
    assert project.cloud.writes()[before:] == []


def test_a_changed_line_of_code_reaches_that_function_only_canary_region_first(
    project: Project,
) -> None:
    shutil.copytree(project.root / "lambda_code/orders_api", project.root / "lambda_code/second")
    project.edit(
        "params/dev.yaml",
        "delivery:",
        "functions: {second: {source: lambda_code/second, tables: {orders: [GetItem]}}}\ndelivery:",
    )
    project.deploy()
    before = {name: project.versions(f"orders-dev-{name}") for name in ("orders", "second")}
    seen = len(project.cloud.calls())
    project.edit("lambda_code/orders_api/app.py", "from __future__", "# a line\nfrom __future__")
    project.deploy()
    after = {name: project.versions(f"orders-dev-{name}") for name in ("orders", "second")}
    assert after["second"] == before["second"]
    for region in REGIONS:
        assert len(after["orders"][region]) == len(before["orders"][region]) + 1
    operations = [
        call["action"]
        for call in project.cloud.calls()[seen:]
        if call["write"] and call["service"] == "cloudformation" and call["source"] == "client"
    ]
    assert operations == ["UpdateStackSet", "UpdateStackInstances"]
    health = [project.client(region).call("GET", "/health")[1] for region in REGIONS]
    assert {answer["version"] for answer in health} == {after["orders"][REGIONS[0]][-1]}


def test_a_deployment_killed_half_way_is_finished_by_the_next_one(project: Project) -> None:
    # While a wave is under way; tests/faults kills at every write, in fewer regions.
    action = "CreateStackInstances"
    project.gen("render", "-e", "dev")
    process = project.start("deploy", "-e", "dev", "--local")
    project.cloud.until(
        lambda: (
            process.poll() is not None
            or any(call["action"] == action and call["write"] for call in project.cloud.calls())
        )
    )
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it was killed in the middle, not after its end"
    project.gen("deploy", "-e", "dev", "--local")
    assert project.instances() == dict.fromkeys(REGIONS, "CURRENT")
    for region in REGIONS:
        assert try_region(region, project.client(region)).ok
        assert len(project.versions("orders-dev-orders")[region]) == 1, "nothing was made twice"


def test_two_deployments_at_once_end_as_one(project: Project) -> None:
    project.gen("render", "-e", "dev")
    both = [project.start("deploy", "-e", "dev", "--local") for _ in range(2)]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert 0 in [process.returncode for process in both], said
    project.gen("deploy", "-e", "dev", "--local")
    assert project.instances() == dict.fromkeys(REGIONS, "CURRENT")
    assert {r: len(v) for r, v in project.versions("orders-dev-orders").items()} == dict.fromkeys(
        REGIONS, 1
    )


def test_another_account_is_refused_before_any_call_but_the_identity_check(
    project: Project,
) -> None:
    project.gen("render", "-e", "dev")
    said = project.gen(
        "deploy", "-e", "dev", code=1,
        AWS_ENDPOINT_URL=project.cloud.endpoint,
        AWS_ACCESS_KEY_ID="222222222222",
        AWS_SECRET_ACCESS_KEY="local",
    )  # fmt: skip
    assert "belong to account 222222222222" in said
    assert "pinned to 111111111111" in said
    assert [call["action"] for call in project.cloud.calls()] == ["GetCallerIdentity"]


@pytest.mark.xdist_group("browser")
def test_a_failure_in_the_canary_stops_there_and_names_the_template_line(
    project: Project, browser: Browser
) -> None:
    project.deploy()
    before = project.instances()
    logs = project.cloud.client("logs", region="us-west-2")
    logs.create_log_group(logGroupName="/aws/lambda/orders-dev-second")
    shutil.copytree(project.root / "lambda_code/orders_api", project.root / "lambda_code/second")
    project.edit(
        "params/dev.yaml", "delivery:",
        "functions: {second: {source: lambda_code/second}}\ndelivery:",
    )  # fmt: skip
    # Preflight would find the name first.
    said = project.deploy("--ignore", "P202", code=1)
    error = next(line for line in said.splitlines() if line.startswith("error: "))
    assert "templates/" in error
    assert ".j2:" in error
    assert "us-west-2" in error
    assert "SecondLogGroup" in error
    assert re.search(r"eu-central-1 +not started", said)
    assert before == dict.fromkeys(REGIONS, "CURRENT")
    # The coordinator gives the set the good release again, which the other regions never left.
    project.cloud.until(lambda: project.instances() == before)
    # It notes what it did after it has seen that all of it is done.
    project.cloud.until(lambda: any(key.endswith("-restored.json") for key in history(project)))
    first = error.removeprefix("error: ").partition(": ")[0]
    assert_pages_tell_of_it(project, browser, written_at=first)
    for region in REGIONS:
        found = project.cloud.client("lambda", region=region).list_functions()["Functions"]
        names = {f["FunctionName"] for f in found}
        assert "orders-dev-orders" in names
        assert "orders-dev-second" not in names
    logs.delete_log_group(logGroupName="/aws/lambda/orders-dev-second")
    project.gen("deploy", "-e", "dev", "--local")
    assert project.instances() == dict.fromkeys(REGIONS, "CURRENT")


def history(project: Project) -> list[str]:
    found = project.cloud.client("s3").list_objects_v2(
        Bucket=f"orders-dev-artifacts-{TOOLS}-us-east-1", Prefix="history/"
    )
    return [row["Key"] for row in found["Contents"]]


def assert_pages_tell_of_it(project: Project, browser: Browser, *, written_at: str) -> None:
    """Have both pages about a failed deployment written, and open them."""
    project.gen("logs", "-e", "dev", "--local", "--html", "incident.html")
    with browser.open(project.root / "incident.html", width=PHONE) as page:
        page.unfold()
        assert page.problems() == []
        (first,) = page.texts("#what-went-wrong .note")
        assert "SecondLogGroup of service in us-west-2 UPDATE_FAILED" in first
        assert f"written at {written_at}" in first
        assert "the rollback coordinator" in " ".join(page.texts(".gantt .what"))
        assert {"deploying", "bad", "restored"} <= set(page.texts("#releases .badge"))
    project.gen("status", "-e", "dev", "--local", "--html")
    with browser.open(project.root / "build" / "dev-status.html", width=PHONE) as page:
        assert page.problems() == []
        assert page.texts("tbody th small")[:3] == [TOOLS] * 3


def test_a_stack_that_never_came_up_is_made_again(project: Project) -> None:
    s3 = project.cloud.client("s3")
    s3.create_bucket(Bucket=f"orders-dev-archive-{TOOLS}-us-east-1")
    # Preflight would find the name first.
    said = project.deploy("--ignore", "P201", code=1)
    assert "templates/" in said
    assert "orders-dev-core" in said
    s3.delete_bucket(Bucket=f"orders-dev-archive-{TOOLS}-us-east-1")
    project.deploy()
    assert project.instances() == dict.fromkeys(REGIONS, "CURRENT")


def test_an_override_reaches_its_region_only_and_can_be_taken_back(project: Project) -> None:
    def memory() -> dict[str, Any]:
        return {
            region: project.cloud.client("lambda", region=region).get_function_configuration(
                FunctionName="orders-dev-orders"
            )["MemorySize"]
            for region in REGIONS
        }

    override = '\n  overrides: [{regions: [eu-central-1], parameters: {OrdersMemory: "1024"}}]'
    project.edit("params/dev.yaml", '"111111111111"', '"111111111111"' + override)
    project.deploy()
    assert memory() == {"us-west-2": 512, "us-east-1": 512, "eu-central-1": 1024}
    project.edit("params/dev.yaml", override, "")
    project.deploy()
    assert memory() == dict.fromkeys(REGIONS, 512)
