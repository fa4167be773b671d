"""Whatever tells of a bad release, twice, late or broken off: all regions go back to a good one."""

from __future__ import annotations

import json
import logging
import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from release_cloud import (
    ENVIRONMENT,
    MINUTE,
    REGIONS,
    F,
    G,
    ReleaseCloud,
    X,
    Y,
    client_error,
)

pytestmark = pytest.mark.unit

# The modules that a fixture loads hold no state, so examples may share them.
shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=60,
)
CANARY, REST = (REGIONS[:1], REGIONS[1:])


@pytest.fixture
def function(load_function: Any) -> SimpleNamespace:
    return load_function("rollback_coordinator")


def before() -> ReleaseCloud:
    """Two releases have proved good, the newer one a day ago."""
    aws = ReleaseCloud()
    aws.deploy(F)
    aws.later(60)
    aws.deploy(G)
    aws.later(24 * 60)
    return aws


def everywhere(aws: ReleaseCloud, release: str) -> bool:
    return set(aws.runs.values()) == {release} and set(aws.status.values()) == {"CURRENT"}


# ---- The ways in which a release goes bad. Each returns the messages that tell of it.


def fails_from_a_terminal(aws: ReleaseCloud) -> list[str]:
    """The second wave of a deployment from a terminal fails."""
    operation = aws.deploy(X, waves=(CANARY, REST), fails=REST[:1])
    return [
        aws.deployment_failed(REST[0]),
        aws.operation_failed(operation),
        aws.deployment_failed(REST[1], state="STOP"),
    ]


def fails_in_a_changed_pipeline(aws: ReleaseCloud) -> list[str]:
    """The pipeline was edited, so that its stage has nothing to roll back to."""
    aws.executions = [{"pipelineExecutionId": "e-1", "executionType": "STANDARD", "version": 1}]
    aws.version = 2
    operation = aws.deploy(X, waves=(CANARY, REST), fails=REST, execution="e-2")
    messages = [aws.operation_failed(operation), aws.deployment_failed(REST[1])]
    aws.later(0.5)
    aws.stage = stage("Failed", aws)
    return [*messages, aws.stage_failed("e-2")]


def is_found_bad_by_the_pipeline(aws: ReleaseCloud) -> list[str]:
    """All operations end well, but the verification after them fails."""
    aws.deploy(X, good=False, execution="e-2")
    aws.later(3)
    aws.stage = stage("Failed", aws)
    return [aws.stage_failed("e-2"), aws.alarm()]


def is_cancelled_by_a_change_of_the_pipeline(aws: ReleaseCloud) -> list[str]:
    """The first wave ends well, and nothing follows: somebody has changed the pipeline."""
    aws.executions = [{"pipelineExecutionId": "e-1", "executionType": "STANDARD", "version": 1}]
    aws.version = 2
    aws.deploy(X, waves=(CANARY,), good=False, execution="e-2")
    aws.later(0.5)
    aws.stage = stage("Cancelled", aws)
    return [aws.stage_failed("e-2", "CANCELED")]


def turns_an_alarm_after_the_bake(aws: ReleaseCloud) -> list[str]:
    """The release is good and recorded, and then alarms turn in several regions."""
    aws.deploy(X)
    aws.later(20)
    first = aws.alarm("us-east-1")
    aws.later(0.2)
    return [first, aws.alarm("us-west-2"), aws.alarm("us-west-2", "orders-latency-p99")]


TROUBLES = [
    fails_from_a_terminal,
    fails_in_a_changed_pipeline,
    is_found_bad_by_the_pipeline,
    is_cancelled_by_a_change_of_the_pipeline,
    turns_an_alarm_after_the_bake,
]


def stage(status: str, aws: ReleaseCloud, *, rollback: bool = False) -> dict[str, Any]:
    return {
        "latestExecution": {
            "pipelineExecutionId": "e-9" if rollback else "e-2",
            "status": status,
            "type": "ROLLBACK" if rollback else "STANDARD",
        },
        "actionStates": [
            {"actionName": "Wave1", "latestExecution": {"lastStatusChange": aws.clock}},
            {"actionName": "Verify1"},
        ],
    }


def assert_restored(aws: ReleaseCloud, *, told_at_most: int = 1) -> None:
    """See the one end that all of these have."""
    assert not aws.queue
    assert everywhere(aws, G)
    assert len(aws.restores()) == 1
    assert aws.restores()[0].startswith(f"restore-{G}-from-{X}-1-")
    assert aws.history().count(f"{X}-bad") == 1
    assert aws.history().count(f"{G}-restored") == 1
    assert aws.history()[-2:] == [f"{G}-restored", f"{X}-bad"] or aws.history()[-2:] == [
        f"{X}-bad",
        f"{G}-restored",
    ]
    assert (aws.current, aws.last_good) == (G, G)
    assert set(aws.subjects()) == {f"{G} is restored instead of {X}"}
    assert 1 <= len(aws.published) <= told_at_most


@pytest.mark.parametrize("trouble", TROUBLES)
def test_all_regions_go_back_once_however_many_shout(
    function: SimpleNamespace, trouble: Any
) -> None:
    aws = before()
    for body in trouble(aws):
        aws.send(body)
    aws.run(function)
    assert_restored(aws)


@given(data=st.data(), trouble=st.sampled_from(TROUBLES))
@shared
def test_events_come_twice_late_in_any_order_and_the_function_is_killed_often(
    function: SimpleNamespace, trouble: Any, data: st.DataObject
) -> None:
    aws = before()
    bodies = trouble(aws)
    delay = st.integers(0, 1200)
    copies = [
        (body, data.draw(delay)) for body in bodies for _ in range(data.draw(st.integers(1, 3)))
    ]
    for body, seconds in data.draw(st.permutations(copies)):
        aws.send(body, after=seconds)
    aws.killed_after = set(data.draw(st.lists(st.integers(1, 150), max_size=8)))
    aws.run(function)
    killed = [call for n, call in enumerate(aws.calls, 1) if n in aws.killed_after]
    assert_restored(aws, told_at_most=1 + killed.count("publish"))


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_function_is_killed_after_any_call(function: SimpleNamespace, trouble: Any) -> None:
    def kill_after(number: int | None) -> int:
        aws = before()
        for body in trouble(aws):
            aws.send(body)
        aws.killed_after = {number or 0}
        aws.run(function)
        # Only who is killed between telling and writing that down tells again.
        assert_restored(aws, told_at_most=2)
        if number and aws.calls[number - 1] != "publish":
            assert len(aws.published) == 1
        return len(aws.calls)

    for number in range(1, kill_after(None) + 1):
        kill_after(number)


@given(data=st.data(), trouble=st.sampled_from(TROUBLES))
@shared
def test_two_at_once_are_like_one(
    function: SimpleNamespace, trouble: Any, data: st.DataObject
) -> None:
    aws = before()
    for body in trouble(aws):
        aws.send(body)
    # A restore may be over before the other one has looked at everything.
    aws.takes = data.draw(st.sampled_from([aws.takes, timedelta(0)]))
    turns = data.draw(st.lists(st.integers(0, 1), min_size=30, max_size=120))
    for _ in range(60):
        if not aws.queue:
            break
        aws.clock = max(aws.clock, min(one.visible for one in aws.queue.values()))
        aws.later(0)
        due = [one for one in aws.queue.values() if one.visible <= aws.clock][:2]
        at_once(aws, turns, [lambda m=m: aws.deliver(function, m) for m in due])
    assert_restored(aws)


def at_once(aws: ReleaseCloud, turns: list[int], jobs: list[Any]) -> None:
    """Run jobs in threads of which one runs at a time: before each call `turns` says which."""
    order, changed = iter(turns), threading.Condition()
    alive, turn = set(range(len(jobs))), [0]
    numbers: dict[int, int] = {}

    def hand_over() -> None:
        wanted = next(order, 0)
        turn[0] = wanted if wanted in alive else min(alive, default=0)
        changed.notify_all()

    def wait() -> None:
        mine = numbers[threading.get_ident()]
        with changed:
            hand_over()
            assert changed.wait_for(lambda: turn[0] == mine, timeout=10)

    def work(number: int) -> None:
        numbers[threading.get_ident()] = number
        try:
            with changed:
                assert changed.wait_for(lambda: turn[0] == number, timeout=10)
            jobs[number]()
        finally:
            with changed:
                alive.discard(number)
                hand_over()

    aws.before_call = wait
    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    aws.before_call = lambda: None


# ---- What is given back


def test_a_restore_pushes_what_was_recorded_all_at_once(function: SimpleNamespace) -> None:
    aws = before()
    for body in fails_from_a_terminal(aws):
        aws.send(body)
    aws.run(function)
    (update,) = aws.updates
    key = json.loads(aws.objects[f"records/{G}.json"])["template"]["key"]
    bucket = ENVIRONMENT["ARTIFACT_BUCKET"]
    assert update == {
        "StackSetName": "orders-prod-service",
        "OperationId": aws.restores()[0],
        "TemplateURL": f"https://{bucket}.s3.eu-central-1.amazonaws.com/{key}",
        "Parameters": [
            {
                "ParameterKey": "DeploymentStrategy",
                "ParameterValue": "CodeDeployDefault.LambdaAllAtOnce",
            },
            {"ParameterKey": "IgnoreAlarmsInDeployment", "ParameterValue": "true"},
            {"ParameterKey": "OrdersMemory", "ParameterValue": "512"},
            {"ParameterKey": "Release", "ParameterValue": G},
        ],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": "Project", "Value": "orders"}],
        "AdministrationRoleARN": ENVIRONMENT["ADMINISTRATION_ROLE_ARN"],
        "ExecutionRoleName": "orders-prod-execution",
        "OperationPreferences": {
            "RegionConcurrencyType": "PARALLEL",
            "FailureTolerancePercentage": 100,
            "MaxConcurrentPercentage": 100,
        },
    }


def test_the_history_says_what_was_restored_and_why(function: SimpleNamespace) -> None:
    aws = before()
    aws.send(turns_an_alarm_after_the_bake(aws)[0])
    aws.run(function)
    bodies = {
        key.rsplit("-", 1)[1]: json.loads(body)
        for key, body in aws.objects.items()
        if key.startswith("history/2") and json.loads(body)
    }
    ended = aws.operations[0]["EndTimestamp"]
    assert bodies["restored.json"] == {
        "release": G,
        "what": "restored",
        "time": f"{ended:%Y-%m-%dT%H:%M:%S}.{ended.microsecond // 1000:03}Z",
        "by": "rollback-coordinator",
        "reason": "alarm orders-prod-orders-error-rate turned in 111111111111 us-east-1",
        "operation": aws.restores()[0],
        "instead_of": X,
        "regions": [["111111111111", region] for region in REGIONS],
    }
    assert bodies["bad.json"]["release"] == X
    (mail,) = aws.published
    assert "alarm orders-prod-orders-error-rate turned" in mail["Message"]
    assert "- 111111111111 us-west-2" in mail["Message"]


def test_an_older_release_that_fails_when_deployed_again_is_taken_back(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.send(aws.operation_failed(aws.deploy(F, waves=(CANARY, REST), fails=REST)))
    aws.run(function)
    assert everywhere(aws, G)
    assert aws.history()[-2:] == [f"{G}-restored", f"{F}-bad"]
    assert (aws.current, aws.last_good) == (G, G)


def test_a_failed_change_in_the_console_is_undone(function: SimpleNamespace) -> None:
    aws = before()
    aws.send(aws.operation_failed(aws.operate(G, fails=REST[:1])))
    aws.run(function)
    assert everywhere(aws, G)
    assert aws.history()[-1] == f"{G}-restored"
    assert f"{G}-bad" not in aws.history()
    assert (aws.current, aws.last_good) == (G, G)
    assert aws.subjects() == [f"{G} is restored"]


def test_a_deployment_under_way_sees_the_pointer_before_the_first_change(
    function: SimpleNamespace,
) -> None:
    aws = before()
    for body in fails_from_a_terminal(aws):
        aws.send(body)
    at_update: list[str | None] = []
    update = aws.update_stack_set
    aws.update_stack_set = lambda **arguments: (  # type: ignore[method-assign]
        at_update.append(aws.current) or update(**arguments)
    )
    aws.run(function)
    assert at_update[0] == G


# ---- Others are at it


def test_an_operation_that_runs_is_waited_for_longer_each_time(function: SimpleNamespace) -> None:
    aws = before()
    bodies = fails_from_a_terminal(aws)
    aws._begin("somebody-else", "UPDATE", X, set(REGIONS), {"us-east-1"})
    aws.at = [(aws.clock + 20 * MINUTE, aws.at[0][1])]
    aws.send(bodies[1])
    aws.run(function)
    assert aws.delays[:6] == [30, 60, 120, 240, 300, 300]
    assert everywhere(aws, G)


def test_the_stages_own_rollback_is_left_alone_and_recorded(function: SimpleNamespace) -> None:
    aws = before()
    aws.executions = [
        {"pipelineExecutionId": "e-0", "executionType": "ROLLBACK", "version": 1},
        {"pipelineExecutionId": "e-1", "executionType": "STANDARD", "version": 1},
    ]
    operation = aws.deploy(X, waves=(CANARY, REST), fails=REST, execution="e-2")
    aws.send(aws.operation_failed(operation))
    aws.send(aws.deployment_failed(REST[1]))
    aws.stage = stage("Failed", aws)
    aws.send(aws.stage_failed("e-2"))

    def rolls_back() -> None:
        aws.stage = stage("InProgress", aws, rollback=True)
        aws._begin("codepipeline-1", "UPDATE", G, set(REGIONS), set())

    def is_done() -> None:
        aws.write(G, "good")
        aws.stage = stage("Succeeded", aws, rollback=True)

    aws.at += [(aws.clock + 3 * MINUTE, rolls_back), (aws.clock + 8 * MINUTE, is_done)]
    aws.run(function)
    assert aws.updates == []
    assert everywhere(aws, G)
    assert aws.history().count(f"{X}-bad") == 1
    assert (aws.current, aws.last_good) == (G, G)
    assert aws.subjects() == [f"{X} failed; the set has {G}"]


def test_a_rollback_that_never_begins_is_not_waited_for_for_ever(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.executions = [{"pipelineExecutionId": "e-1", "executionType": "STANDARD", "version": 1}]
    operation = aws.deploy(X, waves=(CANARY, REST), fails=REST, execution="e-2")
    aws.stage = stage("Failed", aws)
    failed = aws.clock
    aws.send(aws.operation_failed(operation))
    aws.run(function)
    assert_restored(aws)
    assert aws.operations[0]["CreationTimestamp"] - failed >= 15 * MINUTE


def test_a_rollback_of_the_stage_that_fails_is_put_right(function: SimpleNamespace) -> None:
    aws = before()
    aws.executions = [{"pipelineExecutionId": "e-1", "executionType": "STANDARD", "version": 1}]
    aws.deploy(X, waves=(CANARY, REST), fails=REST, execution="e-2")
    aws.send(aws.stage_failed("e-2"))
    aws.later()
    own = aws.operate(G, fails=REST[:1], id="codepipeline-1")
    aws.stage = stage("Failed", aws, rollback=True)
    aws.send(aws.operation_failed(own))
    aws.run(function)
    assert everywhere(aws, G)
    assert [one.split("-")[1:5] for one in aws.restores()] == [[G, "from", X, "1"]]
    assert aws.history().count(f"{X}-bad") == 1
    assert (aws.current, aws.last_good) == (G, G)


def test_a_rollback_of_the_stage_that_stops_between_waves_is_finished_at_once(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.executions = [{"pipelineExecutionId": "e-1", "executionType": "STANDARD", "version": 1}]
    aws.deploy(X, waves=(CANARY, REST), fails=REST[1:], execution="e-2")
    aws.send(aws.stage_failed("e-2"))
    aws.later(0.1)
    aws.operate(G, regions=CANARY, id="codepipeline-1")
    aws.later(1)
    aws.stage = stage("Failed", aws, rollback=True)  # at the verification after the first wave
    failed = aws.clock
    aws.send(aws.stage_failed("e-9"))
    assert aws.runs[REST[0]] == X
    aws.run(function)
    assert_restored(aws)
    assert aws.operations[0]["CreationTimestamp"] - failed < MINUTE


def test_an_execution_that_only_builds_holds_nothing_back(function: SimpleNamespace) -> None:
    aws = before()
    bodies = turns_an_alarm_after_the_bake(aws)
    aws.stage = stage("Succeeded", aws)
    aws.write(Y, "deploying", execution="e-3")  # promoted, and waiting for its turn
    aws.send(bodies[0])
    aws.run(function)
    assert everywhere(aws, G)
    assert f"{Y}-bad" not in aws.history()
    assert aws.current == G  # until the pipeline says so again
    assert aws.last_good == G


def test_a_restore_is_recorded_although_the_next_release_is_on_its_way(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.send(turns_an_alarm_after_the_bake(aws)[0])
    aws.takes = 0.6 * MINUTE

    def next_one() -> None:
        aws.record(Y)
        aws.write(Y, "deploying", execution="e-3")
        aws.stage = stage("InProgress", aws)
        aws._begin("codepipeline-2", "UPDATE", Y, set(REGIONS), set())

    def is_good() -> None:
        aws.write(Y, "good")
        aws.stage = stage("Succeeded", aws)

    aws.at += [(aws.clock + 0.8 * MINUTE, next_one), (aws.clock + 9 * MINUTE, is_good)]
    aws.run(function)
    assert everywhere(aws, Y)
    assert f"{X}-bad" in aws.history()
    assert f"{G}-restored" in aws.history()
    assert (aws.current, aws.last_good) == (Y, Y)


def test_somebody_who_puts_it_right_by_hand_is_left_alone(function: SimpleNamespace) -> None:
    aws = before()
    aws.send(aws.operation_failed(aws.deploy(X, fails=REST)), after=600)
    aws.later()
    aws.deploy(Y)
    aws.run(function)
    assert aws.updates == []
    assert everywhere(aws, Y)
    assert aws.history().count(f"{X}-bad") == 1
    assert (aws.current, aws.last_good) == (Y, Y)


def test_who_leaves_regions_behind_is_helped(function: SimpleNamespace) -> None:
    aws = before()
    aws.send(aws.operation_failed(aws.deploy(X, fails=REST)))
    aws.later()
    aws.operate(G, regions=REGIONS[1:], id="by-hand")
    aws.run(function)
    assert everywhere(aws, G)
    assert aws.history()[-2:] == [f"{G}-restored", f"{X}-bad"]


def test_old_news_of_a_release_don_t_harm_the_one_that_follows_it(
    function: SimpleNamespace,
) -> None:
    aws = before()
    old = aws.operation_failed(aws.deploy(X, fails=REST))
    aws.later()
    aws.deploy(Y, good=False, waves=(CANARY,))  # its other waves are still to come
    aws.send(old)
    aws.run(function)
    assert aws.updates == []
    assert aws.runs["eu-central-1"] == Y


def test_a_deployment_that_is_run_again_is_not_disturbed_by_its_first_failure(
    function: SimpleNamespace,
) -> None:
    aws = before()
    old = aws.operation_failed(aws.deploy(X, fails=REST))
    aws.later()
    aws.operate(X, regions=CANARY)  # its other waves are still to come
    aws.send(old)
    aws.run(function)
    assert aws.updates == []
    assert f"{X}-bad" not in aws.history()


def test_what_fails_before_it_reaches_a_region_is_recorded(function: SimpleNamespace) -> None:
    aws = before()
    aws.write(X, "deploying", execution="e-2")
    aws.later()
    aws.stage = stage("Failed", aws)
    aws.send(aws.stage_failed("e-2"))
    aws.run(function)
    assert aws.updates == []
    assert aws.history()[-2:] == [f"{X}-deploying", f"{X}-bad"]
    assert (aws.current, aws.last_good) == (G, G)
    assert aws.subjects() == [f"{X} failed; the set has {G}"]


def test_the_verdict_is_on_the_release_that_failed_not_on_one_that_waits(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.record(X)
    aws.write(X, "deploying")
    aws.later()
    aws.write(Y, "deploying", execution="e-3")
    event = aws.operation_failed(aws.operate(X, fails=REST))
    aws.later()
    aws.operate(G)
    aws.send(event)
    aws.run(function)
    assert aws.history().count(f"{X}-bad") == 1
    assert f"{Y}-bad" not in aws.history()


def test_a_good_release_that_is_pushed_again_stays_good(function: SimpleNamespace) -> None:
    aws = before()
    aws.deploy(G, good=False, execution="e-2")
    aws.later()
    aws.stage = stage("Failed", aws)
    aws.send(aws.stage_failed("e-2"))
    aws.run(function)
    assert aws.updates == []
    assert f"{G}-bad" not in aws.history()


def test_the_next_bad_release_is_recorded_like_the_first(function: SimpleNamespace) -> None:
    aws = before()
    for release in (X, Y):
        aws.send(aws.operation_failed(aws.deploy(release, fails=REST)))
        aws.run(function)
        assert everywhere(aws, G)
    assert aws.history().count(f"{G}-restored") == 2
    assert aws.subjects() == [f"{G} is restored instead of {one}" for one in (X, Y)]


def test_an_older_release_that_goes_bad_when_deployed_again_is_taken_back(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.deploy(F)
    aws.later(20)
    aws.send(aws.alarm())
    aws.run(function)
    assert everywhere(aws, G)
    assert aws.history()[-2:] == [f"{G}-restored", f"{F}-bad"]


def test_an_alarm_after_a_failed_change_undoes_that_change(function: SimpleNamespace) -> None:
    aws = before()
    aws.operate(G, fails=REST[:1])
    aws.later()
    aws.send(aws.alarm())
    aws.run(function)
    assert [one.split("-")[1:4] for one in aws.restores()] == [[G, "from", G]]


def test_old_news_are_no_verdict_on_a_deployment_that_has_just_begun(
    function: SimpleNamespace,
) -> None:
    aws = before()
    old = aws.operation_failed(aws.operate(G, fails=REST))
    aws.later()
    aws.operate(G)
    aws.write(X, "deploying")  # from a terminal, which has not come to its first operation
    aws.send(old)
    aws.run(function)
    assert f"{X}-bad" not in aws.history()


@pytest.mark.parametrize("failing", [0, 99])
def test_a_set_that_names_no_release_gets_the_last_good_one(
    function: SimpleNamespace, failing: int
) -> None:
    aws = before()
    operation = aws.operate(X, fails=REST)
    del aws.parameters["Release"]
    aws.failing = {"us-west-2": failing}
    aws.send(aws.operation_failed(operation))
    aws.run(function)
    assert aws.restores()[0].startswith(f"restore-{G}-from-none-1-")
    assert [entry for entry in aws.history() if entry.endswith("bad")] == []
    assert (aws.current, aws.last_good) == (G, G)


# ---- People are needed


def test_the_first_release_has_nothing_to_go_back_to(function: SimpleNamespace) -> None:
    aws = ReleaseCloud()
    for body in fails_from_a_terminal(aws):
        aws.send(body)
    aws.run(function)
    assert aws.updates == []
    assert aws.subjects() == [f"{X} has no release to go back to"]
    assert "- 111111111111 us-east-1: no more quota" in aws.published[0]["Message"]
    assert aws.history() == [f"{X}-deploying", f"{X}-bad"]
    assert (aws.current, aws.last_good) == (X, "none")


def test_the_only_good_release_is_kept(function: SimpleNamespace) -> None:
    aws = ReleaseCloud()
    for body in turns_an_alarm_after_the_bake(aws):
        aws.send(body)
    aws.run(function)
    assert aws.updates == []
    assert aws.subjects() == [f"{X} has no release to go back to"]
    assert aws.history() == [f"{X}-deploying", f"{X}-good"]
    assert (aws.current, aws.last_good) == (X, X)


def test_a_restore_that_fails_is_tried_again(function: SimpleNamespace) -> None:
    aws = before()
    aws.failing = {"us-west-2": 2}
    for body in fails_from_a_terminal(aws):
        aws.send(body)
    aws.run(function)
    assert [one.split("-")[4] for one in aws.restores()] == ["1", "2", "3"]
    assert everywhere(aws, G)
    assert aws.subjects() == [f"{G} is restored instead of {X}"]
    assert aws.history().count(f"{X}-bad") == 1


@pytest.mark.parametrize("regions", [REST[1:], REGIONS])
def test_after_three_attempts_people_are_told_where_and_why(
    function: SimpleNamespace, regions: tuple[str, ...]
) -> None:
    aws = before()
    aws.failing = dict.fromkeys(regions, 99)
    for body in fails_from_a_terminal(aws):
        aws.send(body)
    aws.run(function)
    assert len(aws.restores()) == 3
    assert aws.subjects() == [f"Restore of {G} failed"]
    assert "- 111111111111 us-west-2: no more quota" in aws.published[0]["Message"]
    assert aws.history().count(f"{X}-bad") == 1
    assert f"{G}-restored" not in aws.history()
    assert aws.last_good == G


def test_a_restore_that_somebody_stopped_is_not_begun_again(function: SimpleNamespace) -> None:
    aws = before()
    operation = aws.deploy(X, fails=REST)
    body = aws.operation_failed(operation)
    id = f"restore-{G}-from-{X}-1-{function.operations.digest_of(operation)}"
    aws.operate(G, id=id, fails=REST, status="STOPPED")
    aws.send(body)
    aws.send(aws.operation_failed(id, "STOPPED"))
    aws.run(function)
    assert aws.updates == []
    assert aws.subjects() == [f"Restore of {G} was stopped"]


def test_a_restored_release_is_never_taken_back(function: SimpleNamespace) -> None:
    aws = before()
    aws.send(turns_an_alarm_after_the_bake(aws)[0])
    aws.run(function)
    aws.later(5)
    aws.send(aws.alarm("us-west-2"))
    aws.send(aws.alarm("eu-central-1"))
    aws.run(function)
    assert len(aws.restores()) == 1
    assert aws.subjects()[1:] == [f"Restored release {G} has alarms"]


def test_a_release_that_the_stage_went_back_to_is_never_taken_back(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.deploy(X, fails=REST, execution="e-2")
    aws.operate(G, id="codepipeline-1")
    aws.write(G, "good")
    aws.later(5)
    aws.send(aws.alarm())
    aws.run(function)
    assert aws.updates == []
    assert aws.subjects() == [f"Restored release {G} has alarms"]


def test_new_regions_that_fail_are_no_reason_to_take_a_good_release_back(
    function: SimpleNamespace,
) -> None:
    aws = before()
    id = aws.operate(G, action="CREATE", regions=REST[1:], fails=REST[1:])
    aws.send(aws.operation_failed(id))
    aws.send(aws.operation_failed(id))
    aws.run(function)
    assert aws.updates == []
    assert aws.subjects() == [f"New regions of {G} failed"]
    assert aws.last_good == G


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda aws, key: aws.objects.update({key: b"Description: other\n"}),
            "is not the template",
        ),
        (lambda aws, key: aws.objects.pop(key), "AccessDenied"),
        (lambda aws, key: aws.objects.pop(f"records/{G}.json"), "AccessDenied"),
        (lambda aws, key: aws.record(G, format=2), "is no record of this release"),
        (lambda aws, key: aws.record(G, parameters=None), "can't be read"),
        (lambda aws, key: aws.objects.update({f"records/{G}.json": b"["}), "can't be read"),
    ],
)
def test_what_is_not_as_recorded_is_not_restored(
    function: SimpleNamespace, change: Any, reason: str
) -> None:
    aws = before()
    for body in fails_from_a_terminal(aws):
        aws.send(body)
    change(aws, json.loads(aws.objects[f"records/{G}.json"])["template"]["key"])
    aws.run(function)
    assert aws.updates == []
    assert aws.subjects() == [f"{G} can't be restored"]
    assert reason in aws.published[0]["Message"]


def test_an_update_that_is_refused_is_told_once_and_tried_until_it_works(
    function: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = before()
    refusals = [client_error("AccessDenied")] * 4
    works = aws.update_stack_set

    def update(**arguments: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return works(**arguments)

    monkeypatch.setattr(aws, "update_stack_set", update)
    aws.send(fails_from_a_terminal(aws)[1])
    aws.run(function)
    assert everywhere(aws, G)
    assert aws.subjects() == [f"Restore of {G} can't begin", f"{G} is restored instead of {X}"]


# ---- Nothing is done


def test_an_alarm_of_before_is_no_news(function: SimpleNamespace) -> None:
    aws = before()
    old = aws.alarm()
    aws.deploy(X)
    aws.send(old)
    aws.run(function)
    assert (aws.updates, aws.published) == ([], [])


def test_an_alarm_after_the_window_is_left_to_people(function: SimpleNamespace) -> None:
    aws = before()
    aws.deploy(X)
    aws.later(61)
    aws.send(aws.alarm())
    aws.run(function)
    assert (aws.updates, aws.published) == ([], [])


def test_new_regions_don_t_open_the_window_of_an_old_release_again(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.write(G, "deploying")
    aws.operate(G, action="CREATE", regions=REST[1:])
    aws.write(G, "good")
    aws.later(10)
    aws.send(aws.alarm())
    aws.run(function)
    assert (aws.updates, aws.published) == ([], [])


def test_failing_to_remove_a_region_is_no_release_s_fault(function: SimpleNamespace) -> None:
    aws = before()
    aws.send(aws.operation_failed(aws.operate(G, action="DELETE", fails=REST[:1])))
    aws.run(function)
    assert (aws.updates, aws.published) == ([], [])


def test_without_a_set_there_is_nothing_to_do(function: SimpleNamespace) -> None:
    aws = before()
    aws.send(aws.alarm())
    aws.exists = False
    aws.run(function)
    assert (aws.updates, aws.published) == ([], [])


def test_failing_to_remove_a_region_says_nothing_of_a_release_on_trial(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.deploy(X, good=False)
    aws.send(aws.operation_failed(aws.operate(X, action="DELETE", fails=REST[:1])))
    aws.run(function)
    assert (aws.updates, aws.published) == ([], [])


def test_an_alarm_long_after_is_not_the_fault_of_a_release_that_nobody_judged(
    function: SimpleNamespace,
) -> None:
    aws = before()
    aws.deploy(X, good=False)
    aws.later(61)
    aws.send(aws.alarm())
    aws.run(function)
    assert (aws.updates, aws.published) == ([], [])


def test_news_of_before_leave_a_failed_deployment_to_its_own_event(
    function: SimpleNamespace,
) -> None:
    aws = before()
    old = aws.deployment_failed()
    aws.later()
    aws.deploy(X, fails=REST)
    aws.send(old)
    aws.run(function)
    assert (aws.updates, aws.published) == ([], [])


# ---- The handler


def test_a_message_that_is_not_at_its_end_is_returned(
    function: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = before()
    body = turns_an_alarm_after_the_bake(aws)[0]
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(function.app, "connect", lambda: aws.cloud(function))
    record = {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
    }
    unfinished = function.app.handler({"Records": [record]}, None)
    assert unfinished == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    aws.later(3)
    assert function.app.handler({"Records": [record]}, None) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    "problem",
    [
        client_error("ThrottlingException"),
        ConnectTimeoutError(endpoint_url="https://cloudformation"),
    ],
)
def test_a_message_comes_back_when_aws_does_not_answer(
    function: SimpleNamespace, problem: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = before()
    problems, works = [problem], aws.describe_stack_set

    def describe(**arguments: Any) -> Any:
        if problems:
            raise problems.pop()
        return works(**arguments)

    monkeypatch.setattr(aws, "describe_stack_set", describe)
    aws.send(turns_an_alarm_after_the_bake(aws)[0])
    aws.run(function)
    assert aws.delays[0] == 30
    assert_restored(aws)


def test_who_may_not_look_says_so(function: SimpleNamespace) -> None:
    aws = before()
    aws.send(aws.alarm())
    aws.list_objects_v2 = raising(client_error("AccessDenied"))  # type: ignore[method-assign]
    with pytest.raises(Exception, match="AccessDenied"):
        aws.run(function)


def raising(error: Exception) -> Any:
    def call(**_: Any) -> Any:
        raise error

    return call


def test_every_look_leaves_a_record_that_says_why(
    function: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    aws = before()
    aws.send(turns_an_alarm_after_the_bake(aws)[0])
    with caplog.at_level(logging.INFO):
        aws.run(function)
    decisions = [one.decision for one in caplog.records if hasattr(one, "decision")]
    assert decisions == ["Restore", "Wait", "Finish", "Nothing"] or decisions == [
        "Restore", "Wait", "Wait", "Finish", "Nothing",
    ]  # fmt: skip
    assert all(one.event.startswith("alarm ") for one in caplog.records if hasattr(one, "event"))
    named = {one.operation_id for one in caplog.records if getattr(one, "operation_id", None)}
    assert named == set(aws.restores())


def test_a_claim_of_a_message_that_never_came_back_is_taken_over(
    function: SimpleNamespace,
) -> None:
    aws = before()
    tell = function.alerts.tell_once
    given_settings = function.settings.Settings.of(ENVIRONMENT)

    def told_by(message: str) -> bool:
        return bool(
            tell(
                aws.cloud(function), given_settings, ("x",), subject="é" * 200, paragraphs=["why"],
                message=message,
            )
        )  # fmt: skip

    aws.killed_after = {len(aws.calls) + 2}
    with pytest.raises(BaseException):  # noqa: B017, PT011 - it is no Exception on purpose
        told_by("first")
    assert not told_by("second")
    aws.clock += timedelta(minutes=16)
    assert told_by("second")
    assert told_by("third")
    assert len(aws.published) == 1


def test_who_is_killed_before_telling_tells_when_the_message_comes_back(
    function: SimpleNamespace,
) -> None:
    def run(*killed_after: int) -> ReleaseCloud:
        aws = before()
        aws.send(aws.operation_failed(aws.operate(G, action="CREATE", regions=REST, fails=REST)))
        aws.killed_after = set(killed_after)
        aws.run(function)
        return aws

    claim = run().calls.index("put_object") + 1
    aws = run(claim)
    assert aws.calls.count("put_object") == 3  # the claim twice, and that it is told
    assert len(aws.published) == 1
    assert aws.clock - aws.operations[0]["EndTimestamp"] < 8 * MINUTE
