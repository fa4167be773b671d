"""The course of a deployment, as it is read: what belongs to it, where failures are written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from events import EAST, TOOLS, WEST, at
from fakeaws import FakeCloud, refusal

from generator.config import load
from generator.deploy.inspection.course import Course, course
from generator.deploy.inspection.last_drift import last_drift
from generator.deploy.inspection.span import Kind
from generator.deploy.operations.watch import TemplateLines
from generator.releases import Entry, What
from generator.releases.history import Event

pytestmark = pytest.mark.unit

OLD, NEW = "0123456789ab", "ba9876543210"
ADA = "arn:aws:iam::111111111111:user/ada"
MINUTE = 60
TEMPLATE = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
SOURCES = json.dumps([["templates/service.yaml.j2", line] for line in (7, 8, 9)])


def event(seconds: float, resource: str, status: str, reason: str = "") -> dict[str, Any]:
    return {
        "EventId": f"{resource} {seconds} {status}", "StackId": WEST, "Timestamp": at(seconds),
        "LogicalResourceId": resource,
        "PhysicalResourceId": WEST if resource == "stack" else resource,
        "ResourceType": "AWS::SQS::Queue", "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }  # fmt: skip


EVENTS = [
    event(0, "stack", "UPDATE_IN_PROGRESS"),
    event(5, "stack", "UPDATE_COMPLETE"),
    event(5 * MINUTE, "stack", "UPDATE_IN_PROGRESS"),
    event(5 * MINUTE + 1, "Queue", "UPDATE_FAILED", "no room"),
    event(5 * MINUTE + 9, "stack", "UPDATE_ROLLBACK_COMPLETE"),
]
ENTRIES = [
    Entry(Event(at(-1), OLD, What.DEPLOYING), ADA),
    Entry(Event(at(9), OLD, What.GOOD), ADA),
    Entry(Event(at(5 * MINUTE - 1), NEW, What.DEPLOYING), ADA, commit="c0ffee"),
    Entry(Event(at(5 * MINUTE + 10), NEW, What.BAD), ADA, reason="a wave failed"),
]


def operation(name: str, seconds: float, action: str = "UPDATE") -> dict[str, Any]:
    return {
        "OperationId": name, "Action": action, "Status": "SUCCEEDED",
        "CreationTimestamp": at(seconds), "EndTimestamp": at(seconds + 10),
        "StatusDetails": {"FailedStackInstancesCount": 0},
    }  # fmt: skip


def only_service(answer: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Answer for the service's StackSet; there is no other."""

    def answered(**given: Any) -> dict[str, Any]:
        if given["StackSetName"] != "shop-dev-service":
            return refusal("StackSetNotFoundException")()
        return answer

    return answered


def aws() -> dict[str, Any]:
    """Answer for one stack that was deployed twice within five minutes."""
    objects = {entry.event.key: entry.to_json() for entry in ENTRIES}
    listed = [
        {"Key": key, "Size": 1, "LastModified": at(0), "ETag": "x"} for key in objects
    ]  # fmt: skip
    instance = {
        "Account": TOOLS, "Region": WEST, "StackId": WEST, "Status": "CURRENT",
        "DriftStatus": "DRIFTED", "LastDriftCheckTimestamp": at(0),
    }  # fmt: skip
    unchecked = {"Account": TOOLS, "Region": EAST, "Status": "CURRENT"}
    operations = [
        operation("x", 6 * MINUTE, "DETECT_DRIFT"), operation("gen-2", 5 * MINUTE),
        operation("gen-1", 0),
    ]  # fmt: skip
    return {
        "cloudformation.describe_stacks": refusal("ValidationError", "x does not exist"),
        "cloudformation.describe_stack_set": only_service(
            {"StackSet": {"StackSetId": "x", "TemplateBody": ""}}
        ),
        "cloudformation.list_stack_instances": only_service({"Summaries": [instance, unchecked]}),
        "cloudformation.describe_stack_events": {"StackEvents": EVENTS[::-1]},
        "cloudformation.list_stack_set_operations": only_service({"Summaries": operations}),
        "logs.filter_log_events": {"events": []},
        "s3.list_objects_v2": {"Contents": listed},
        "s3.get_object": lambda **given: {"Body": Body(objects[given["Key"]])},
    }


class Body:
    """What boto3 gives of an object."""

    def __init__(self, text: str):
        self._text = text

    def read(self) -> bytes:
        return self._text.encode()


@pytest.fixture
def look(project: Path) -> Callable[..., Course]:
    """Read the course, with some answers changed."""

    def looked(since: float | None = None, **changed: Any) -> Course:
        answers = aws() | {name.replace("__", ".", 1): one for name, one in changed.items()}
        return course(
            load(project, "dev").config, FakeCloud(answers),  # type: ignore[arg-type]
            since=None if since is None else at(since), regions=(), now=lambda: at(600),
            lines={"service": TemplateLines(TEMPLATE, SOURCES)},
        )  # fmt: skip

    return looked


def test_the_last_deployment_is_read_with_its_operation_and_its_release(
    look: Callable[..., Course],
) -> None:
    found = look()
    assert [(span.kind, span.by) for span in found.timeline.spans] == [
        (Kind.OPERATION, "gen"), (Kind.STACK, ""),
    ]  # fmt: skip
    assert found.timeline.began == at(5 * MINUTE)
    assert [(entry.event.release, entry.event.what) for entry in found.releases] == [
        (NEW, What.DEPLOYING), (NEW, What.BAD),
    ]  # fmt: skip
    assert found.releases == tuple(ENTRIES[2:]), "as they were noted, all of it"


def test_a_failure_is_found_where_its_resource_is_written(look: Callable[..., Course]) -> None:
    (trouble,) = look().troubles
    assert (trouble.line.what, trouble.line.text) == ("Queue", "no room")
    assert str(trouble.origin) == "templates/service.yaml.j2:8"


def test_since_a_moment_all_of_it_is_read(look: Callable[..., Course]) -> None:
    found = look(since=0)
    assert len(found.timeline.stacks) == 2
    assert [entry.event.what for entry in found.releases] == [
        What.DEPLOYING, What.GOOD, What.DEPLOYING, What.BAD,
    ]  # fmt: skip


def test_without_a_bucket_or_events_there_is_less_to_tell(look: Callable[..., Course]) -> None:
    assert look(s3__list_objects_v2=refusal("NoSuchBucket")).releases == ()
    nothing = look(cloudformation__describe_stack_events={"StackEvents": []})
    assert (nothing.timeline.spans, nothing.releases) == ((), ())


def test_an_entry_that_cannot_be_read_is_told_without_its_author(
    look: Callable[..., Course],
) -> None:
    found = look(s3__get_object=lambda **given: {"Body": Body("[]")})
    assert [(entry.event.release, entry.by) for entry in found.releases] == [(NEW, ""), (NEW, "")]


def test_drift_is_known_only_where_it_was_ever_looked_for(project: Path) -> None:
    config = load(project, "dev").config
    found = last_drift(config, FakeCloud(aws()))  # type: ignore[arg-type]
    assert {pair: (one.drift, one.checked) for pair, one in found.items()} == {
        (TOOLS, WEST): ("DRIFTED", at(0))
    }
    gone = aws() | {
        "cloudformation.list_stack_instances": refusal("StackSetNotFoundException")
    }  # fmt: skip
    assert last_drift(config, FakeCloud(gone)) == {}  # type: ignore[arg-type]
