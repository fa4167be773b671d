"""What people see of the state of things, against the local cloud."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local

DEV_PIPELINE = """\
pipeline:
  source: {type: codecommit, repository: orders, branch: main}
"""


def printed(project: Project, *arguments: str, code: int = 0, **environment: str) -> str:
    """Run gen; give what it printed on stdout."""
    process = project.start(*arguments, **environment)
    out, said = process.communicate(timeout=120)
    assert process.returncode == code, said
    assert "Traceback" not in said
    return out


@pytest.fixture
def project(project: Project) -> Project:
    """A project without a pipeline, which tests of its own look at."""
    file = project.root / "params" / "dev.yaml"
    text, count = re.subn(r"^pipeline:\n(?:[ \t].*\n)+", "", file.read_text(), flags=re.MULTILINE)
    assert count == 1
    file.write_text(text)
    return project


def state(project: Project) -> Any:
    return json.loads(printed(project, "status", "-e", "dev", "--local", "--output", "json"))


def test_the_state_of_things_before_and_after_a_deployment(project: Project) -> None:
    before = state(project)
    assert {one["status"] for one in before["instances"]} == {None}
    assert before["to_do"][0]["message"] == "the service is not deployed"
    project.deploy()
    after = state(project)
    assert after["current"]
    assert [(one["region"], one["status"], one["release"]) for one in after["instances"]] == [
        (region, "CURRENT", after["current"])
        for region in ("us-west-2", "us-east-1", "eu-central-1")
    ]
    assert after["operation"]["status"] == "SUCCEEDED"
    assert after["pipeline"] is None
    assert after["to_do"] == []


def test_an_alarm_that_is_on_is_shown_with_its_region(project: Project) -> None:
    project.deploy()
    # One of its own, which keeps its state: the service's are judged by its traffic.
    name, cloudwatch = (
        "orders-dev-by-hand",
        project.cloud.client("cloudwatch", region="eu-central-1"),
    )
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="Tests", MetricName="None", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried by hand")
    (row,) = [one for one in state(project)["instances"] if one["region"] == "eu-central-1"]
    assert {"name": name, "reason": "tried by hand"} in row["alarms"]
    shown = printed(project, "status", "-e", "dev", "--local", COLUMNS="80")
    assert f"ALARM {name}" in shown.partition("eu-central-1")[2]


def test_the_clock_and_the_judging_of_calls_are_switched(project: Project) -> None:
    assert printed(project, "local", "clock", "2") == "2\n"
    assert printed(project, "local", "clock") == "2\n"
    assert printed(project, "local", "iam") == "off\n"
    assert printed(project, "local", "iam", "on") == "on\n"
    assert printed(project, "local", "iam", "off") == "off\n"
    assert "at most 60 seconds" in project.gen("local", "clock", "90", code=1)
    assert printed(project, "local", "clock", "--calls", "10") == "2, and 10 calls\n"
    assert "0 to 10000 calls" in project.gen("local", "clock", "--calls", "-1", code=1)
    assert printed(project, "local", "clock", "--calls", "0") == "2\n"
    printed(project, "local", "clock", "0.1")


@pytest.mark.parametrize("command", [["pipeline", "--local"], ["local", "push"]])
def test_without_a_pipeline_the_commands_say_where_to_write_it(
    project: Project, command: list[str]
) -> None:
    said = project.gen(*command, code=1)
    assert "params/dev.yaml: 'dev' has no pipeline" in said


def test_a_push_before_the_deployment_says_what_to_run(project: Project) -> None:
    with (project.root / "params" / "dev.yaml").open("a") as file:
        file.write(DEV_PIPELINE)
    assert "run `gen deploy -e dev --local`" in project.gen("local", "push", code=1)
    to_do = {problem["message"] for problem in state(project)["to_do"]}
    assert to_do == {"the service is not deployed"}
