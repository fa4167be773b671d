"""The state of an environment: what is read of it, and how it looks."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakeaws import Answer, FakeCloud, refusal
from rich.console import Console

from generator.config import Config, load
from generator.deploy.inspection.status import Status, status
from generator.report.html.status import status_page
from generator.report.status import picture

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
TOOLS = "111111111111"
GOOD, BAD = "0123456789ab", "ba9876543210"
CONNECTION = f"arn:aws:codeconnections:us-east-1:{TOOLS}:connection/1"
WITH_CONNECTION = """\
pipeline:
  source: {type: connection, provider: GitHub, repository: example/shop}
"""


@pytest.fixture
def config(project: Path) -> Config:
    with (project / "params" / "dev.yaml").open("a") as file:
        file.write(WITH_CONNECTION)
    return load(project, "dev").config


def stack(outputs: dict[str, str], state: str = "UPDATE_COMPLETE") -> dict[str, Any]:
    listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    row = {"StackId": "arn", "StackStatus": state, "Outputs": listed}
    return {"Stacks": [row]}


def instance(region: str, state: str = "CURRENT", reason: str = "") -> dict[str, Any]:
    return {
        "Account": TOOLS, "Region": region, "StackId": f"service-{region}", "Status": state,
        "StatusReason": reason, "StackInstanceStatus": {"DetailedStatus": "SUCCEEDED"},
    }  # fmt: skip


def stacks(StackName: str) -> dict[str, Any]:  # noqa: N803
    if StackName == "shop-dev-pipeline":
        return stack({"ConnectionArn": CONNECTION})
    return stack({"Release": GOOD})


def all_well() -> dict[str, Answer]:
    """Answers of an environment in which everything is as it should be."""
    return {
        "ssm.get_parameter": {"Parameter": {"Value": GOOD}},
        "s3.list_objects_v2": {},
        "cloudformation.list_stack_instances": {
            "Summaries": [instance(r) for r in ("us-west-2", "us-east-1", "eu-central-1")]
        },
        "cloudformation.list_stack_set_operations": {
            "Summaries": [
                {
                    "OperationId": "o", "Action": "UPDATE", "Status": "SUCCEEDED",
                    "CreationTimestamp": NOW, "EndTimestamp": NOW + timedelta(seconds=95),
                    "StatusDetails": {"FailedStackInstancesCount": 0},
                }
            ]
        },
        "cloudformation.describe_stacks": stacks,
        "cloudwatch.describe_alarms": {"MetricAlarms": [], "CompositeAlarms": []},
        "codepipeline.list_pipeline_executions": {
            "pipelineExecutionSummaries": [
                {
                    "pipelineExecutionId": "1a2b3c4d-0000-4000-8000-000000000001",
                    "status": "Succeeded", "startTime": NOW, "lastUpdateTime": NOW,
                    "sourceRevisions": [{
                        "actionName": "Source", "revisionId": "3f2a91c0de5a",
                        "revisionSummary": "Answer with the region\n\nLong story.",
                    }],
                    "trigger": {"triggerType": "WebhookV2", "triggerDetail": "x"},
                    "executionMode": "QUEUED", "executionType": "STANDARD",
                }
            ]
        },
        "codeconnections.get_connection": {"Connection": {"ConnectionStatus": "AVAILABLE"}},
        "sns.list_subscriptions_by_topic": {
            "Subscriptions": [{"SubscriptionArn": "arn:aws:sns:x", "Endpoint": "a@example.com"}]
        },
    }  # fmt: skip


def look(config: Config, **changed: Answer) -> Status:
    answers = all_well() | {name.replace("__", ".", 1): answer for name, answer in changed.items()}
    return status(config, FakeCloud(answers))


def text(found: Status, *, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(picture(found), highlight=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def test_where_all_is_well_nothing_waits_for_anybody(config: Config) -> None:
    found = look(config)
    assert (found.current, found.last_good, found.to_do) == (GOOD, GOOD, ())
    assert [(one.region, one.status, one.release) for one in found.instances] == [
        ("us-west-2", "CURRENT", GOOD), ("us-east-1", "CURRENT", GOOD),
        ("eu-central-1", "CURRENT", GOOD),
    ]  # fmt: skip
    assert found.execution
    assert found.execution.trigger == "WebhookV2"


def test_all_is_well_at_60_columns(config: Config) -> None:
    assert (
        text(look(config), width=60)
        == """\
shop-dev
  release   0123456789ab

  ✓ 111111111111 us-west-2       0123456789ab  CURRENT
  ✓ 111111111111 us-east-1       0123456789ab  CURRENT
  ✓ 111111111111 eu-central-1    0123456789ab  CURRENT

  operation UPDATE SUCCEEDED  2026-01-01 12:00:00 UTC  1 min
            35 s
  pipeline  execution 1a2b3c4d Succeeded  2026-01-01
            12:00:00 UTC  3f2a91c Answer with the region"""
    )


def test_the_value_none_stands_for_no_release(config: Config) -> None:
    found = look(config, ssm__get_parameter={"Parameter": {"Value": "none"}})
    assert (found.current, found.last_good) == (None, None)
    found = look(config, ssm__get_parameter=refusal("ParameterNotFound"))
    assert (found.current, found.last_good) == (None, None)


def test_before_the_first_deployment_the_command_to_run_is_named(config: Config) -> None:
    found = look(
        config,
        ssm__get_parameter=refusal("ParameterNotFound"),
        s3__list_objects_v2=refusal("NoSuchBucket"),
        cloudformation__list_stack_instances=refusal("StackSetNotFoundException"),
        cloudformation__list_stack_set_operations=refusal("StackSetNotFoundException"),
        cloudformation__describe_stacks=refusal("ValidationError", "Stack x does not exist"),
        sns__list_subscriptions_by_topic=refusal("NotFound"),
    )
    shown = text(found, width=60)
    assert shown.count("not deployed\n") == 3 + 1
    assert "→ run `gen deploy -e dev`" in shown
    assert "operation none yet" in shown
    assert "pipeline  none" in shown
    page = status_page(found, {}, now=NOW)
    assert "The service is not deployed." in page
    assert page.count(">not there<") == 3
    assert "No StackSet has had any operation." in page


def test_an_alarm_that_is_on_is_shown_with_its_region(config: Config) -> None:
    on = {"MetricAlarms": [{"AlarmName": "shop-dev-orders-errors", "StateReason": "5 % > 1 %"}]}
    found = look(config, **{"cloudwatch__describe_alarms@eu-central-1": on})
    assert [len(one.alarms) for one in found.instances] == [0, 0, 1]
    shown = text(found, width=60)
    assert "✗ 111111111111 eu-central-1" in shown
    assert "      ALARM shop-dev-orders-errors\n        5 % > 1 %" in shown


def test_a_region_with_another_release_stands_out(config: Config) -> None:
    other = stack({"Release": BAD})
    found = look(config, **{"cloudformation__describe_stacks@eu-central-1": other})
    assert f"! 111111111111 eu-central-1    {BAD}" in text(found, width=60)


def history(*events: tuple[str, str]) -> dict[str, Any]:
    """List a history, a minute for each release and what became of it."""
    return {
        "Contents": [
            {"Key": f"history/20260101T12{n:02}00.000Z-{release}-{what}.json", "LastModified": NOW}
            for n, (release, what) in enumerate(events)
        ]
    }


def test_a_release_that_was_taken_back_is_named_with_the_reason_until_the_next_one(
    config: Config,
) -> None:
    events = [(GOOD, "good"), (BAD, "deploying"), (BAD, "bad"), (GOOD, "restored")]
    noted = io.BytesIO(b'{"reason": "alarm shop-dev-orders-error-rate"}')
    found = look(
        config, s3__list_objects_v2=history(*events), s3__get_object=lambda **_: {"Body": noted}
    )
    shown = f"  bad       {BAD}  2026-01-01 12:02:00 UTC  alarm shop-dev-orders-error-rate"
    assert shown in text(found, width=120)
    later = history(*events, (GOOD, "deploying"))
    assert look(config, s3__list_objects_v2=later).taken_back is None


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("UPDATE_ROLLBACK_FAILED", "its stack is UPDATE_ROLLBACK_FAILED"),
        ("UPDATE_IN_PROGRESS", "… 111111111111 eu-central-1"),
    ],
)
def test_a_stack_that_is_not_done_says_so(config: Config, state: str, says: str) -> None:
    odd = stack({"Release": GOOD}, state)
    found = look(config, **{"cloudformation__describe_stacks@eu-central-1": odd})
    assert says in text(found, width=120)


def test_an_instance_that_failed_says_why(config: Config) -> None:
    rows = [instance("us-west-2"), instance("us-east-1", "OUTDATED", "Cancelled since the failure")]
    found = look(config, cloudformation__list_stack_instances={"Summaries": rows})
    shown = text(found, width=60)
    assert "! 111111111111 us-east-1" in shown
    assert "Cancelled since the failure" in shown
    assert "the service is not in 111111111111 eu-central-1 yet" in shown


def test_an_instance_that_the_parameter_file_does_not_name_is_shown(config: Config) -> None:
    rows = [*all_well()["cloudformation.list_stack_instances"]["Summaries"], instance("sa-east-1")]
    found = look(config, cloudformation__list_stack_instances={"Summaries": rows})
    assert [one.region for one in found.instances if not one.configured] == ["sa-east-1"]
    assert "does not name it any more" in text(found, width=60)


def test_an_account_that_cannot_be_looked_into_is_no_error(config: Config) -> None:
    cloud = FakeCloud(all_well())
    cloud.unreachable = {TOOLS}
    shown = text(status(config, cloud), width=80)
    assert shown.count("this account cannot be looked into from here") == 3


def test_an_operation_that_runs_is_shown_as_such(config: Config) -> None:
    running = {"Summaries": [{
        "OperationId": "o", "Action": "UPDATE", "Status": "RUNNING", "CreationTimestamp": NOW,
    }]}  # fmt: skip
    results = [
        {"Account": TOOLS, "Region": "us-west-2", "Status": "SUCCEEDED"},
        {"Account": TOOLS, "Region": "us-east-1", "Status": "RUNNING"},
    ]
    found = look(
        config,
        cloudformation__list_stack_set_operations=running,
        cloudformation__list_stack_set_operation_results={"Summaries": results},
    )
    assert found.under_way
    shown = text(found, width=120)
    assert "operation UPDATE RUNNING since 2026-01-01 12:00:00 UTC" in shown
    said = "shop-dev-service: UPDATE by the pipeline or the console RUNNING since 2026-01-01"
    assert said in shown
    assert "1 of 2 done" in shown


def test_an_instance_that_failed_says_why_and_what_a_person_must_do(config: Config) -> None:
    failed = instance("us-west-2", "INOPERABLE", "still in use")
    failed["StackInstanceStatus"]["DetailedStatus"] = "INOPERABLE"
    found = look(config, cloudformation__list_stack_instances={"Summaries": [failed]})
    shown = text(found, width=200)
    assert "✗ 111111111111 us-west-2" in shown
    assert "      still in use" in shown
    assert "--stack-set-name shop-dev-service --accounts 111111111111" in shown
    assert "behind    shop-dev-artifacts in 111111111111 us-west-2 is INOPERABLE" in shown


def test_what_an_operation_left_behind_can_be_resumed(config: Config) -> None:
    behind = instance("us-west-2", "OUTDATED", "Cancelled since failure tolerance has exceeded")
    found = look(config, cloudformation__list_stack_instances={"Summaries": [behind]})
    (problem,) = [p for p in found.to_do if "shop-dev-service is not up to date" in p.message]
    assert problem.message.endswith("in 111111111111 us-west-2")
    assert problem.hint == "run `gen resume -e dev`, or deploy again"


def test_a_suspended_account_is_said_as_what_it_is(config: Config) -> None:
    skipped = instance("us-west-2", "OUTDATED")
    skipped["StackInstanceStatus"]["DetailedStatus"] = "SKIPPED_SUSPENDED_ACCOUNT"
    found = look(config, cloudformation__list_stack_instances={"Summaries": [skipped]})
    assert not found.instances[0].failed
    assert "left out: the account is suspended" in text(found, width=80)


@pytest.mark.parametrize(
    ("is_local", "hint"),
    [
        (False, "https://us-east-1.console.aws.amazon.com/codesuite/settings/connections?region="),
        (True, "gen local connect -e dev"),
    ],
)
def test_a_pending_handshake_waits_for_somebody(config: Config, is_local: bool, hint: str) -> None:
    cloud = FakeCloud(
        all_well()
        | {"codeconnections.get_connection": {"Connection": {"ConnectionStatus": "PENDING"}}}
    )
    cloud.is_local = is_local
    (problem,) = status(config, cloud).to_do
    assert problem.message.startswith("the connection to GitHub is PENDING")
    assert hint in (problem.hint or "")
    assert ("get_connection", {"ConnectionArn": CONNECTION}) in cloud.calls


def test_an_address_that_has_not_confirmed_waits_for_somebody(config: Config) -> None:
    pending = {"SubscriptionArn": "PendingConfirmation", "Endpoint": "b@example.com"}
    found = look(config, sns__list_subscriptions_by_topic={"Subscriptions": [pending]})
    (problem,) = found.to_do
    assert "b@example.com gets no alerts" in problem.message


@pytest.mark.parametrize("width", [60, 120])
def test_long_texts_stay_within_the_width(
    config: Config, edit: Callable[[str, str], None], width: int
) -> None:
    alarm = {"AlarmName": "shop-dev-" + "a" * 100, "StateReason": "word " * 60}
    failed = {"Summaries": [{
        "OperationId": "o", "Action": "UPDATE", "Status": "FAILED", "CreationTimestamp": NOW,
        "EndTimestamp": NOW, "StatusReason": "reason " * 30,
    }]}  # fmt: skip
    found = look(
        config,
        cloudwatch__describe_alarms={"MetricAlarms": [alarm]},
        cloudformation__list_stack_set_operations=failed,
        codeconnections__get_connection={"Connection": {"ConnectionStatus": "PENDING"}},
    )
    shown = text(found, width=width)
    assert max(map(len, shown.splitlines())) <= width
    assert shown.count("reason") == 30
    assert shown.count("word") == 3 * 60
