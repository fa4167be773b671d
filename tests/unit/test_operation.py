"""Following an operation of a StackSet: it ends as it ends, and whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from fakeaws import FakeCloud, refusal

from generator.aws import Stacks, StackSets, TemplateSource
from generator.deploy.operations.contact import MOST_MISSES
from generator.deploy.operations.operation import OperationWatch, starter
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.progress import Row, Status
from generator.deploy.stack import StackDeployment
from generator.errors import GenError
from generator.plan import DesiredStack
from generator.plan.state import Operation

pytestmark = pytest.mark.unit
TOOLS, OTHER = "111111111111", "222222222222"
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
PAUSE_SECONDS = 3
STACK = "AWS::CloudFormation::Stack"


def ended(status: str = "SUCCEEDED", *, failed: int = 0) -> dict[str, Any]:
    return {
        "OperationId": "o", "Action": "UPDATE", "Status": status, "CreationTimestamp": NOW,
        "StatusDetails": {"FailedStackInstancesCount": failed},
    }  # fmt: skip


def result(status: str, region: str = "us-west-2", reason: str = "") -> dict[str, Any]:
    return {"Account": TOOLS, "Region": region, "Status": status, "StatusReason": reason}


def instance(region: str, detailed: str = "FAILED", status: str = "OUTDATED") -> dict[str, Any]:
    return {
        "Account": TOOLS, "Region": region, "StackId": f"arn:{region}", "Status": status,
        "StackInstanceStatus": {"DetailedStatus": detailed},
    }  # fmt: skip


def event(
    logical_id: str, status: str, reason: str = "", *, stack: str, second: int,
    physical_id: str = "", type_: str = "AWS::SNS::Topic",
) -> dict[str, Any]:  # fmt: skip
    return {
        "EventId": f"{stack}-{second}", "StackId": stack, "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id, "ResourceType": type_, "ResourceStatus": status,
        "ResourceStatusReason": reason, "Timestamp": NOW + timedelta(seconds=second),
    }  # fmt: skip


def refusing(code: str, status: int = 400) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "said AWS"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Operation")


@dataclass
class Told:
    """A progress that remembers."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def begin(self, unit: str, purpose: str) -> None: ...

    def end(self, result: str) -> None: ...

    def close(self) -> None: ...

    def row(self, row: Row) -> None:
        self.rows[(row.account, row.region)] = row

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass
class Scene:
    """A set `shop`, an operation `o` on it, and somebody who watches."""

    looks: Iterator[Any]
    """What describing the operation gives, look by look; an exception is raised."""
    results: list[dict[str, Any]] = field(default_factory=lambda: [result("SUCCEEDED")])
    instances: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Of each stack, newest first."""
    told: Told = field(default_factory=Told)
    pauses: int = 0

    def __post_init__(self) -> None:
        self.cloud = FakeCloud(
            {
                "cloudformation.describe_stack_set_operation": self._operation,
                "cloudformation.list_stack_set_operations": lambda **_: {
                    "Summaries": [self._operation()["StackSetOperation"]]
                },
                "cloudformation.list_stack_set_operation_results": self._page(lambda: self.results),
                "cloudformation.list_stack_instances": self._page(lambda: self.instances),
                "cloudformation.describe_stack_events": lambda StackName: {  # noqa: N803
                    "StackEvents": self.events[StackName]
                },
            }
        )
        self.watch = OperationWatch(
            "shop",
            cloud=self.cloud,
            sets=StackSets(self.cloud, account=TOOLS, region="us-east-1"),
            lines=TemplateLines(
                "Resources:\n  Queues: {}\n  Topic: {}\n", '[["a.j2", 1], ["a.j2", 7], ["b.j2", 9]]'
            ),
            progress=self.told,
            pause=self._pause,
        )

    def _pause(self) -> None:
        self.pauses += 1

    def _operation(self, **_: Any) -> dict[str, Any]:
        seen = next(self.looks)
        if isinstance(seen, Exception):
            raise seen
        return {"StackSetOperation": seen}

    @staticmethod
    def _page(rows: Callable[[], list[dict[str, Any]]]) -> Callable[..., dict[str, Any]]:
        """List by pages of a hundred, as AWS does."""

        def page(**arguments: Any) -> dict[str, Any]:
            start = int(arguments.get("NextToken", 0))
            more = {"NextToken": str(start + 100)} if start + 100 < len(rows()) else {}
            return {"Summaries": rows()[start : start + 100], **more}

        return page

    def follow(self) -> Operation:
        return self.watch.follow("o")

    def failure(self) -> GenError:
        with pytest.raises(GenError) as raised:
            self.watch.check(self.follow())
        return raised.value


@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_an_operation_that_failed_or_was_stopped_never_passes_for_done(status: str) -> None:
    scene = Scene(iter([ended(status)]), results=[result("CANCELLED")])
    assert scene.failure().exit_code == 1


def test_an_operation_within_its_tolerance_fails_with_what_failed() -> None:
    results = [result("SUCCEEDED"), result("FAILED", "us-east-1", "no room")]
    scene = Scene(iter([ended("SUCCEEDED", failed=1)]), results=results)
    (problem,) = scene.failure().problems
    assert problem.message == f"shop in {TOOLS} us-east-1: no room"


def test_a_queued_operation_is_waited_for_like_any_other() -> None:
    looks = [ended("QUEUED"), ended("RUNNING"), ended("STOPPING"), ended("STOPPED")]
    scene = Scene(iter(looks), results=[result("CANCELLED")])
    assert scene.follow().status == "STOPPED"


def test_an_operation_of_ten_hours_is_followed_to_its_end_in_ever_calmer_looks() -> None:
    looks = [ended("RUNNING")] * 2500
    scene = Scene(iter([*looks, ended()]))
    assert scene.follow().succeeded
    assert scene.pauses * PAUSE_SECONDS > 10 * 3600
    asked = [name for name, _ in scene.cloud.calls if name == "describe_stack_set_operation"]
    assert scene.pauses > 4 * len(asked), "the pauses have grown"


def test_hundreds_of_instances_are_listed_by_pages_and_not_asked_one_by_one() -> None:
    pairs = [f"region-{number}" for number in range(350)]
    scene = Scene(
        iter([ended("RUNNING"), ended()]), results=[result("SUCCEEDED", pair) for pair in pairs]
    )
    scene.follow()
    assert len(scene.told.rows) == 350
    names = [name for name, _ in scene.cloud.calls]
    assert names.count("list_stack_set_operation_results") == 2 * 4
    assert names.count("describe_stack_set_operation") == 2


def test_an_account_that_cannot_be_reached_is_not_looked_for_again_and_again() -> None:
    scene = Scene(iter([ended("RUNNING")] * 5 + [ended()] * 5), results=[result("RUNNING")])
    scene.cloud.unreachable = {TOOLS}
    scene.instances = [instance("us-west-2", "RUNNING")]
    scene.watch.follow("o")
    assert [name for name, _ in scene.cloud.calls].count("list_stack_instances") == 1


@pytest.mark.parametrize(
    "trouble",
    [
        refusing("Throttling"),
        refusing("RequestLimitExceeded"),
        refusing("ServiceUnavailable", 503),
        EndpointConnectionError(endpoint_url="https://cloudformation"),
    ],
)
def test_what_passes_is_waited_out_and_told_once(trouble: Exception) -> None:
    scene = Scene(iter([ended("RUNNING"), *[trouble] * 5, ended()]))
    assert scene.follow().succeeded
    assert len([note for note in scene.told.notes if "cannot look" in note]) == 1
    assert scene.told.notes[-1] == "operation o on shop is in sight again"


def test_a_network_that_stays_away_ends_the_looking_but_is_no_failed_operation() -> None:
    trouble = EndpointConnectionError(endpoint_url="https://cloudformation")
    scene = Scene(iter([ended("RUNNING"), *[trouble] * (MOST_MISSES + 1)]))
    said = str(scene.failure())
    assert "operation o on shop goes on without being watched" in said
    assert "`gen attach`" in said
    assert "FAILED" not in said


def test_an_expired_token_is_told_as_that_with_what_to_do() -> None:
    said = str(Scene(iter([ended("RUNNING"), refusing("ExpiredToken")])).failure())
    assert "sign in again" in said
    assert "how it ends is not known yet" in said


def test_an_operation_that_is_not_there_yet_is_given_time_and_one_that_vanished_is_told() -> None:
    missing = refusing("OperationNotFoundException", 404)
    assert Scene(iter([missing, missing, ended()])).follow().succeeded
    said = str(Scene(iter([ended("RUNNING"), *[missing] * 20])).failure())
    assert "operation o on shop is not there any more" in said


def test_results_that_lag_behind_the_operation_are_waited_for() -> None:
    scene = Scene(iter([ended("FAILED", failed=1)] * 9), results=[result("RUNNING")])
    scene._pause = lambda: None

    def settle() -> None:
        scene.results = [result("FAILED", reason="no room")]

    scene.watch._pause = settle
    assert "no room" in str(scene.failure())


def test_a_suspended_account_is_no_failure() -> None:
    scene = Scene(
        iter([ended("SUCCEEDED", failed=1)]),
        results=[result("SUCCEEDED"), result("FAILED", "us-east-1", "suspended")],
        instances=[instance("us-west-2"), instance("us-east-1", "SKIPPED_SUSPENDED_ACCOUNT")],
    )
    assert scene.follow().succeeded


def test_a_status_of_an_instance_that_is_not_known_yet_is_shown_as_it_is() -> None:
    scene = Scene(iter([ended()]), results=[result("SKIPPED_SUSPENDED_ACCOUNT")])
    assert scene.follow().succeeded
    row = scene.told.rows[TOOLS, "us-west-2"]
    assert (row.status, row.detail) == (Status.CANCELLED, "SKIPPED_SUSPENDED_ACCOUNT")


def test_an_inoperable_instance_says_what_a_person_must_do() -> None:
    scene = Scene(
        iter([ended("FAILED", failed=1)]),
        results=[result("FAILED", reason="still in use")],
        instances=[instance("us-west-2", "INOPERABLE", "INOPERABLE") | {"StackId": ""}],
    )
    (problem,) = scene.failure().problems
    assert "still in use" in problem.message
    assert problem.hint
    assert "delete-stack-instances --stack-set-name shop" in problem.hint
    assert "--retain-stacks" in problem.hint


def test_a_cause_that_cannot_be_read_leaves_the_operations_own_word() -> None:
    scene = Scene(iter([ended("FAILED", failed=1)]), results=[result("FAILED", reason="no room")])
    scene.cloud.answers["cloudformation.list_stack_instances"] = refusal("Throttling")
    assert str(scene.failure()) == f"shop in {TOOLS} us-west-2: no room"


def failing_stack(region: str) -> list[dict[str, Any]]:
    stack = f"arn:{region}"
    return [
        event("Topic", "CREATE_FAILED", "Topic exists", stack=stack, second=2),
        event("s", "CREATE_IN_PROGRESS", stack=stack, second=1, physical_id=stack, type_=STACK),
    ]


def test_a_failed_operation_names_the_resource_its_reason_and_its_line() -> None:
    scene = Scene(
        iter([ended("FAILED", failed=1)]),
        results=[result("FAILED", reason="ResourceLogicalId:Topic")],
        instances=[instance("us-west-2")],
        events={"arn:us-west-2": failing_stack("us-west-2")},
    )
    (problem,) = scene.failure().problems
    assert str(problem) == (
        f"b.j2:9: shop in {TOOLS} us-west-2: Topic (AWS::SNS::Topic) CREATE_FAILED: Topic exists"
    )


def test_what_failed_before_the_operation_began_is_not_its_cause() -> None:
    scene = Scene(
        iter([ended("FAILED", failed=1) | {"CreationTimestamp": NOW + timedelta(hours=1)}]),
        results=[result("FAILED", reason="no role")],
        instances=[instance("us-west-2")],
        events={"arn:us-west-2": failing_stack("us-west-2")},
    )
    assert str(scene.failure()) == f"shop in {TOOLS} us-west-2: no role"


def test_an_alias_that_did_not_move_says_why_in_the_words_of_codedeploy() -> None:
    events = failing_stack("us-west-2")
    said = "CodeDeploy deployment d-ABCDEF123 failed"
    events[0] |= {"ResourceType": "AWS::Lambda::Alias", "ResourceStatusReason": said}
    scene = Scene(
        iter([ended("FAILED", failed=1)]),
        results=[result("FAILED")],
        instances=[instance("us-west-2")],
        events={"arn:us-west-2": events},
    )
    error = {"code": "ALARM_ACTIVE", "message": "alarm shop-errors is in ALARM"}
    scene.cloud.answers["codedeploy.get_deployment"] = {
        "deploymentInfo": {"errorInformation": error}
    }
    assert f"{said}: alarm shop-errors is in ALARM (ALARM_ACTIVE)" in str(scene.failure())


def test_one_cause_in_many_regions_is_told_once() -> None:
    regions = [f"region-{number}" for number in range(9)]
    scene = Scene(
        iter([ended("FAILED", failed=9)]),
        results=[result("FAILED", region) for region in regions],
        instances=[instance(region) for region in regions],
        events={f"arn:{region}": failing_stack(region) for region in regions},
    )
    (problem,) = scene.failure().problems
    assert f"{TOOLS} region-0, {TOOLS} region-1, {TOOLS} region-2 and 6 more" in problem.message


def test_the_cause_is_looked_for_through_nested_stacks_that_are_deleted_by_now() -> None:
    outer, inner = "arn:us-west-2", "arn:inner"
    scene = Scene(
        iter([ended("FAILED", failed=1)]),
        results=[result("FAILED")],
        instances=[instance("us-west-2")],
        events={
            outer: [
                event("s", "ROLLBACK_IN_PROGRESS", stack=outer, second=9, physical_id=outer,
                      type_=STACK),
                event("Queues", "CREATE_FAILED", "Embedded stack was not created", stack=outer,
                      second=8, physical_id=inner, type_=STACK),
                event("Queues", "CREATE_IN_PROGRESS", stack=outer, second=2, physical_id=inner,
                      type_=STACK),
                event("s", "CREATE_IN_PROGRESS", stack=outer, second=1, physical_id=outer,
                      type_=STACK),
            ],
            inner: [
                event("i", "DELETE_IN_PROGRESS", stack=inner, second=10, physical_id=inner,
                      type_=STACK),
                event("Dead", "CREATE_FAILED", "Queue exists", stack=inner, second=6,
                      type_="AWS::SQS::Queue"),
                event("i", "CREATE_IN_PROGRESS", stack=inner, second=3, physical_id=inner,
                      type_=STACK),
            ],
        },
    )  # fmt: skip
    assert str(scene.failure()) == (
        f"a.j2:7: shop in {TOOLS} us-west-2: Queues/Dead (AWS::SQS::Queue) CREATE_FAILED:"
        " Queue exists"
    )


def test_who_waits_is_told_for_whom_since_when_and_for_which_instances() -> None:
    running = ended("RUNNING") | {"OperationId": "restore-a-from-b-1-c"}
    results = [result("SUCCEEDED", "us-west-2"), result("PENDING", "us-east-1")]
    scene = Scene(iter([running, running, ended(), ended()]), results=results)
    scene.watch._pause = lambda: scene.results.clear()
    scene.watch.wait_until_idle()
    assert scene.told.notes[0] == (
        "waiting for UPDATE of shop by the rollback coordinator, RUNNING since 2026-01-01 12:00:00"
        f" UTC (operation restore-a-from-b-1-c); still to come: {TOOLS} us-east-1"
    )
    assert "`gen stop`" in scene.told.notes[1]


@pytest.mark.parametrize(
    ("operation", "who"),
    [
        ("gen-0123456789abcdef-mixed", "gen"),
        ("restore-0123456789ab-from-none-1-01234567", "the rollback coordinator"),
        ("35d45ebc-ed88-4e2c-ab59-0197a1fc83a0", "the pipeline or the console"),
    ],
)
def test_an_operations_id_tells_who_began_it(operation: str, who: str) -> None:
    assert starter(operation) == who


def test_a_stack_is_followed_through_a_broken_line_too() -> None:
    stack, looks = "arn:us-west-2", iter(["CREATE_IN_PROGRESS", "lost", "CREATE_COMPLETE"])

    def describe(**_: Any) -> dict[str, Any]:
        status = next(looks)
        if status == "lost":
            raise EndpointConnectionError(endpoint_url="https://cloudformation")
        return {"Stacks": [{"StackId": stack, "StackStatus": status}]}

    cloud = FakeCloud(
        {
            "cloudformation.describe_stacks": describe,
            "cloudformation.describe_stack_events": {"StackEvents": []},
        }
    )
    told = Told()
    desired = DesiredStack(
        name="shop", account=TOOLS, region="us-west-2", template="", parameters={}, tags={},
        capabilities=(),
    )  # fmt: skip
    deployment = StackDeployment(
        desired,
        source=TemplateSource(""),
        stacks=Stacks(cloud, account=TOOLS, region="us-west-2"),
        lines=TemplateLines("", "[]"),
        progress=told,
        pause=lambda: None,
    )
    state = deployment._follow()
    assert state
    assert state.status == "CREATE_COMPLETE"
    assert told.notes[-1] == f"stack shop in {TOOLS} us-west-2 is in sight again"
