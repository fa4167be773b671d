"""`gen test` with the real taskcat, on the local cloud: what it finds, tells and leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from local.conftest import REGIONS, TOOLS, LocalCloud, Project, copy_project

pytestmark = [pytest.mark.local, pytest.mark.xdist_group("taskcat")]
OFFLINE = Path(__file__).with_name("offline")
FOLDER = Path("build/taskcat/dev.local")
# Takes a name that the template has taken before, in a way that no linter can see.
BROKEN = """\
  SecondAlias:
    Type: AWS::KMS::Alias
    DependsOn: TopicsKeyAlias
    Properties:
      AliasName: !Join ["-", [!Sub "alias/${Project}", !Ref Environment, topics]]
      TargetKeyId: !Ref TopicsKey

Outputs:
"""


def run(project: Project, *arguments: str, code: int = 0) -> tuple[str, str]:
    """Run `gen test`; give what it printed, and what it said besides."""
    process = project.start("test", "-e", "dev", "--local", *arguments)
    printed, said = process.communicate(timeout=300)
    assert process.returncode == code, said
    assert "Traceback" not in said
    return printed, said


def left(cloud: LocalCloud) -> list[str]:
    """Name all that is there of a test, and costs."""
    found = [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]]
    found += [role["RoleName"] for role in cloud.client("iam").list_roles()["Roles"]]
    for region in REGIONS:
        aws = {
            name: cloud.client(name, region=region)
            for name in ("cloudformation", "dynamodb", "kms", "lambda", "logs", "sqs")
        }
        stacks = aws["cloudformation"].describe_stacks()["Stacks"]
        found += [s["StackName"] for s in stacks if s["StackStatus"] != "DELETE_COMPLETE"]
        found += aws["dynamodb"].list_tables()["TableNames"]
        found += [f["FunctionName"] for f in aws["lambda"].list_functions()["Functions"]]
        found += [g["logGroupName"] for g in aws["logs"].describe_log_groups()["logGroups"]]
        found += aws["sqs"].list_queues().get("QueueUrls", [])
        for key in aws["kms"].list_keys()["Keys"]:
            state = aws["kms"].describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
            found += [] if state == "PendingDeletion" else [key["KeyId"]]
    return found


def cases(project: Project) -> list[ET.Element]:
    """Read the JUnit report."""
    return list(ET.parse(project.root / FOLDER / "taskcat_outputs/junit.xml").iter("testcase"))


def test_every_unit_passes_in_three_regions_and_nothing_is_left(rendered: Project) -> None:
    printed, said = run(rendered, "--output", "json")
    outcome = json.loads(printed)
    assert outcome["passed"]
    asked: dict[tuple[str, str], list[str]] = {}
    for one in outcome["results"]:
        assert one["outcome"] == "passed", one
        asked.setdefault((one["unit"], one["region"]), []).append(one["check"])
    units = {("roles", "us-east-1")} | {
        (unit, region) for unit in ("core", "artifacts", "service") for region in REGIONS
    }
    assert asked.keys() == units
    for region in REGIONS:
        assert asked["artifacts", region] == ["deployed", "tags", "outputs", "bucket"]
        assert asked["service", region] == [
            "deployed", "tags", "outputs", "release", "alias", "health", "alarms",
        ]  # fmt: skip
    assert "pipeline is not tested: it releases to StackSets" in said
    assert len(cases(rendered)) == len(outcome["results"]) + 1  # nothing is left
    assert not any(list(case) for case in cases(rendered))
    for file in outcome["files"].values():
        assert file in said
    report = (rendered.root / outcome["files"]["report"]).read_text()
    assert report.count("CREATE_COMPLETE") == 7
    assert left(rendered.cloud) == []


def test_plain_taskcat_takes_the_written_project_as_it_is(rendered: Project) -> None:
    printed, _ = run(rendered, "--write", "--unit", "service", "--regions", "us-west-2")
    assert printed == f"{FOLDER}\n"
    done = subprocess.run(
        [Path(sys.executable).with_name("taskcat"), "test", "run", "--minimal-output"],
        cwd=rendered.root / FOLDER,
        env=os.environ
        | {
            "PYTHONPATH": str(OFFLINE),
            "HOME": str(rendered.root),
            "AWS_ENDPOINT_URL": rendered.cloud.endpoint,
            "AWS_ACCESS_KEY_ID": TOOLS,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for template in ("region", "core", "service"):
        assert f"templates/{template}.yaml" in done.stderr + done.stdout
    assert "service us-west-2 CREATE_COMPLETE" in done.stderr + done.stdout
    assert "Deleting stack: arn:aws:cloudformation:us-west-2" in done.stderr + done.stdout
    # Buckets that are given to it by name taskcat leaves behind, with the code.
    assert all("-artifacts-" in name for name in left(rendered.cloud))
    _, said = run(rendered, code=1)
    assert "an earlier test is still deployed" in said
    assert "gen test -e dev --local --clean" in said
    _, said = run(rendered, "--clean")
    assert "nothing is left of orders-t" in said
    assert left(rendered.cloud) == []


def test_a_broken_template_fails_with_its_line_and_leaves_nothing(
    rendered: Project, tmp_path: Path
) -> None:
    project = copy_project(tmp_path / "project", rendered.cloud)
    template = project.root / "templates/service.yaml.j2"
    template.write_text(template.read_text().replace("Outputs:\n", BROKEN))
    line = template.read_text().splitlines().index("  SecondAlias:") + 1
    project.gen("render", "-e", "dev")

    printed, said = run(project, "--unit", "service", "--regions", "us-west-2", code=1)

    assert "✗ deployed  · tags" in printed
    assert "✓ deployed  ✓ tags  ✓ outputs  ✓ alarms" in printed  # core
    reason = f"templates/service.yaml.j2:{line}: service in us-west-2: SecondAlias"
    assert f"error: {reason} (AWS::KMS::Alias) CREATE_FAILED" in said
    assert "-topics' already exists" in said
    failed = [case for case in cases(project) if case.find("failure") is not None]
    assert [(c.get("classname"), c.get("name"), c.get("line")) for c in failed] == [
        ("service.us-west-2", "deployed", str(line))
    ]
    assert left(rendered.cloud) == []


def test_a_run_that_is_stopped_leaves_nothing(rendered: Project) -> None:
    process = rendered.start("test", "-e", "dev", "--local", "--unit", "artifacts")
    assert process.stderr is not None
    said = ""
    while "CREATE_" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=300)
    assert process.returncode == 130, said + rest
    assert "nothing is left" in rest
    assert left(rendered.cloud) == []
