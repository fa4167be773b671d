"""A delivery that goes wrong stops, says what happened, and keeps no later one from going out."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from delivery import MINUTE, PASSES, PIPELINE, TEST, Delivery, Snapshot
from gitwork import Checkout
from world import ACCOUNT, CANARY, LAST, LIST, REGIONS, copy_project, local_cloud

pytestmark = [pytest.mark.local, pytest.mark.xdist_group("delivery-faults")]

FAILS_WHEN_ASKED = (
    LIST
    + """\
    if (api.current_event.query_string_parameters or {}).get("fail"):
        raise RuntimeError("as asked")
"""
)


@pytest.fixture(scope="module")
def lasting_delivery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivery]:
    root = tmp_path_factory.mktemp("delivery") / "project"
    copy_project(root)
    home = root / "build" / "local"
    with pytest.MonkeyPatch.context() as patch, local_cloud(home, minute=MINUTE) as endpoint:
        patch.setenv("COLUMNS", "1000")  # of gen: what it says stays in its line
        yield Delivery.begin(root, endpoint)


@pytest.fixture
def delivery(lasting_delivery: Delivery) -> Delivery:
    """The project, with nothing under way and no alert unread."""
    lasting_delivery.settle()
    lasting_delivery.alerts()
    return lasting_delivery


@pytest.fixture
def before(delivery: Delivery) -> Snapshot:
    return delivery.snapshot()


def bucket(region: str) -> str:
    return f"orders-dev-artifacts-{ACCOUNT}-{region}"


def test_a_test_of_the_project_that_fails_ends_the_build(
    delivery: Delivery, before: Snapshot
) -> None:
    with delivery.written(TEST, PASSES.replace("def list_orders", "def sell_orders")):
        execution = delivery.push("sell")
    shown = delivery.ended(execution, "Failed")
    assert "✗ Build " in shown
    assert "Error while executing command: python -m pytest tests/lambda_code" in shown
    assert f"FAILED {TEST}::test_orders_are_listed" in shown
    assert "· Deploy" in shown
    told = delivery.told("failed in execution")
    assert f"action Build of stage Build failed in execution {execution}" in told
    assert delivery.snapshot() == before
    codebuild = delivery.aws("codebuild")
    result = delivery.actions(execution)["Build"]["output"]["executionResult"]
    (build,) = codebuild.batch_get_builds(ids=[result["externalExecutionId"]])["builds"]
    (report,) = codebuild.batch_get_reports(reportArns=build["reportArns"])["reports"]
    assert report["testSummary"]["statusCounts"] == {"FAILED": 1}


def test_a_secret_in_the_source_is_found(delivery: Delivery, before: Snapshot) -> None:
    key = "AKIA" + "Q3EGRIZ7TYUI2P4B"
    with delivery.written("lambda_code/orders_api/keys.py", f'KEY = "{key}"\n'):
        execution = delivery.push("with a key")
    shown = delivery.ended(execution, "Failed")
    assert "✗ Scan " in shown
    assert "set -e  # searches the source for secrets …. Reason: exit status 1" in shown
    assert "Secret Type: AWS Access Key" in shown
    assert "Location:    ./lambda_code/orders_api/keys.py:1" in shown
    assert "· Approve" in shown
    told = delivery.told(f"action Scan of stage Scan failed in execution {execution}")
    assert key not in shown + told
    assert delivery.snapshot() == before


def test_a_package_that_is_missing_or_another_goes_nowhere_until_it_is_put_right(
    delivery: Delivery, before: Snapshot
) -> None:
    known = {region: packages(delivery, region) for region in REGIONS}
    execution = delivery.release("to be tampered with")
    delivery.asked(execution)
    (key,) = packages(delivery, CANARY) - known[CANARY]
    digest = Path(key).stem
    west, central = (delivery.aws("s3", region) for region in (CANARY, LAST))
    package = west.get_object(Bucket=bucket(CANARY), Key=key)["Body"].read()
    west.delete_object(Bucket=bucket(CANARY), Key=key)
    put(central, LAST, key, b"evil")
    delivery.approve(execution)
    shown = delivery.ended(execution, "Failed")
    assert "✗ Promote " in shown
    assert "it is not: nothing of it goes to any region" in shown
    assert f"error: {CANARY}: s3://{bucket(CANARY)}/{key} is missing" in shown
    assert "→ a build puts it there: push again, or release the change again" in shown
    assert (
        f"error: {LAST}: s3://{bucket(LAST)}/{key} was tampered with: its digest is"
        f" {hashlib.sha256(b'evil').hexdigest()}, not {digest}" in shown
    )
    assert "find out who wrote it (CloudTrail)" in shown
    delivery.told(f"action Promote of stage Promote failed in execution {execution}")
    assert delivery.snapshot() == before
    for s3, region in ((west, CANARY), (central, LAST)):
        put(s3, region, key, package)
    delivery.aws("codepipeline").retry_stage_execution(
        pipelineName=PIPELINE, stageName="Promote", pipelineExecutionId=execution,
        retryMode="FAILED_ACTIONS",
    )  # fmt: skip
    delivery.ended(execution, "Succeeded")
    assert set(delivery.health().values()) == {digest}


def packages(delivery: Delivery, region: str) -> set[str]:
    found = delivery.aws("s3", region).list_objects_v2(
        Bucket=bucket(region), Prefix="releases/orders/"
    )
    return {one["Key"] for one in found["Contents"]}


def put(s3: Any, region: str, key: str, body: bytes) -> None:
    s3.put_object(Bucket=bucket(region), Key=key, Body=body, ChecksumAlgorithm="SHA256")


def test_a_source_with_nothing_in_it_says_so(
    delivery: Delivery, before: Snapshot, tmp_path: Path
) -> None:
    (first,) = (
        one for one in delivery.executions() if one["trigger"]["triggerType"] == "CreatePipeline"
    )
    shown = delivery.ended(first["pipelineExecutionId"], "Failed")
    assert "✗ Source " in shown
    assert "The branch main of the repository orders: Branch main does not exist" in shown
    assert "(The repository may be empty.)" in shown
    codecommit = delivery.aws("codecommit")
    url = codecommit.get_repository(repositoryName="orders")["repositoryMetadata"]["cloneUrlHttp"]
    work = Checkout(tmp_path / "work")
    if codecommit.list_branches(repositoryName="orders")["branches"]:
        work.git("fetch", "--quiet", url, "main")
        work.git("reset", "--quiet", "--soft", "FETCH_HEAD")
    commit = work.commit("Everything is gone")
    work.git("push", "--quiet", url, "HEAD:main")
    execution = delivery.until(
        lambda: next((e for e in delivery.executions() if of(e, commit)), None), "an execution"
    )["pipelineExecutionId"]
    shown = delivery.ended(execution, "Failed")
    assert "✗ Build " in shown
    assert "YAML_FILE_ERROR" in shown
    assert "templates/buildspecs/build.yml: no such file or directory" in shown
    delivery.told(f"action Build of stage Build failed in execution {execution}")
    assert delivery.snapshot() == before


def of(execution: dict[str, Any], commit: str) -> bool:
    return any(one["revisionId"] == commit for one in execution.get("sourceRevisions", ()))


def test_a_release_that_is_rejected_goes_nowhere_and_the_push_behind_it_goes_out(
    delivery: Delivery, before: Snapshot
) -> None:
    rejected = delivery.release("for Friday")
    delivery.asked(rejected)
    following = delivery.release("for Monday")
    delivery.reached(following, "Scan", "Succeeded")
    shown = delivery.gen("pipeline", "-e", "dev", "--local")
    assert f"execution {following}" in shown
    assert f"execution {rejected[:8]} waits for an approval" in shown
    assert "Approve" not in delivery.actions(following)
    delivery.gen_pipeline(rejected, "--reject", "not on a Friday", "--yes")
    shown = delivery.ended(rejected, "Failed")
    assert "✗ Approve " in shown
    assert "not on a Friday" in shown
    told = delivery.told(f"action Approve of stage Approve failed in execution {rejected}")
    assert "not on a Friday" in told
    assert delivery.snapshot() == before
    delivery.approve(following)
    delivery.ended(following, "Succeeded")
    after = delivery.snapshot()
    assert after.current == after.last_good != before.last_good
    assert len(set(after.health.values())) == 1


def test_an_alarm_while_a_wave_bakes_brings_every_region_back(delivery: Delivery) -> None:
    if not delivery.can_roll_back():
        delivery.release_and_see("good, to go back to")
    before = delivery.snapshot()
    with delivery.changed(LIST, FAILS_WHEN_ASKED):
        execution = delivery.push("fails when asked to")
    done = threading.Event()

    def call() -> None:
        while not done.wait(0.05):
            delivery.clients[CANARY].call("GET", "/orders?limit=1&fail=yes")

    calls = threading.Thread(target=call)
    with delivery.minutes_of(seconds=5):
        delivery.approve(execution)
        delivery.reached(execution, "Wave1", "Succeeded")
        calls.start()
        try:
            shown = delivery.ended(execution, "Failed")
            delivery.until(lambda: delivery.pointer("current") == before.current, "the good one")
        finally:
            done.set()
            calls.join()
    assert "✗ Verify1" in shown
    assert f"error: {ACCOUNT} {CANARY}: alarm orders-dev-api-error-rate is in ALARM" in shown
    assert "· Wave2" in shown
    delivery.settle()
    (back,) = (
        one["pipelineExecutionId"] for one in delivery.executions()
        if one["trigger"].get("triggerDetail") == execution
    )  # fmt: skip
    shown = delivery.ended(back, "Failed")
    assert "rollback Failed" in shown
    assert "✗ Wave1" in shown
    assert "One or more alarms have been activated" in shown
    assert "(Error Code: ALARM_ACTIVE)" in shown
    good = before.current
    restored, bad = newest(delivery, "restored"), newest(delivery, "bad")
    assert restored["operation"].startswith(f"restore-{good}-from-{good}-1-")
    assert len(restored["regions"]) == len(REGIONS)
    assert f"stage Deploy of pipeline {PIPELINE} failed (execution {execution})" in bad["reason"]
    told = delivery.told(f"{bad['release']} failed; the set has {good}")
    assert f"{good} is restored" in told
    after = delivery.snapshot()
    assert (after.health, after.current, after.last_good) == (before.health, good, good)


def newest(delivery: Delivery, what: str) -> dict[str, Any]:
    """Read the newest entry of a kind in the history of releases."""
    return [one for one in delivery.history() if one["what"] == what][-1]


def test_a_pipeline_that_is_changed_during_a_run_goes_no_further_and_all_regions_go_back(
    delivery: Delivery, before: Snapshot
) -> None:
    with delivery.minutes_of(seconds=3):
        execution = delivery.release("overtaken by a change of the pipeline")
        delivery.approve(execution)
        delivery.reached(execution, "Verify1", "InProgress")
        delivery.change_pipeline()
        shown = delivery.ended(execution, "Cancelled")
    assert "execution Cancelled" in shown
    assert "because   the pipeline was changed while this ran: push again" in shown
    assert "✓ Verify1" in shown
    assert "· Wave2" in shown
    told = delivery.told("is restored instead of")
    assert f"was changed, which has cancelled execution {execution}" in told
    delivery.settle()
    after = delivery.snapshot()
    assert (after.health, after.current, after.last_good) == (
        before.health, before.current, before.last_good
    )  # fmt: skip
    assert newest(delivery, "restored")["release"] == before.current
    reason = newest(delivery, "bad")["reason"]
    assert f"stage Deploy of pipeline {PIPELINE} was cancelled by a change of" in reason
