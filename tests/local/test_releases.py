"""Releases as a person at the terminal makes and lists them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local

TOOLS = "111111111111"
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
BUCKET = f"orders-dev-artifacts-{TOOLS}-us-east-1"


def manifest(project: Project) -> dict[str, Any]:
    return json.loads((project.root / "build/dev/manifest.json").read_text())


def stdout(project: Project, *arguments: str) -> str:
    process = project.start(*arguments, "-e", "dev", "--local")
    printed, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return printed


def keys(project: Project, prefix: str) -> list[str]:
    found = project.cloud.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [row["Key"] for row in found.get("Contents", [])]


def read(project: Project, key: str) -> str:
    body = project.cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"]
    return str(body.read().decode())


def pointers(project: Project) -> tuple[str, str]:
    ssm = project.cloud.client("ssm")
    current, last_good = (
        ssm.get_parameter(Name=f"/orders/dev/release/{name}")["Parameter"]["Value"]
        for name in ("current", "last-good")
    )
    return current, last_good


def story(project: Project) -> list[tuple[str, str]]:
    """Tell what became of which release, oldest first."""
    told = [key.removesuffix(".json").rsplit("-", 2) for key in keys(project, "history/")]
    return [(release, what) for _, release, what in told]


def change(project: Project) -> str:
    """Change a line of code and render; give the release that this makes."""
    project.edit("lambda_code/orders_api/app.py", "from __future__", "# line\nfrom __future__")
    project.gen("render", "-e", "dev")
    return str(manifest(project)["release"])


def test_a_deployment_is_recorded_from_its_beginning_to_its_end(project: Project) -> None:
    project.gen("render", "-e", "dev")
    release = manifest(project)["release"]
    project.gen("deploy", "-e", "dev", "--local", GEN_COMMIT="c0ffee")
    assert story(project) == [(release, "deploying"), (release, "good")]
    assert pointers(project) == (release, release)
    record = json.loads(read(project, f"records/{release}.json"))
    assert record["commit"] == "c0ffee"
    assert record["parameters"]["Release"] == release
    assert set(record["functions"]) == {"orders"}
    assert keys(project, "templates/service/") == [record["template"]["key"]]
    entry = json.loads(read(project, keys(project, "history/")[-1]))
    assert entry["regions"] == [[TOOLS, region] for region in REGIONS]
    assert entry["by"].startswith("arn:aws:iam::")


def test_what_was_published_is_listed_and_says_what_it_would_change(project: Project) -> None:
    project.deploy()
    first = manifest(project)["release"]
    second = change(project)
    printed = dict(line.split("=") for line in stdout(project, "publish").splitlines())
    assert list(printed) == ["GEN_RELEASE", "GEN_MANIFEST", "GEN_CHANGES"]
    assert printed["GEN_RELEASE"] == second
    assert printed["GEN_CHANGES"] == f"changes/{first}-{second}.txt"
    told = read(project, printed["GEN_CHANGES"])
    assert f"Compared with {first}, the last good one" in told
    assert "~ orders: code" in told
    assert pointers(project) == (first, first), "nothing is deployed by publishing"
    rows = {row["release"]: row for row in json.loads(stdout(project, "releases", "--output=json"))}
    assert list(rows) == [second, first]
    assert (rows[second]["verdict"], rows[second]["live_in"]) == (None, 0)
    assert (rows[first]["verdict"], rows[first]["live_in"]) == ("good", 3)
    assert rows[first]["current"]
    assert rows[first]["last_good"]
    table = stdout(project, "releases", "--limit", "2").splitlines()
    assert table[0].split()[:4] == ["RELEASE", "BUILT", "COMMIT", "BY"]
    assert "good     3 regions  current, last good" in table[2]
    before = len(project.cloud.writes())
    assert stdout(project, "publish").splitlines()[0] == f"GEN_RELEASE={second}"
    assert project.cloud.writes()[before:] == [], "what is there is not written again"


@pytest.mark.parametrize("command", ["publish", "deploy"])
def test_a_package_that_was_tampered_with_is_named_and_left_as_it_is(
    project: Project, command: str
) -> None:
    project.deploy()
    key = manifest(project)["functions"][0]["key"]
    bucket = f"orders-dev-artifacts-{TOOLS}-eu-central-1"
    s3 = project.cloud.client("s3", region="eu-central-1")
    s3.put_object(Bucket=bucket, Key=key, Body=b"evil")
    said = project.gen(command, "-e", "dev", "--local", code=1)
    assert f"eu-central-1: s3://{bucket}/{key} was tampered with" in said
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"evil"


def test_a_deployment_stops_when_its_release_is_taken_back_meanwhile(project: Project) -> None:
    project.edit("params/dev.yaml", "strategy: AllAtOnce", "strategy: Canary10Percent5Minutes")
    project.deploy()
    first = manifest(project)["release"]
    second = change(project)
    project.cloud.set_minute(0.1, calls=1)  # so that the canary waits for its five calls
    client, seen = project.client(REGIONS[0]), len(project.cloud.calls())
    process = project.start("deploy", "-e", "dev", "--local")
    project.cloud.until(
        lambda: any(call["action"] == "UpdateStackSet" for call in project.cloud.calls()[seen:])
    )
    project.cloud.client("ssm").put_parameter(
        Name="/orders/dev/release/current", Value=first, Type="String", Overwrite=True
    )
    while process.poll() is None:
        client.call("GET", "/health")
    _, said = process.communicate(timeout=120)
    project.cloud.set_minute(0.1)
    assert process.returncode == 1
    assert f"release {second} was taken back while it was deployed" in said
    assert "UpdateStackInstances" not in [c["action"] for c in project.cloud.calls()[seen:]]
    assert story(project)[-1] == (second, "deploying")


def test_a_release_that_does_not_answer_is_not_good(project: Project) -> None:
    project.deploy()
    first = manifest(project)["release"]
    project.edit("lambda_code/orders_api/app.py", '"status": "ok"', '"status": "ill"')
    said = project.deploy(code=1)
    second = manifest(project)["release"]
    for region in REGIONS:
        assert f"error: {TOOLS} {region}: GET http" in said
    assert "says status ill, not ok" in said
    assert story(project)[-1] == (second, "deploying")
    assert pointers(project) == (second, first)
