"""A CodeDeploy hook asks a new version, judges its answer, and always says what came of it."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

TARGET = "arn:aws:lambda:eu-central-1:111111111111:function:orders-prod-orders:7"
RELEASE, OTHER = "a" * 64, "b" * 64
HEALTH = {"version": "2.0", "rawPath": "/health", "requestContext": {"http": {"method": "GET"}}}
REST_HEALTH = {"httpMethod": "GET", "path": "/health", "resource": "/health"}
ORDERS = {"version": "2.0", "rawPath": "/orders"}
HOOK = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}
LOST = {"endpoint_url": "https://lambda"}
# The modules that a fixture loads hold no state, so examples may share them.
shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


def api_answer(body: Any, status: Any = 200, **more: Any) -> dict[str, Any]:
    return {"statusCode": status, "body": json.dumps(body), **more}


HEALTHY = api_answer({"status": "ok", "release": RELEASE})


class FakeCloud:
    """Lambda, CodeDeploy, and the clock of the function that checks."""

    def __init__(self, function: SimpleNamespace, *answers: Any) -> None:
        self.function = function
        self.answers = list(answers)
        self.clock = 60.0
        self.takes: dict[int, float] = {}
        """Seconds that the n-th attempt takes."""
        self.asked: list[tuple[str, Any, float]] = []
        self.pauses: list[float] = []
        self.reports: list[tuple[str, str, bool]] = []
        self.environment = {
            "TARGET_ARN": TARGET,
            "EVENT": json.dumps(HEALTH),
            "EXPECTED_STATUS": "200",
            "EXPECTED_RELEASE": RELEASE,
        }

    def invoke(self, target: str, event: bytes, seconds: float) -> Any:
        self.clock -= self.takes.get(len(self.asked), 0)
        self.asked.append((target, json.loads(event), seconds))
        # The last answer stays what it is.
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Crash):
            payload = json.dumps({"errorType": answer.kind, "errorMessage": answer.message})
            return self.function.check.Answer(payload.encode(), function_error="Unhandled")
        if isinstance(answer, bytes):
            return self.function.check.Answer(answer)
        return self.function.check.Answer(json.dumps(answer).encode(), version="7")

    def pause(self, seconds: float) -> None:
        self.clock -= seconds
        self.pauses.append(seconds)

    def report(self, hook: Any, succeeded: bool) -> None:
        self.reports.append((hook.deployment, hook.execution, succeeded))

    def run(self) -> bool:
        check = self.function.check
        return check.run(  # type: ignore[no-any-return]
            check.Hook.of(HOOK),
            self.environment,
            remaining=lambda: self.clock,
            invoke=self.invoke,
            report=self.report,
            pause=self.pause,
        )


class Crash:
    """A function that ended with an error."""

    def __init__(self, kind: str | None, message: str = "secret message"):
        self.kind, self.message = kind, message


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret message"}}, "Call")


@pytest.fixture
def function(load_function: Any) -> SimpleNamespace:
    return load_function("traffic_check")


Cloud = Callable[..., FakeCloud]


@pytest.fixture
def cloud(function: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> Cloud:
    caplog.set_level(logging.INFO)
    return lambda *answers: FakeCloud(function, *answers)


def reason(caplog: pytest.LogCaptureFixture) -> str:
    """Give the one reason that was logged."""
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    return str(record.reason)  # type: ignore[attr-defined]


def test_a_healthy_version_of_the_expected_release_lets_traffic_through(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
):
    aws = cloud(HEALTHY)
    assert aws.run() is True
    assert aws.reports == [("d-1", "e-1", True)]
    ((target, event, _),) = aws.asked
    assert (target, event) == (TARGET, HEALTH)
    (record,) = caplog.records
    assert record.message == "check passed"
    assert vars(record)["target_version"] == "7"
    assert vars(record)["deployment_id"] == "d-1"


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        pytest.param(
            HEALTH, api_answer({"release": RELEASE}, "200"), id="a status written as text"
        ),
        pytest.param(HEALTH, {"release": RELEASE}, id="an HTTP API takes a bare body"),
        pytest.param(REST_HEALTH, HEALTHY, id="REST"),
        pytest.param(
            {"version": "2.0", "rawPath": "/prod/health/"}, HEALTHY, id="a stage before the path"
        ),
        pytest.param(
            HEALTH,
            {
                "statusCode": 200,
                "isBase64Encoded": True,
                "body": base64.b64encode(json.dumps({"release": RELEASE}).encode()).decode(),
            },
            id="base64",
        ),
        pytest.param(ORDERS, api_answer({"orders": []}), id="another route names no release"),
        pytest.param(ORDERS, {"statusCode": 200}, id="another route without a body"),
        pytest.param(ORDERS, {"statusCode": 200, "body": "<html>"}, id="a body that is no JSON"),
        pytest.param({"Records": []}, {"batchItemFailures": []}, id="a consumer of a queue"),
        pytest.param({"Records": []}, None, id="nothing to say"),
        pytest.param({"Records": []}, b"", id="nothing at all"),
        pytest.param(["any event"], "any answer", id="an event that is no object"),
    ],
)
def test_this_answer_is_as_expected(cloud: Cloud, event: Any, answer: Any):
    aws = cloud(answer)
    aws.environment["EVENT"] = json.dumps(event)
    assert aws.run() is True


@pytest.mark.parametrize(
    ("event", "answer", "said"),
    [
        (HEALTH, api_answer({"release": RELEASE}, 500), "answered 500, not 200"),
        (HEALTH, api_answer({"release": OTHER}), f"the release is {'b' * 12}, not {'a' * 12}"),
        (ORDERS, api_answer({"release": OTHER}), f"the release is {'b' * 12}, not {'a' * 12}"),
        (HEALTH, api_answer({"release": {"x": 1}}), f"the release is another one, not {'a' * 12}"),
        (HEALTH, api_answer({"release": "a secret"}), "the release is another one, not"),
        (HEALTH, api_answer({"status": "ok"}), "the answer names no release"),
        (REST_HEALTH, api_answer({"status": "ok"}), "the answer names no release"),
        (HEALTH, api_answer(["release"]), "the answer names no release"),
        (HEALTH, {"statusCode": 200}, "the answer names no release"),
        (HEALTH, {"statusCode": 200, "body": "{"}, "the answer names no release"),
        (HEALTH, {"statusCode": 200, "body": 7}, "the answer names no release"),
        (
            HEALTH,
            {"statusCode": 200, "body": "é", "isBase64Encoded": True},
            "the answer names no release",
        ),
        (HEALTH, None, "the answer names no release"),
        (REST_HEALTH, {"release": RELEASE}, "the answer has no statusCode"),
        (REST_HEALTH, None, "the answer has no statusCode"),
        (HEALTH, api_answer({}, "abc"), "the answer's statusCode is no HTTP status"),
        (HEALTH, api_answer({}, None), "the answer's statusCode is no HTTP status"),
        (HEALTH, b"{", "the answer is not JSON"),
        (HEALTH, b"\xff", "the answer is not JSON"),
        (HEALTH, b"[" * 100_000, "the answer is not JSON"),
    ],
)
def test_this_answer_stops_the_deployment(
    cloud: Cloud, caplog: pytest.LogCaptureFixture, event: Any, answer: Any, said: str
):
    aws = cloud(answer)
    aws.environment["EVENT"] = json.dumps(event)
    assert aws.run() is False
    assert aws.reports == [("d-1", "e-1", False)]
    assert reason(caplog).startswith(said)
    assert len(aws.asked) == 1


def test_any_status_may_be_the_expected_one(cloud: Cloud):
    aws = cloud(api_answer({"error": "not found"}, 404))
    aws.environment |= {"EVENT": json.dumps(ORDERS), "EXPECTED_STATUS": "404"}
    assert aws.run() is True


@pytest.mark.parametrize("release", [None, ""])
def test_without_an_expected_release_any_will_do(cloud: Cloud, release: str | None):
    aws = cloud(api_answer({"release": OTHER}))
    del aws.environment["EXPECTED_RELEASE"]
    if release is not None:
        aws.environment["EXPECTED_RELEASE"] = release
    assert aws.run() is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TARGET_ARN", None),
        ("TARGET_ARN", "orders"),
        ("TARGET_ARN", TARGET.removesuffix(":7")),
        ("TARGET_ARN", TARGET.replace(":7", ":$LATEST")),
        ("TARGET_ARN", f"{TARGET}\n"),
        ("EVENT", None),
        ("EVENT", ""),
        ("EVENT", "{"),
        ("EXPECTED_STATUS", None),
        ("EXPECTED_STATUS", "ok"),
        ("EXPECTED_STATUS", "2000"),
    ],
)
def test_a_wrong_environment_is_reported_by_the_name_of_the_variable(
    cloud: Cloud, caplog: pytest.LogCaptureFixture, name: str, value: str | None
):
    aws = cloud(HEALTHY)
    del aws.environment[name]
    if value is not None:
        aws.environment[name] = value
    assert aws.run() is False
    assert aws.reports == [("d-1", "e-1", False)]
    assert reason(caplog).startswith(f"{name} must be")
    assert aws.asked == []


NOT_YET = [
    client_error("TooManyRequestsException"),
    client_error("ResourceConflictException"),
    client_error("SnapStartNotReadyException"),
]
LOST_ANSWERS = [
    ReadTimeoutError(**LOST),
    ConnectTimeoutError(**LOST),
    EndpointConnectionError(**LOST),
    IncompleteReadError(actual_bytes=1, expected_bytes=2),
    Crash("Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 10.00 seconds"),
    Crash(None, "2026-03-01 Task timed out after 10.00 seconds"),
]
FINAL = [
    client_error("AccessDeniedException"),
    client_error("ResourceNotFoundException"),
    NoCredentialsError(),
    Crash("Runtime.ImportModuleError"),
    Crash("KeyError"),
    Crash(None),
    RuntimeError("secret message"),
]


def name(failure: Any) -> str:
    if isinstance(failure, Crash):
        return f"crash-{failure.kind}"
    if isinstance(failure, ClientError):
        return failure.response["Error"]["Code"]
    return type(failure).__name__


@pytest.mark.parametrize("failure", NOT_YET, ids=name)
def test_what_is_not_there_yet_is_asked_until_it_is(cloud: Cloud, failure: Any):
    aws = cloud(*[failure] * 7, HEALTHY)
    assert aws.run() is True
    assert (len(aws.asked), len(aws.reports)) == (8, 1)


@pytest.mark.parametrize("failure", NOT_YET, ids=name)
def test_what_never_gets_there_fails_when_the_time_is_over(
    cloud: Cloud, caplog: pytest.LogCaptureFixture, failure: Any
):
    aws = cloud(failure)
    assert aws.run() is False
    assert len(aws.reports) == 1
    assert reason(caplog) == f"Lambda says {name(failure)}"
    check = aws.function.check
    kept = check.REPORT_SECONDS
    assert kept <= aws.clock <= kept + check.LONGEST_PAUSE_SECONDS + check.SHORTEST_SECONDS


def test_pauses_grow_up_to_a_longest_and_no_two_hooks_keep_the_same(cloud: Cloud):
    first, second = (cloud(NOT_YET[0]) for _ in range(2))
    for aws in (first, second):
        aws.clock = 120.0
        aws.run()
    longest = [0.2, 0.4, 0.8, 1.6, 3.2, *[5.0] * 20]
    for pause, most in zip(first.pauses, longest, strict=False):
        assert most / 2 <= pause <= most
    assert len(first.pauses) > 20
    assert first.pauses != second.pauses


@pytest.mark.parametrize("failure", LOST_ANSWERS, ids=name)
def test_a_lost_answer_is_asked_for_again_at_once_and_only_once(cloud: Cloud, failure: Any):
    aws = cloud(failure, HEALTHY)
    assert aws.run() is True
    assert (len(aws.asked), aws.pauses) == (2, [0.0])
    aws = cloud(failure, failure, HEALTHY)
    assert aws.run() is False
    assert (len(aws.asked), len(aws.reports)) == (2, 1)


@pytest.mark.parametrize("order", [(0, 1, 0), (1, 0, 0), (0, 0, 1)])
def test_an_answer_may_be_lost_before_or_after_the_target_is_there(
    cloud: Cloud, order: tuple[int, ...]
):
    kinds = (NOT_YET[0], LOST_ANSWERS[0])
    aws = cloud(*(kinds[kind] for kind in order), HEALTHY)
    assert aws.run() is True
    assert len(aws.asked) == 4


def test_however_long_it_takes_to_be_there_an_attempt_has_the_time_of_the_target(cloud: Cloud):
    aws = cloud(*[NOT_YET[0]] * 4, LOST_ANSWERS[0], HEALTHY)
    aws.clock = 2 * 10 + 15  # as recommended for a target with ten seconds
    aws.takes = {4: 11}
    assert aws.run() is True
    *_, (_, _, fifth), (_, _, last) = aws.asked
    assert fifth >= 10
    assert last <= aws.clock - aws.function.check.REPORT_SECONDS


@pytest.mark.parametrize("failure", FINAL, ids=name)
def test_what_will_not_pass_is_not_asked_again(cloud: Cloud, failure: Any):
    aws = cloud(failure, HEALTHY)
    assert aws.run() is False
    assert (len(aws.asked), len(aws.reports)) == (1, 1)


@pytest.mark.parametrize("failure", [*NOT_YET, *LOST_ANSWERS, *FINAL], ids=name)
def test_no_reason_quotes_what_it_was_told(
    cloud: Cloud, caplog: pytest.LogCaptureFixture, failure: Any
):
    aws = cloud(failure, failure)
    aws.run()
    assert reason(caplog)
    assert "secret message" not in " ".join(str(vars(record)) for record in caplog.records)


def test_a_bug_is_reported_with_its_place(cloud: Cloud, caplog: pytest.LogCaptureFixture):
    aws = cloud(ZeroDivisionError("secret message"))
    assert aws.run() is False
    assert reason(caplog).startswith("ZeroDivisionError at test_traffic_check.py:")


def test_a_first_attempt_leaves_time_for_a_second_and_for_the_report(cloud: Cloud):
    aws = cloud(ReadTimeoutError(**LOST), HEALTHY)
    aws.clock = 2 * 10 + 15  # as recommended for a target with ten seconds
    kept = aws.function.check.REPORT_SECONDS
    aws.takes = {0: 11}
    assert aws.run() is True
    (_, _, first), (_, _, second) = aws.asked
    assert first >= 10
    assert second >= 10
    assert 11 + second + kept <= 35


def test_without_time_for_another_attempt_the_first_failure_counts(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
):
    aws = cloud(client_error("TooManyRequestsException"), HEALTHY)
    aws.takes = {0: 47}
    assert aws.run() is False
    assert reason(caplog) == "Lambda says TooManyRequestsException"
    assert len(aws.asked) == len(aws.reports) == 1


@pytest.mark.parametrize("clock", [0.0, 3.0, 14.9])
def test_without_time_for_any_attempt_the_report_says_so(
    cloud: Cloud, caplog: pytest.LogCaptureFixture, clock: float
):
    aws = cloud(HEALTHY)
    aws.clock = clock
    assert aws.run() is False
    assert "raise the timeout" in reason(caplog)
    assert aws.reports == [("d-1", "e-1", False)]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
answers = st.one_of(
    st.binary(),
    json_values,
    st.fixed_dictionaries({}, optional={"statusCode": json_values, "body": json_values}),
    st.sampled_from([*NOT_YET, *LOST_ANSWERS, *FINAL]),
)


@given(
    answer=answers,
    event=json_values,
    expected=st.one_of(st.text(), st.sampled_from(["200", "404"])),
    clock=st.floats(-1, 900),
)
@shared
def test_whatever_happens_there_is_exactly_one_report(
    function: SimpleNamespace, answer: Any, event: Any, expected: str, clock: float
):
    aws = FakeCloud(function, answer, answer)
    aws.environment |= {"EVENT": json.dumps(event), "EXPECTED_STATUS": expected}
    aws.clock = clock
    succeeded = aws.run()
    assert aws.reports == [("d-1", "e-1", succeeded)]
    assert len(aws.asked) <= 2 or answer in NOT_YET
    assert aws.clock >= min(clock, aws.function.check.REPORT_SECONDS)


@pytest.mark.parametrize("event", [{}, {"DeploymentId": "d-1"}, {**HOOK, "DeploymentId": 1}])
def test_without_a_hook_there_is_nobody_to_tell(function: SimpleNamespace, event: dict[str, Any]):
    with pytest.raises(ValueError, match="no CodeDeploy hook"):
        function.app.handler(event, None)


class FakeClient:
    """The two calls of boto3's clients."""

    def __init__(self, refusal: str | None = None):
        self.calls: list[dict[str, Any]] = []
        self.refusal = refusal

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments)
        return {"Payload": io.BytesIO(json.dumps(HEALTHY).encode()), "ExecutedVersion": "7"}

    def put_lifecycle_event_hook_execution_status(self, **arguments: Any) -> None:
        self.calls.append(arguments)
        if self.refusal:
            raise client_error(self.refusal)


def test_the_handler_asks_lambda_and_tells_codedeploy(
    function: SimpleNamespace, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    for variable, value in cloud().environment.items():
        monkeypatch.setenv(variable, value)
    lambda_, codedeploy = FakeClient(), FakeClient()
    function.app.lambda_client = lambda seconds: lambda_
    function.app.codedeploy_client = lambda: codedeploy
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
    assert function.app.handler(HOOK, context) == {"status": "Succeeded"}
    (asked,) = lambda_.calls
    assert asked == {
        "FunctionName": TARGET,
        "InvocationType": "RequestResponse",
        "Payload": json.dumps(HEALTH).encode(),
    }
    assert codedeploy.calls == [
        {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "e-1", "status": "Succeeded"}
    ]


def test_a_failed_check_is_told_as_failed(function: SimpleNamespace):
    codedeploy = FakeClient()
    report = function.app.report_with(lambda: codedeploy)
    report(function.check.Hook.of(HOOK), False)
    assert codedeploy.calls[0]["status"] == "Failed"


def test_a_report_that_was_made_before_is_fine(function: SimpleNamespace):
    done = FakeClient(refusal="LifecycleEventAlreadyCompletedException")
    function.app.report_with(lambda: done)(function.check.Hook.of(HOOK), True)
    assert len(done.calls) == 1


def test_a_report_that_nobody_took_fails_the_call_so_that_it_is_repeated(
    function: SimpleNamespace,
):
    gone = FakeClient(refusal="AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        function.app.report_with(lambda: gone)(function.check.Hook.of(HOOK), True)


def test_no_client_waits_longer_than_it_may(
    function: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    asking = function.app.lambda_client(10.0).meta.config
    assert asking.connect_timeout + asking.read_timeout == 10
    assert asking.retries["total_max_attempts"] == 1
    telling = function.app.codedeploy_client().meta.config
    once = telling.connect_timeout + telling.read_timeout
    waits = 1 + 2  # of the standard mode, at most
    attempts = telling.retries["total_max_attempts"]
    assert attempts * once + waits < function.check.REPORT_SECONDS
