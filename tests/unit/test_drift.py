"""`gen drift`: what is asked of AWS, what is waited for, and how the answer is told."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakeaws import Answer, FakeCloud, refusal
from rich.console import Console

from generator.config import Config, load
from generator.deploy.inspection.drift import DriftDetection
from generator.deploy.inspection.drift_report import DriftReport, StackDrift, UnitDrift
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.progress import Row
from generator.report.drift import picture

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
TOOLS, MEMBER = "111111111111", "222222222222"
TEMPLATE = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n  Handle:\n    Type: X\n"
SOURCES = json.dumps([["templates/core.yaml.j2", number * 10] for number in range(1, 6)])
CHANGED = {
    "LogicalResourceId": "Jobs",
    "PhysicalResourceId": "jobs",
    "ResourceType": "AWS::SQS::Queue",
    "StackResourceDriftStatus": "MODIFIED",
    "PropertyDifferences": [
        {
            "PropertyPath": "/DelaySeconds",
            "ExpectedValue": "1",
            "ActualValue": "2",
            "DifferenceType": "NOT_EQUAL",
        }
    ],
}
HANDLE = {"LogicalResourceId": "Handle", "ResourceType": "AWS::CloudFormation::WaitConditionHandle"}


class Told:
    """Remembers what a drift detection reports."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.notes: list[str] = []
        self.ended = ""

    def begin(self, unit: str, purpose: str) -> None: ...

    def row(self, row: Row) -> None:
        self.rows.append(row)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def end(self, result: str) -> None:
        self.ended = result

    def close(self) -> None: ...


@pytest.fixture
def config(project: Path) -> Config:
    return load(project, "dev").config


def in_turn(*answers: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Answer with one after the other, and with the last one from then on."""
    left = list(answers)
    return lambda **_: left.pop(0) if len(left) > 1 else left[0]


def stack(status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
    return {"Stacks": [{"StackId": "arn", "StackStatus": status}]}


def detection(status: str = "DETECTION_COMPLETE", drift: str = "DRIFTED") -> dict[str, Any]:
    return {
        "DetectionStatus": status, "StackDriftStatus": drift, "DetectionStatusReason": "no right",
    }  # fmt: skip


def a_stack(**answers: Answer) -> dict[str, Answer]:
    """Answers of a region with one drifted stack, in which one resource cannot be compared."""
    return {
        f"cloudformation.{name}": answer
        for name, answer in {
            "describe_stacks": stack(),
            "detect_stack_drift": {"StackDriftDetectionId": "look"},
            "describe_stack_drift_detection_status": detection(),
            "describe_stack_resource_drifts": {"StackResourceDrifts": [CHANGED]},
            "list_stack_resources": {"StackResourceSummaries": [CHANGED, HANDLE]},
            "get_template": {"TemplateBody": TEMPLATE},
            **answers,
        }.items()
    }


def instance(account: str, region: str, drift: str = "NOT_CHECKED") -> dict[str, Any]:
    return {
        "Account": account, "Region": region, "StackId": f"stack-{account}-{region}",
        "Status": "CURRENT", "DriftStatus": drift,
    }  # fmt: skip


def operation(status: str = "SUCCEEDED", **more: Any) -> dict[str, Any]:
    return {
        "OperationId": "gen-drift-1", "Action": "DETECT_DRIFT", "Status": status,
        "CreationTimestamp": NOW, **more,
    }  # fmt: skip


def a_set(*instances: dict[str, Any], **answers: Answer) -> dict[str, Answer]:
    """Answers of a set whose drift is detected as its instances say."""
    results = [
        {"Account": one["Account"], "Region": one["Region"], "Status": "SUCCEEDED"}
        for one in instances
    ]
    return {
        **a_stack(),
        **{
            f"cloudformation.{name}": answer
            for name, answer in {
                "describe_stack_set": {
                    "StackSet": {"StackSetId": "set:1", "TemplateBody": TEMPLATE}
                },
                "list_stack_instances": {"Summaries": list(instances)},
                "list_stack_set_operations": {"Summaries": []},
                "detect_stack_set_drift": {},
                "describe_stack_set_operation": {"StackSetOperation": operation()},
                "list_stack_set_operation_results": {"Summaries": results},
                "list_stack_instance_resource_drifts": {"Summaries": [CHANGED]},
                **answers,
            }.items()
        },
    }


def look(config: Config, cloud: FakeCloud, unit: str) -> tuple[DriftReport, Told]:
    told = Told()
    cloud.poll_seconds = 0  # type: ignore[attr-defined]
    lines = {unit: TemplateLines(TEMPLATE, SOURCES)}
    return DriftDetection(config, cloud, told, lines=lines, sleep=lambda _: None).run([unit]), told  # type: ignore[arg-type]


def only(report: DriftReport) -> tuple[UnitDrift, StackDrift]:
    (unit,) = report.units
    (found,) = unit.stacks
    return unit, found


def arguments(cloud: FakeCloud, method: str) -> list[dict[str, Any]]:
    return [given for name, given in cloud.calls if name == method]


def test_a_drifted_stack_is_told_by_property_and_template_line(config: Config) -> None:
    report, told = look(config, FakeCloud(a_stack()), "core")
    unit, found = only(report)
    assert report.drifted
    assert (found.account, found.region, found.status) == (TOOLS, "us-east-1", "DRIFTED")
    (resource,) = found.resources
    assert (resource.logical_id, resource.status) == ("Jobs", "MODIFIED")
    assert (resource.file, resource.line) == ("templates/core.yaml.j2", 20)
    assert [asdict(one) for one in resource.differences] == [
        {"path": "/DelaySeconds", "expected": "1", "actual": "2", "type": "NOT_EQUAL"}
    ]
    assert [one.logical_id for one in unit.unchecked] == ["Handle"]
    assert told.rows[-1].detail == "core: 1 resource drifted"


def test_a_detection_is_followed_to_its_end(config: Config) -> None:
    cloud = FakeCloud(
        a_stack(
            describe_stack_drift_detection_status=in_turn(
                detection("DETECTION_IN_PROGRESS"), detection(drift="IN_SYNC")
            ),
            describe_stack_resource_drifts={"StackResourceDrifts": []},
        )
    )
    report, _ = look(config, cloud, "core")
    assert only(report)[1].status == "IN_SYNC"
    assert not report.drifted
    assert arguments(cloud, "get_template") == []


def test_somebody_elses_detection_is_waited_for(config: Config) -> None:
    answers = [
        refusal("ValidationError", "Drift detection is already in progress for stack arn"),
        lambda **_: {"StackDriftDetectionId": "look"},
    ]
    cloud = FakeCloud(a_stack(detect_stack_drift=lambda **_: answers.pop(0)()))
    report, told = look(config, cloud, "core")
    assert report.drifted
    assert told.notes == ["waiting for somebody else's drift detection of stack shop-dev-core"]


def test_a_stack_that_is_being_changed_is_waited_for(config: Config) -> None:
    cloud = FakeCloud(a_stack(describe_stacks=in_turn(stack("UPDATE_IN_PROGRESS"), stack())))
    report, told = look(config, cloud, "core")
    assert report.drifted
    assert told.notes == ["waiting for stack shop-dev-core, which is UPDATE_IN_PROGRESS"]


def test_a_stack_that_cannot_be_checked_is_a_problem_and_no_drift(config: Config) -> None:
    said = "Stack [shop-dev-core] is in ROLLBACK_COMPLETE state"
    cloud = FakeCloud(a_stack(detect_stack_drift=refusal("ValidationError", said)))
    report, _ = look(config, cloud, "core")
    assert only(report)[1].status == "UNKNOWN"
    assert [problem.message for problem in report.problems] == [
        f"shop-dev-core in {TOOLS} us-east-1: {said}"
    ]
    assert not report.drifted


def test_a_resource_that_cannot_be_read_hides_no_other_one(config: Config) -> None:
    failed = {**HANDLE, "StackResourceDriftStatus": "UNKNOWN", "DriftStatusReason": "no right"}
    cloud = FakeCloud(
        a_stack(
            describe_stack_drift_detection_status=detection("DETECTION_FAILED"),
            describe_stack_resource_drifts={"StackResourceDrifts": [CHANGED, failed]},
        )
    )
    report, _ = look(config, cloud, "core")
    unit, found = only(report)
    assert [one.logical_id for one in found.resources] == ["Jobs"]
    assert [(one.logical_id, one.reason) for one in unit.unchecked] == [("Handle", "no right")]


def test_a_unit_that_is_not_deployed_has_not_drifted(config: Config) -> None:
    gone = refusal("ValidationError", "Stack with id shop-dev-core does not exist")
    report, _ = look(config, FakeCloud(a_stack(describe_stacks=gone)), "core")
    assert report.units[0].stacks == ()
    assert (report.drifted, report.problems) == (False, ())
    missing = refusal("StackSetNotFoundException")
    report, _ = look(config, FakeCloud(a_set(describe_stack_set=missing)), "service")
    assert report.units[0].stacks == ()


def test_of_a_set_only_drifted_instances_are_read_and_one_for_what_is_not_checked(
    config: Config,
) -> None:
    regions = ("us-west-2", "us-east-1", "eu-central-1", "eu-west-1")
    there = [instance(TOOLS, region, "IN_SYNC") for region in regions]
    there[1]["DriftStatus"] = "DRIFTED"
    cloud = FakeCloud(a_set(*there))
    report, told = look(config, cloud, "service")
    (unit,) = report.units
    assert [one.status for one in unit.stacks] == ["IN_SYNC", "DRIFTED", "IN_SYNC", "IN_SYNC"]
    assert [one.logical_id for one in unit.unchecked] == ["Handle"]
    read = {one["StackName"] for one in arguments(cloud, "describe_stack_resource_drifts")}
    assert read == {f"stack-{TOOLS}-us-east-1", f"stack-{TOOLS}-us-west-2"}
    (started,) = arguments(cloud, "detect_stack_set_drift")
    assert started["OperationId"].startswith("gen-drift-")
    assert started["OperationPreferences"]["FailureTolerancePercentage"] == 100
    assert told.ended == "drifted"


def test_an_account_out_of_reach_is_read_through_the_set(config: Config) -> None:
    cloud = FakeCloud(a_set(instance(MEMBER, "us-east-1", "DRIFTED")))
    cloud.unreachable = {MEMBER}
    report, _ = look(config, cloud, "service")
    assert [one.logical_id for one in only(report)[1].resources] == ["Jobs"]
    (read,) = arguments(cloud, "list_stack_instance_resource_drifts")
    assert (read["StackInstanceAccount"], read["StackInstanceRegion"]) == (MEMBER, "us-east-1")
    assert read["OperationId"] == arguments(cloud, "detect_stack_set_drift")[0]["OperationId"]
    assert arguments(cloud, "describe_stack_resource_drifts") == []


def test_an_operation_under_way_is_waited_for_and_said_whose_it_is(config: Config) -> None:
    running = {**operation("RUNNING"), "OperationId": "gen-1", "Action": "UPDATE"}
    cloud = FakeCloud(
        a_set(
            instance(TOOLS, "us-east-1", "IN_SYNC"),
            list_stack_set_operations=in_turn({"Summaries": [running]}, {"Summaries": []}),
        )
    )
    _, told = look(config, cloud, "service")
    assert any("UPDATE of shop-dev-service by gen" in note for note in told.notes), told.notes


def test_an_operation_that_begins_between_look_and_call_is_waited_for(config: Config) -> None:
    answers = [refusal("OperationInProgressException"), lambda **_: {}]
    cloud = FakeCloud(
        a_set(
            instance(TOOLS, "us-east-1", "IN_SYNC"),
            detect_stack_set_drift=lambda **_: answers.pop(0)(),
        )
    )
    report, _ = look(config, cloud, "service")
    assert only(report)[1].status == "IN_SYNC"
    first, second = arguments(cloud, "detect_stack_set_drift")
    assert first == second


def test_an_instance_that_failed_is_a_problem_and_the_others_are_told(config: Config) -> None:
    results = [
        {"Account": TOOLS, "Region": "us-east-1", "Status": "SUCCEEDED"},
        {
            "Account": MEMBER, "Region": "us-east-1", "Status": "FAILED",
            "StatusReason": "no such role",
        },
    ]  # fmt: skip
    cloud = FakeCloud(
        a_set(
            instance(TOOLS, "us-east-1", "DRIFTED"),
            instance(MEMBER, "us-east-1", "UNKNOWN"),
            list_stack_set_operation_results={"Summaries": results},
        )
    )
    report, _ = look(config, cloud, "service")
    assert [one.status for one in report.units[0].stacks] == ["DRIFTED", "UNKNOWN"]
    assert report.drifted
    assert [problem.message for problem in report.problems] == [
        f"shop-dev-service in {MEMBER} us-east-1: no such role"
    ]


def test_lists_are_read_to_their_last_page(config: Config) -> None:
    def pages(StackSetName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803
        if not NextToken:
            return {"Summaries": [instance(TOOLS, "us-east-1", "IN_SYNC")], "NextToken": "2"}
        return {"Summaries": [instance(TOOLS, "us-west-2", "DRIFTED")]}

    def drifts(StackName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803
        if not NextToken:
            return {"StackResourceDrifts": [], "NextToken": "2"}
        return {"StackResourceDrifts": [CHANGED]}

    results = [
        {"Account": TOOLS, "Region": region, "Status": "SUCCEEDED"}
        for region in ("us-east-1", "us-west-2")
    ]
    cloud = FakeCloud(
        a_set(
            list_stack_instances=pages,
            describe_stack_resource_drifts=drifts,
            list_stack_set_operation_results={"Summaries": results},
        )
    )
    report, _ = look(config, cloud, "service")
    assert [one.status for one in report.units[0].stacks] == ["IN_SYNC", "DRIFTED"]
    assert [one.logical_id for one in report.units[0].stacks[1].resources] == ["Jobs"]


def test_one_units_failure_leaves_the_others_results(config: Config) -> None:
    cloud = FakeCloud(
        {
            **a_set(instance(TOOLS, "us-east-1", "IN_SYNC")),
            "cloudformation.detect_stack_set_drift": refusal("AccessDenied", "no"),
        }
    )
    cloud.poll_seconds = 0  # type: ignore[attr-defined]
    detect = DriftDetection(config, cloud, Told(), lines={}, sleep=lambda _: None)  # type: ignore[arg-type]
    report = detect.run(["core", "service"])
    states = {unit.unit: [one.status for one in unit.stacks] for unit in report.units}
    assert states == {"core": ["DRIFTED"], "service": []}
    assert "AccessDenied" in report.problems[0].message


def test_the_picture_names_place_resource_line_and_values(config: Config) -> None:
    report, _ = look(config, FakeCloud(a_stack()), "core")
    out = io.StringIO()
    Console(file=out, width=200, no_color=True).print(picture(report))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines == [
        "shop-dev",
        "",
        "core  shop-dev-core",
        "  ! 111111111111 us-east-1       DRIFTED  no right",
        "      Jobs (AWS::SQS::Queue)  MODIFIED  jobs",
        "        templates/core.yaml.j2:20",
        "        /DelaySeconds  NOT_EQUAL  1 → 2",
        "  not checked, for CloudFormation cannot compare them:",
        "      AWS::CloudFormation::WaitConditionHandle  Handle",
    ]
