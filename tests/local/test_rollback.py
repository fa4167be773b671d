"""`gen rollback` against the local cloud, as a person at three in the morning runs it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local

TOOLS = "111111111111"
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
GEN = Path(sys.executable).with_name("gen")
BUCKET = f"orders-dev-artifacts-{TOOLS}-us-east-1"
ROLLBACK = ("rollback", "-e", "dev", "--local")


def release_of(project: Project) -> str:
    return str(json.loads((project.root / "build/dev/manifest.json").read_text())["release"])


def deploy(project: Project) -> str:
    """Deploy a release that is new; give its id."""
    project.edit("lambda_code/orders_api/app.py", "from __future__", "# line\nfrom __future__")
    project.deploy()
    return release_of(project)


def story(project: Project) -> list[tuple[str, str]]:
    """Tell what became of which release, oldest first."""
    found = project.cloud.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="history/")
    told = [row["Key"].removesuffix(".json").rsplit("-", 2) for row in found["Contents"]]
    return [(release, what) for _, release, what in told]


def of_set(project: Project) -> dict[str, str]:
    found = project.cloud.client("cloudformation").describe_stack_set(
        StackSetName="orders-dev-service"
    )["StackSet"]["Parameters"]
    return {row["ParameterKey"]: row["ParameterValue"] for row in found}


def releases_answering(project: Project) -> dict[str, Any]:
    """Give the digest of the code that answers in each region."""
    stacks = project.cloud.client("cloudformation").list_stack_instances(
        StackSetName="orders-dev-service"
    )["Summaries"]
    outputs = {
        row["Region"]: project.cloud.outputs(row["StackId"], region=row["Region"]) for row in stacks
    }
    return {region: out["Release"] for region, out in outputs.items()}


def operations(project: Project, seen: int) -> list[str]:
    """Give the changes of StackSets since then."""
    return [
        call["action"]
        for call in project.cloud.calls()[seen:]
        if call["write"] and call["service"] == "cloudformation" and call["source"] == "client"
    ]


def test_every_region_gets_the_last_good_release_again_without_a_build(project: Project) -> None:
    first, second = deploy(project), deploy(project)
    shutil.rmtree(project.root / "build/dev")
    seen = len(project.cloud.calls())
    said = project.gen(*ROLLBACK, "--yes")
    assert f"release {first}" in said
    for region in REGIONS:
        assert f"{TOOLS}  {region}" in said
    assert f"release {first} is back in 3 regions" in said
    assert "unchanged" not in said
    assert operations(project, seen) == ["UpdateStackSet"], "all regions at once"
    assert releases_answering(project) == dict.fromkeys(REGIONS, first)
    assert project.instances() == dict.fromkeys(REGIONS, "CURRENT")
    assert of_set(project)["DeploymentStrategy"] == "CodeDeployDefault.LambdaAllAtOnce"
    assert of_set(project)["IgnoreAlarmsInDeployment"] == "true"
    assert story(project)[-3:] == [(second, "bad"), (first, "restored"), (first, "good")]
    ssm = project.cloud.client("ssm")
    for pointer in ("current", "last-good"):
        value = ssm.get_parameter(Name=f"/orders/dev/release/{pointer}")["Parameter"]["Value"]
        assert value == first
    before = len(project.cloud.writes())
    assert "nothing to do" in project.gen(*ROLLBACK), "asked twice, it is done once"
    assert project.cloud.writes()[before:] == []
    third = deploy(project)
    assert of_set(project)["IgnoreAlarmsInDeployment"] == "false", "for one rollback only"
    assert story(project)[-1] == (third, "good")


def test_by_waves_and_shifting_it_goes_as_a_deployment_does(project: Project) -> None:
    project.edit(
        "params/dev.yaml", '"111111111111"',
        '"111111111111"\n  overrides: [{regions: [eu-central-1],'
        ' parameters: {OrdersMemory: "1024"}}]',
    )  # fmt: skip
    first, _ = deploy(project), deploy(project)
    seen = len(project.cloud.calls())
    said = project.gen(*ROLLBACK, first, "--yes", "--waves", "--shift")
    assert "in 2 waves" in said
    assert operations(project, seen)[0] == "UpdateStackSet"
    assert set(operations(project, seen)[1:]) == {"UpdateStackInstances"}
    assert of_set(project)["IgnoreAlarmsInDeployment"] == "false"
    assert releases_answering(project) == dict.fromkeys(REGIONS, first)
    memory = project.cloud.client("lambda", region="eu-central-1").get_function_configuration(
        FunctionName="orders-dev-orders"
    )["MemorySize"]
    assert memory == 1024, "what an instance has of its own is kept"


def test_a_rollback_killed_half_way_is_finished_by_the_next_one(project: Project) -> None:
    first, second = deploy(project), deploy(project)
    seen = len(project.cloud.calls())
    process = project.start(*ROLLBACK, "--yes")
    project.cloud.until(
        lambda: (
            process.poll() is not None
            or any(call["action"] == "UpdateStackSet" for call in project.cloud.calls()[seen:])
        )
    )
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it was killed in the middle, not after its end"
    assert story(project)[-2:] == [(second, "bad"), (first, "restored")]
    project.gen(*ROLLBACK, "--yes")
    assert releases_answering(project) == dict.fromkeys(REGIONS, first)
    assert story(project)[-3:] == [(second, "bad"), (first, "restored"), (first, "good")]


def test_what_cannot_be_done_is_refused_before_anything_is_changed(project: Project) -> None:
    first = deploy(project)
    said = project.gen(*ROLLBACK, "--yes", code=1)
    assert "there is no other release that was good" in said
    second = deploy(project)
    before = len(project.cloud.writes())
    said = project.gen(*ROLLBACK, code=2)
    assert "no terminal" in said
    assert "--yes" in said
    almost = first[:-1] + ("0" if first[-1] != "0" else "1")
    said = project.gen(*ROLLBACK, almost, "--yes", code=1)
    assert f"there is no release '{almost}'" in said
    assert f"did you mean '{first}'" in said
    s3 = project.cloud.client("s3", region="eu-central-1")
    record = json.load(
        project.cloud.client("s3").get_object(Bucket=BUCKET, Key=f"records/{first}.json")["Body"]
    )
    key, bucket = record["functions"]["orders"]["key"], BUCKET.replace("us-east-1", "eu-central-1")
    package = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.delete_object(Bucket=bucket, Key=key)
    said = project.gen(*ROLLBACK, "--yes", code=1)
    assert f"eu-central-1: s3://{bucket}/{key} is missing" in said
    mine = ["s3:DeleteObject"]
    assert project.cloud.writes()[before:] == mine
    s3.put_object(Bucket=bucket, Key=key, Body=package)
    project.gen(*ROLLBACK, "--yes")
    said = project.gen(*ROLLBACK, second, "--yes", code=2)
    assert f"release {second} was recorded as bad" in said
    project.gen(*ROLLBACK, second, "--yes", "--force")
    assert releases_answering(project) == dict.fromkeys(REGIONS, second)
    assert story(project)[-1] == (second, "good")


def typed(project: Project, answer: str) -> tuple[int, str]:
    """Roll back at a terminal and type an answer; give the exit code and what was said."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [GEN, *ROLLBACK],
        cwd=project.root, stdin=theirs,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    _, said = process.communicate(timeout=120)
    os.close(ours)
    return process.returncode, said


def test_at_a_terminal_the_environments_name_must_be_typed(project: Project) -> None:
    first, second = deploy(project), deploy(project)
    code, said = typed(project, "yes")
    assert (code, "not confirmed: nothing was changed" in said) == (1, True)
    assert story(project)[-1] == (second, "good")
    code, said = typed(project, "orders-dev")
    assert code == 0, said
    assert releases_answering(project) == dict.fromkeys(REGIONS, first)
