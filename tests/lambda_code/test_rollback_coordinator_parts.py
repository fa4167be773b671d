"""What the coordinator is made of: events, history, ids of operations, and a look at the cloud."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from release_cloud import ACCOUNT, ENVIRONMENT, MINUTE, REGIONS, F, G, ReleaseCloud, X, Y

pytestmark = pytest.mark.unit

# The modules that a fixture loads hold no state, so examples may share them.
shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
START = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def function(load_function: Any) -> SimpleNamespace:
    return load_function("rollback_coordinator")


# ---- Events


@pytest.mark.parametrize(
    ("told", "kind", "about", "line"),
    [
        (
            lambda aws: aws.operation_failed("gen-1"),
            "OPERATION",
            "gen-1",
            "StackSet operation gen-1 failed",
        ),
        (
            lambda aws: aws.operation_failed("gen-1", "STOPPED"),
            "OPERATION",
            "gen-1",
            "StackSet operation gen-1 stopped",
        ),
        (
            lambda aws: aws.stage_failed("e-1"),
            "STAGE",
            "e-1",
            "stage Deploy of pipeline orders-prod-pipeline failed (execution e-1)",
        ),
        (
            lambda aws: aws.deployment_failed("us-west-2"),
            "DEPLOYMENT",
            "d-ABCDEF123",
            f"CodeDeploy deployment d-ABCDEF123 of orders-prod-orders failed in {ACCOUNT}"
            " us-west-2",
        ),
        (
            lambda aws: aws.deployment_failed("us-west-2", "STOP"),
            "DEPLOYMENT",
            "d-ABCDEF123",
            f"CodeDeploy deployment d-ABCDEF123 of orders-prod-orders was stopped in {ACCOUNT}"
            " us-west-2",
        ),
        (
            lambda aws: aws.stage_failed("e-1", "CANCELED"),
            "STAGE",
            "e-1",
            "stage Deploy of pipeline orders-prod-pipeline was cancelled by a change of the"
            " pipeline (execution e-1)",
        ),
        (
            lambda aws: aws.alarm("us-west-2"),
            "ALARM",
            "orders-prod-orders-error-rate",
            f"alarm orders-prod-orders-error-rate turned in {ACCOUNT} us-west-2",
        ),
    ],
)
def test_an_event_says_what_went_wrong(
    function: SimpleNamespace, told: Any, kind: str, about: str, line: str
) -> None:
    event = function.events.parse(told(ReleaseCloud()))
    assert (event.kind.name, event.about, event.line) == (kind, about, line)


@pytest.mark.parametrize(
    "told",
    [
        lambda aws: aws.operation_failed("gen-1", "SUCCEEDED"),
        lambda aws: aws.stage_failed("e-1").replace("FAILED", "SUCCEEDED"),
        lambda aws: aws.deployment_failed(state="SUCCESS"),
        lambda aws: aws.alarm().replace("ALARM", "OK"),
    ],
)
def test_good_news_are_no_event(function: SimpleNamespace, told: Any) -> None:
    assert function.events.parse(told(ReleaseCloud())) is None


def test_good_news_end_at_once(function: SimpleNamespace) -> None:
    aws = ReleaseCloud()
    aws.send(aws.operation_failed("gen-1", "SUCCEEDED"))
    aws.run(function)
    assert aws.calls == []


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "{}", '{"detail-type": "Other", "detail": {}}', '{"detail-type": null}',
     '{"detail-type": "CloudWatch Alarm State Change", "detail": {}}', '"text"'],
)  # fmt: skip
def test_what_is_no_event_is_a_mistake_to_be_seen(function: SimpleNamespace, body: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        function.events.parse(body)


def test_times_are_never_earlier_than_what_happened(function: SimpleNamespace) -> None:
    aws = ReleaseCloud(clock=START + timedelta(milliseconds=540))
    assert function.events.parse(aws.alarm()).time == aws.clock
    assert function.events.parse(aws.stage_failed("e-1")).time >= aws.clock
    without = json.loads(aws.alarm())
    del without["detail"]["state"]["timestamp"]
    assert function.events.parse(json.dumps(without)).time >= aws.clock


# ---- History


def history_of(function: SimpleNamespace, *told: str) -> Any:
    """Read `release what` lines, a minute apart."""
    entry, history = function.history.Entry, function.history.History
    entries = []
    for minute, line in enumerate(told):
        release, what = line.split()
        entries.append(entry(START + minute * MINUTE, release, what))
    return history.of(reversed(entries))


times = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@given(time=times, other=times, what=st.sampled_from(["deploying", "good", "bad", "restored"]))
@shared
def test_keys_are_read_as_they_are_written_and_sort_by_time(
    function: SimpleNamespace, time: datetime, other: datetime, what: str
) -> None:
    entry = function.history.Entry
    cut = time.replace(microsecond=time.microsecond // 1000 * 1000)
    assert entry.of(entry(time, X, what).key) == entry(cut, X, what)
    if abs(time - other) > timedelta(milliseconds=1):
        assert (entry(time, X, what).key < entry(other, F, "bad").key) == (time < other)


@pytest.mark.parametrize(
    "key",
    ["history/", "history/alerts/0123456789abcdef.json", f"history/20261120T120000Z-{X}-good.json",
     f"history/20261120T120000.000Z-{X}-found.json", f"records/{X}.json",
     f"history/20261120T120000.000Z-{X[:-1]}-good.json"],
)  # fmt: skip
def test_other_keys_are_no_history(function: SimpleNamespace, key: str) -> None:
    assert function.history.Entry.of(key) is None


@pytest.mark.parametrize(
    ("told", "last_good", "current"),
    [
        ([], None, None),
        ([f"{X} deploying"], None, X),
        ([f"{G} deploying", f"{G} good", f"{X} deploying"], G, X),
        ([f"{G} good", f"{X} deploying", f"{X} good"], X, X),
        ([f"{G} good", f"{X} deploying", f"{X} good", f"{X} bad"], G, G),
        ([f"{G} good", f"{X} good", f"{X} bad", f"{X} deploying", f"{X} good"], X, X),
        ([f"{F} good", f"{G} good", f"{X} good", f"{G} bad", f"{X} bad"], F, F),
        ([f"{G} good", f"{X} deploying", f"{X} bad", f"{G} restored"], G, G),
        ([f"{X} deploying", f"{X} bad"], None, None),
        ([f"{G} good", f"{X} deploying", f"{X} bad", f"{Y} deploying"], G, Y),
    ],
)
def test_the_history_says_what_is_good_and_what_runs(
    function: SimpleNamespace, told: list[str], last_good: str | None, current: str | None
) -> None:
    history = history_of(function, *told)
    assert (history.last_good(), history.current()) == (last_good, current)


def test_the_last_good_one_may_be_asked_for_without_the_one_that_turned_bad(
    function: SimpleNamespace,
) -> None:
    assert history_of(function, f"{G} good", f"{X} good").last_good(other_than=X) == G
    assert history_of(function, f"{X} good").last_good(other_than=X) is None


@pytest.mark.parametrize(
    ("told", "trusted"),
    [
        ([], False),
        ([f"{X} deploying"], False),
        ([f"{X} deploying", f"{X} good"], True),
        ([f"{X} deploying", f"{X} good", f"{X} deploying"], True),
        ([f"{X} deploying", f"{X} good", f"{G} deploying", f"{G} good", f"{X} deploying"], False),
        ([f"{X} good", f"{G} good", f"{X} deploying", f"{X} deploying"], False),
        ([f"{X} good", f"{G} good", f"{X} deploying", f"{X} good"], True),
        ([f"{X} good", f"{G} deploying", f"{G} bad", f"{X} deploying"], True),
        ([f"{X} deploying", f"{X} good", f"{X} bad"], False),
    ],
)
def test_a_release_is_on_trial_until_it_is_judged(
    function: SimpleNamespace, told: list[str], trusted: bool
) -> None:
    assert history_of(function, *told).is_trusted(X) is trusted


@pytest.mark.parametrize(
    ("told", "gone_back"),
    [
        ([f"{X} deploying", f"{X} good"], False),
        ([f"{X} deploying", f"{X} good", f"{Y} deploying"], False),
        ([f"{X} deploying", f"{Y} deploying", f"{X} good"], False),
        ([f"{X} deploying", f"{X} good", f"{Y} deploying", f"{X} good"], True),
        ([f"{X} good", f"{Y} deploying", f"{Y} bad", f"{X} restored"], True),
        ([f"{X} good", f"{Y} good", f"{X} deploying", f"{X} good"], False),
    ],
)
def test_one_sees_whether_a_release_was_gone_back_to(
    function: SimpleNamespace, told: list[str], gone_back: bool
) -> None:
    assert history_of(function, *told).gone_back_to(X) is gone_back


@pytest.mark.parametrize(
    ("told", "minute"),
    [
        ([f"{X} deploying", f"{X} good"], 1),
        ([f"{X} deploying", f"{X} good", f"{X} deploying", f"{X} good"], 1),
        ([f"{X} good", f"{Y} deploying", f"{Y} good", f"{X} deploying", f"{X} good"], 4),
        ([f"{X} deploying", f"{X} good", f"{Y} deploying"], 1),
    ],
)
def test_the_window_opens_when_a_release_first_proved_good(
    function: SimpleNamespace, told: list[str], minute: int
) -> None:
    assert history_of(function, *told).proven(X) == START + minute * MINUTE


def test_undecided_are_the_newest_deployments_without_a_verdict(function: SimpleNamespace) -> None:
    history = history_of(
        function, f"{G} deploying", f"{G} good", f"{X} deploying", f"{X} deploying",
        f"{Y} deploying", f"{Y} bad", f"{F} deploying",
    )  # fmt: skip
    assert [(e.release, e.time - START) for e in history.undecided()] == [
        (F, 6 * MINUTE),
        (X, 3 * MINUTE),
    ]


releases = st.sampled_from([F, G, X, Y])
stories = st.lists(
    st.tuples(releases, st.sampled_from(["deploying", "good", "bad", "restored"])), max_size=14
)


@given(story=stories)
@shared
def test_the_last_good_one_is_good_whatever_happened(
    function: SimpleNamespace, story: list[tuple[str, str]]
) -> None:
    history = history_of(function, *(" ".join(line) for line in story))
    last_good = history.last_good()
    newest = {release: what for release, what in story if what in ("good", "bad")}
    assert {r for r in (F, G, X, Y) if history.is_good(r)} == {
        release for release, what in newest.items() if what == "good"
    }
    assert (last_good is None) == ("good" not in newest.values())
    if last_good:
        assert newest[last_good] == "good"
        assert history.last_good(other_than=last_good) != last_good


# ---- Operations


@given(
    good=releases, bad=st.one_of(st.just("none"), releases), attempt=st.integers(1, 3),
    base=st.text(max_size=128),
)  # fmt: skip
@shared
def test_an_id_tells_all_that_is_known_of_a_restore(
    function: SimpleNamespace, good: str, bad: str, attempt: int, base: str
) -> None:
    ids, digest_of = function.operations.RestoreId, function.operations.digest_of
    restore = ids(good, bad, attempt, digest_of(base))
    assert ids.of(str(restore)) == restore
    assert len(str(restore)) <= 128


@pytest.mark.parametrize("id", ["gen-1", "restore-it", f"restore-{G}-from-{X}-1", ""])
def test_other_ids_are_no_restore(function: SimpleNamespace, id: str) -> None:
    assert function.operations.RestoreId.of(id) is None


@pytest.mark.parametrize(
    ("status", "failed", "well"),
    [("SUCCEEDED", 0, True), ("SUCCEEDED", 1, False), ("FAILED", 0, False), ("STOPPED", 0, False)],
)
def test_an_operation_that_succeeded_may_hide_failures(
    function: SimpleNamespace, status: str, failed: int, well: bool
) -> None:
    operation = function.operations.Operation.of(
        {
            "OperationId": "gen-1",
            "Action": "UPDATE",
            "Status": status,
            "CreationTimestamp": START,
            "StatusDetails": {"FailedStackInstancesCount": failed},
        }
    )
    assert operation.went_well is well


# ---- A look at the cloud


def look(function: SimpleNamespace, aws: ReleaseCloud) -> Any:
    return function.situation.look(aws.cloud(function), function.settings.Settings.of(ENVIRONMENT))


def test_while_an_operation_runs_no_more_is_read(function: SimpleNamespace) -> None:
    aws = ReleaseCloud()
    aws.deploy(G)
    aws._begin("gen-9", "UPDATE", X, set(REGIONS), set())
    aws.calls.clear()
    assert look(function, aws).under_way.id == "gen-9"
    read = {"list_objects_v2", "describe_stack_set", "list_stack_set_operations"}
    assert set(aws.calls) == read


def test_of_thousands_of_instances_one_that_is_outdated_is_enough(
    function: SimpleNamespace,
) -> None:
    aws = ReleaseCloud()
    aws.deploy(G)
    aws.status = {f"region-{n}": "CURRENT" for n in range(1000)} | {"us-east-1": "OUTDATED"}
    assert look(function, aws).has_outdated
    aws.status = {"us-east-1": "OUTDATED"} | {f"region-{n}": "CURRENT" for n in range(1000)}
    aws.calls.clear()
    assert look(function, aws).has_outdated
    assert aws.calls.count("list_stack_instances") == 1


def test_instances_that_no_update_reaches_are_not_waited_for(function: SimpleNamespace) -> None:
    aws = ReleaseCloud()
    aws.deploy(G)
    aws.status["us-east-1"] = "INOPERABLE"
    assert not look(function, aws).has_outdated


def test_operations_are_put_in_order(function: SimpleNamespace) -> None:
    aws = ReleaseCloud()
    ids = [aws.operate(G, id=f"op-{n}") for n in (3, 1, 2)]
    aws.operations.reverse()
    assert [one.id for one in look(function, aws).operations] == ids[::-1]


@pytest.mark.parametrize(
    ("executions", "version", "rolls_back"),
    [
        ([], 1, False),
        ([("STANDARD", 2)], 2, True),
        ([("STANDARD", 1)], 2, False),
        ([("ROLLBACK", 2), ("ROLLBACK", 2), ("STANDARD", 2)], 2, True),
        ([("ROLLBACK", 2), ("ROLLBACK", 2), ("STANDARD", 1)], 2, False),
        ([("ROLLBACK", 1)], 1, False),
    ],
)
def test_a_failed_stage_rolls_back_to_an_execution_of_the_pipeline_as_it_is(
    function: SimpleNamespace, executions: list[tuple[str, int]], version: int, rolls_back: bool
) -> None:
    aws = ReleaseCloud(version=version)
    aws.deploy(G)
    aws.executions = [
        {"pipelineExecutionId": f"e-{n}", "executionType": kind, "version": of}
        for n, (kind, of) in enumerate(executions)
    ]
    aws.stage = {
        "latestExecution": {"pipelineExecutionId": "e-9", "status": "Failed"},
        "actionStates": [
            {"actionName": "Wave1", "latestExecution": {"lastStatusChange": START}},
            {"actionName": "Verify1", "latestExecution": {"lastStatusChange": START + MINUTE}},
        ],
    }
    stage = look(function, aws).stage
    assert stage.rolls_back is rolls_back
    assert stage.changed == START + MINUTE
    aws.stage["latestExecution"]["type"] = "ROLLBACK"
    assert not look(function, aws).stage.rolls_back


def test_a_pipeline_that_nothing_went_through_holds_nothing_back(
    function: SimpleNamespace,
) -> None:
    aws = ReleaseCloud()
    aws.deploy(G)
    assert look(function, aws).stage is None


# ---- The record and the request


def test_a_restore_in_china_names_the_template_by_china_s_address(
    function: SimpleNamespace,
) -> None:
    environment = {**ENVIRONMENT, "AWS_REGION": "cn-north-1", "ARTIFACT_BUCKET": "b"}
    record = function.release_record.Record(G, "templates/service/1.yaml", {"Memory": "1"}, [], {})
    arguments = function.release_record.update_arguments(
        record, function.settings.Settings.of(environment)
    )
    address = "https://b.s3.cn-north-1.amazonaws.com.cn/templates/service/1.yaml"
    assert arguments["TemplateURL"] == address
    names = [one["ParameterKey"] for one in arguments["Parameters"]]
    assert names == ["Memory", "Release"]  # nothing that the template does not have


def test_a_missing_setting_is_named(function: SimpleNamespace) -> None:
    environment = {k: v for k, v in ENVIRONMENT.items() if k != "PIPELINE"}
    with pytest.raises(KeyError, match="PIPELINE"):
        function.settings.Settings.of(environment)


def test_a_long_list_is_cut(function: SimpleNamespace) -> None:
    lines = function.alerts.listing(str(n) for n in range(1000)).splitlines()
    assert len(lines) == 51
    assert lines[-1] == "- … and 950 more"
