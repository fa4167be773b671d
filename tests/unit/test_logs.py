"""`gen logs`: many stacks and logs become one story."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakeaws import FakeCloud, refusal
from rich.console import Console

from generator.aws.logs import log_events
from generator.config import load
from generator.deploy.inspection.logs import Logs, following
from generator.deploy.pipeline.delivery_events import LogLine
from generator.report.logs import LogPicture

pytestmark = pytest.mark.unit

TOOLS = "111111111111"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def event(stack: str, minutes: float, resource: str, status: str = "UPDATE_COMPLETE") -> Any:
    return {
        "EventId": f"{stack} {minutes} {resource} {status}",
        "StackId": stack,
        "Timestamp": at(minutes),
        "LogicalResourceId": resource,
        "PhysicalResourceId": stack if resource == "stack" else resource,
        "ResourceType": "AWS::SQS::Queue",
        "ResourceStatus": status,
    }


class Aws:
    """A core stack and a service in two regions; each stack's events have pages of two."""

    def __init__(self) -> None:
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.pages: list[str] = []
        self.logged: list[dict[str, Any]] = []
        self.cloud = FakeCloud(
            {
                "cloudformation.describe_stacks": self.describe_stacks,
                "cloudformation.describe_stack_set": self.describe_stack_set,
                "cloudformation.list_stack_instances": self.list_stack_instances,
                "cloudformation.describe_stack_events": self.describe_stack_events,
                "logs.filter_log_events": self.filter_log_events,
            }
        )

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if StackName != "shop-dev-core":
            return refusal("ValidationError", f"Stack with id {StackName} does not exist")()
        return {"Stacks": [{"StackId": "core", "StackStatus": "UPDATE_COMPLETE"}]}

    def describe_stack_set(self, StackSetName: str) -> dict[str, Any]:  # noqa: N803
        if StackSetName != "shop-dev-service":
            return refusal("StackSetNotFoundException")()
        return {"StackSet": {"StackSetId": "x", "TemplateBody": ""}}

    def list_stack_instances(self, **_: Any) -> dict[str, Any]:
        return {
            "Summaries": [
                {"Account": TOOLS, "Region": region, "StackId": region, "Status": "CURRENT"}
                for region in ("us-west-2", "eu-central-1")
            ]
        }

    def describe_stack_events(self, StackName: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        self.pages.append(f"{StackName} {NextToken}")
        newest_first = sorted(
            self.events.get(StackName, []), key=lambda e: e["Timestamp"], reverse=True
        )
        start = int(NextToken)
        page: dict[str, Any] = {"StackEvents": newest_first[start : start + 2]}
        if start + 2 < len(newest_first):
            page["NextToken"] = str(start + 2)
        return page

    def filter_log_events(self, **given: Any) -> dict[str, Any]:
        return {"events": [e for e in self.logged if e["timestamp"] >= given["startTime"]]}

    def happened(self, stack: str, *moments: tuple[float, str]) -> None:
        known = self.events.setdefault(stack, [])
        known.extend(event(stack, minutes, resource) for minutes, resource in moments)

    def delivered(self, minutes: float, kind: str, **detail: Any) -> None:
        message = {
            "detail-type": kind, "account": TOOLS, "region": "us-west-2", "detail": detail,
        }  # fmt: skip
        self.logged.append(
            {
                "eventId": f"{kind} {minutes}",
                "timestamp": int(at(minutes).timestamp() * 1000),
                "message": json.dumps(message),
            }
        )


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def logs(aws: Aws, project: Path) -> Logs:
    return Logs(load(project, "dev").config, aws.cloud)  # type: ignore[arg-type]


def told(lines: list[LogLine]) -> list[str]:
    return [f"{line.region} {line.source} {line.what}" for line in lines]


def test_the_events_of_all_regions_become_one_story_in_time(aws: Aws, logs: Logs) -> None:
    aws.happened("core", (0, "Bus"), (4, "Topic"))
    aws.happened("us-west-2", (1, "Queue"), (3, "stack"))
    aws.happened("eu-central-1", (2, "Queue"))
    assert told(logs.deployments(at(-1))) == [
        "us-east-1 core Bus",
        "us-west-2 service Queue",
        "eu-central-1 service Queue",
        "us-west-2 service stack",
        "us-east-1 core Topic",
    ]


def test_without_a_moment_it_goes_back_to_the_last_long_silence(aws: Aws, logs: Logs) -> None:
    # Half an hour is longer than a quarter and the bake time.
    aws.happened("core", (0, "Old"), (40, "Bus"))
    aws.happened("us-west-2", (9, "Older"), (60, "Queue"))
    assert told(logs.deployments(None)) == ["us-east-1 core Bus", "us-west-2 service Queue"]


def test_pages_that_tell_of_former_times_are_not_read(aws: Aws, logs: Logs) -> None:
    aws.happened("us-west-2", *((minutes, f"R{minutes}") for minutes in range(20)))
    logs.deployments(at(17.5))
    assert [page for page in aws.pages if page.startswith("us-west-2")] == [
        "us-west-2 0",
        "us-west-2 2",
    ]


def test_deliveries_are_told_in_between(aws: Aws, logs: Logs) -> None:
    aws.happened("us-west-2", (1, "Alias"), (3, "stack"))
    aws.delivered(
        2, "CodeDeploy Deployment State-change Notification",
        state="SUCCESS", deploymentId="d-1", deploymentGroup="shop-dev-orders",
    )  # fmt: skip
    aws.delivered(
        2.5, "CloudFormation StackSet StackInstance Status Change",
        **{"stack-id": f"arn:aws:cloudformation:us-west-2:{TOOLS}:stack/a/b"},
    )  # fmt: skip
    lines = logs.deployments(None)
    assert [line.what for line in lines] == ["Alias", "deployment d-1 of shop-dev-orders", "stack"]
    assert lines[1].status == "SUCCESS"


def test_the_pipeline_that_built_it_belongs_to_the_newest_operation(aws: Aws, logs: Logs) -> None:
    aws.happened("us-west-2", (20, "Alias"))
    for minutes, action in ((-30, "Old"), (2, "Build"), (10, "Scan"), (21, "Verify")):
        aws.delivered(
            minutes, "CodePipeline Action Execution State Change",
            pipeline="p", stage="S", action=action, state="STARTED",
        )  # fmt: skip
    lines = logs.deployments(None)
    assert [line.what for line in lines] == ["p/S/Build", "p/S/Scan", "Alias", "p/S/Verify"]


def test_an_instance_that_cannot_be_looked_into_is_told_by_its_events(aws: Aws, logs: Logs) -> None:
    aws.cloud.unreachable = {"222222222222"}
    aws.delivered(
        2, "CloudFormation StackSet StackInstance Status Change", action="UPDATE",
        **{
            "stack-set-arn": "arn:aws:cloudformation:us-east-1:1:stackset/shop-dev-service:x",
            "stack-id": "arn:aws:cloudformation:eu-central-1:222222222222:stack/a/b",
            "status-details": {"status": "OUTDATED", "status-reason": "it failed"},
        },
    )  # fmt: skip
    (line,) = logs.deployments(at(0))
    assert (line.account, line.region, line.status) == ("222222222222", "eu-central-1", "OUTDATED")
    assert line.what == "UPDATE shop-dev-service"
    assert line.text == "it failed"


def test_an_alarm_says_why(aws: Aws, logs: Logs) -> None:
    aws.delivered(
        1, "CloudWatch Alarm State Change", alarmName="errors",
        state={"value": "ALARM", "reason": "2 of 2"},
    )  # fmt: skip
    (line,) = logs.deployments(at(0))
    assert (line.what, line.status, line.text) == ("alarm errors", "ALARM", "2 of 2")


def test_only_the_regions_that_were_named(aws: Aws, project: Path) -> None:
    aws.happened("us-west-2", (1, "A"))
    aws.happened("eu-central-1", (2, "B"))
    logs = Logs(load(project, "dev").config, aws.cloud, regions=["eu-central-1"])  # type: ignore[arg-type]
    assert told(logs.deployments(at(0))) == ["eu-central-1 service B"]


def test_followed_logs_tell_everything_once_late_comers_too(aws: Aws, logs: Logs) -> None:
    aws.happened("us-west-2", (10, "A"))

    def pause() -> None:
        if not any("B" in e["EventId"] for e in aws.events["us-west-2"]):
            aws.happened("us-west-2", (11, "B"))
        elif "core" not in aws.events:
            aws.happened("core", (10.8, "Late"), (12, "C"))
        else:
            raise KeyboardInterrupt

    stream = following(
        logs.deployments, logs.deployments(None), at(0), pause=pause, progress=Quiet()
    )
    assert until_interrupted(stream) == ["A", "B", "Late", "C"]


def until_interrupted(stream: Iterator[LogLine]) -> list[str]:
    said: list[str] = []
    try:
        for line in stream:
            said.append(line.what)
    except KeyboardInterrupt:
        return said
    raise AssertionError("it ended by itself")


class Quiet:
    def begin(self, unit: str, purpose: str) -> None: ...
    def row(self, row: object) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self, result: str) -> None: ...
    def close(self) -> None: ...


def test_functions_are_read_in_every_region_with_the_pattern(aws: Aws, logs: Logs) -> None:
    aws.logged = [
        {"timestamp": int(START.timestamp() * 1000), "message": "hello\n", "eventId": "1"}
    ]
    lines = logs.functions(["orders"], START, "ERROR")
    assert [line.region for line in lines] == ["us-west-2", "us-east-1", "eu-central-1"]
    assert {line.text for line in lines} == {"hello"}
    calls = [given for name, given in aws.cloud.calls if name == "filter_log_events"]
    assert {call["logGroupName"] for call in calls} == {"/aws/lambda/shop-dev-orders"}
    assert {call["filterPattern"] for call in calls} == {"ERROR"}


def test_a_log_is_read_to_its_end_and_a_missing_one_is_empty() -> None:
    pages: dict[str | None, dict[str, Any]] = {
        None: {"events": [], "nextToken": "2"},
        "2": {"events": [{"timestamp": 0, "message": "a"}], "nextToken": "3"},
        "3": {"events": [{"timestamp": 1, "message": "b"}]},
    }
    answer: Callable[..., Any] = lambda **given: pages[given.get("nextToken")]  # noqa: E731
    where = {"account": TOOLS, "region": "us-east-1", "since": START}
    cloud: Any = FakeCloud({"logs.filter_log_events": answer})
    assert [e.message for e in log_events(cloud, "g", **where)] == ["a", "b"]
    cloud = FakeCloud({"logs.filter_log_events": refusal("ResourceNotFoundException")})
    assert list(log_events(cloud, "g", **where)) == []


@pytest.mark.parametrize("width", [80, 120, 160])
def test_lines_stand_in_columns_at_any_usual_width(width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, no_color=True)
    picture = LogPicture(accounts=False)
    for minutes, region in ((0, "us-west-2"), (1, "ap-southeast-1")):
        line = LogLine(
            str(minutes), at(minutes), TOOLS, region, "service", what="OrdersFunction",
            status="UPDATE_FAILED", text="Resource handler returned message: " + "no " * 30,
        )  # fmt: skip
        console.print(picture.line(line), highlight=False)
    shown = out.getvalue().splitlines()
    assert shown[0].strip() == "2026-11-22 UTC", "the date is said once"
    heads = [line for line in shown[1:] if line.startswith("12:")]
    assert len(heads) == 2
    assert {line.index("service") for line in heads} == {heads[0].index("service")}
    below = [line for line in shown[1:] if not line.startswith("12:")]
    assert below
    assert all(line.startswith(" " * heads[0].index("OrdersFunction")) for line in below)
    assert all(len(line) <= width for line in shown)


def test_a_functions_json_is_said_as_people_would() -> None:
    out = io.StringIO()
    console = Console(file=out, width=120, no_color=True)
    text = json.dumps({"level": "ERROR", "message": "no stock", "requestId": "1"})
    line = LogLine("1", START, TOOLS, "us-west-2", "orders", text=text)
    console.print(LogPicture(accounts=False).line(line))
    assert out.getvalue().splitlines()[-1].rstrip().endswith("ERROR no stock")
