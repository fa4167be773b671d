"""The client layer: what is repeated, how long, how fast, and with which credentials."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    NoCredentialsError,
    UnauthorizedSSOTokenError,
)
from fakeaws import FakeCloud

from generator.aws import Objects, Stacks, TemplateSource
from generator.aws.credentials import RenewableCredentials
from generator.aws.errors import AwsError, aws_errors
from generator.aws.patience import (
    OUTAGE_PATIENCE_SECONDS,
    THROTTLE_PATIENCE_SECONDS,
    THROTTLED,
    Pacer,
    Patience,
)

pytestmark = pytest.mark.unit


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


class Response:
    def __init__(self, status: int):
        self.status_code = status


class Caller:
    """One call, again and again."""

    def __init__(self, *, answered: bool = True, load: Callable[[], Any] | None = None):
        self.clock = Clock()
        self.said: list[str] = []
        self.credentials = RenewableCredentials(
            load or (lambda: Credentials("key", "secret")), patience=0, sleep=self.clock.sleep
        )
        event = threading.Event()
        if answered:
            event.set()
        self.patience = Patience(
            where="s3 in us-east-1", credentials=self.credentials, answered=event,
            say=self.said.append, now=self.clock.now,
            pacer=Pacer(now=self.clock.now, sleep=self.clock.sleep),
        )  # fmt: skip
        self.request: dict[str, Any] = {"context": {}}
        self.attempts = 0

    def refused(self, code: str, status: int = 400) -> float | None:
        return self._decide((Response(status), {"Error": {"Code": code}}), None)

    def lost(self) -> float | None:
        return self._decide(None, ConnectionClosedError(endpoint_url="https://s3"))

    def answered(self) -> float | None:
        return self._decide((Response(200), {}), None)

    def _decide(self, response: Any, exception: Exception | None) -> float | None:
        self.attempts += 1
        pause = self.patience.decide(
            response=response, caught_exception=exception, attempts=self.attempts,
            request_dict=self.request,
        )  # fmt: skip
        self.clock.time += pause or 0
        return pause


def until_it_gives_up(attempt: Callable[[], float | None], caller: Caller) -> float:
    """Repeat until patience ends; how long that took."""
    started = caller.clock.time
    while attempt() is not None:
        assert caller.clock.time - started < 2 * THROTTLE_PATIENCE_SECONDS
    return caller.clock.time - started


@pytest.mark.parametrize("code", sorted(THROTTLED))
def test_a_throttled_call_is_repeated_for_half_an_hour_with_jitter_and_a_cap(code: str) -> None:
    caller = Caller()
    pauses = [caller.refused(code) for _ in range(30)]
    assert len(set(pauses)) > 25
    assert max(filter(None, pauses)) <= 20
    assert until_it_gives_up(lambda: caller.refused(code), caller) > THROTTLE_PATIENCE_SECONDS / 2


def test_an_outage_is_waited_for_and_told_of_once_when_it_lasts() -> None:
    caller = Caller()
    waited = until_it_gives_up(caller.lost, caller)
    assert OUTAGE_PATIENCE_SECONDS < waited < OUTAGE_PATIENCE_SECONDS + 21
    assert len(caller.said) == 1
    assert caller.said[0].startswith("s3 in us-east-1: Connection was closed")
    assert caller.said[0].endswith("trying again for up to 5 minutes")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_of_the_service_is_repeated(status: int) -> None:
    assert Caller().refused("InternalError", status) is not None


def test_a_network_that_never_answered_is_left_to_botocores_few_attempts() -> None:
    caller = Caller(answered=False)
    assert caller.lost() is None
    caller.answered()
    assert caller.lost() is not None


@pytest.mark.parametrize("code", ["ValidationError", "LimitExceededException", "AccessDenied"])
def test_what_will_not_go_away_is_not_repeated(code: str) -> None:
    assert Caller().refused(code) is None


def test_nobody_waits_for_a_turn_until_calls_are_throttled_and_soon_nobody_does_again() -> None:
    clock = Clock()
    pacer = Pacer(now=clock.now, sleep=clock.sleep)
    pacer.wait()
    assert clock.slept == []
    pacer.slow_down()
    pacer.slow_down()
    for _ in range(9):
        pacer.wait()
    assert sum(clock.slept) == pytest.approx(1), "one cut for a burst: eight calls a second"
    clock.time += 2
    pacer.slow_down()
    before = len(clock.slept)
    for _ in range(5):
        pacer.wait()
    assert sum(clock.slept[before:]) == pytest.approx(1)
    for _ in range(2000):
        pacer.speed_up()
    before = len(clock.slept)
    pacer.wait()
    assert clock.slept[before:] == []


def test_credentials_that_expired_are_read_again_and_the_call_repeated_at_once() -> None:
    found = iter([Credentials("old", "s"), Credentials("old", "s"), Credentials("new", "s")])
    caller = Caller(load=lambda: next(found))
    caller.credentials._patience = 60
    assert caller.credentials.access_key == "old"
    caller.request["context"]["gen.generation"] = 0
    assert caller.refused("ExpiredToken") == 0
    assert caller.credentials.access_key == "new"
    assert caller.clock.slept == [3.0]


def test_a_clock_that_is_wrong_does_not_renew_for_ever() -> None:
    keys = iter(range(100))
    caller = Caller(load=lambda: Credentials(f"key-{next(keys)}", "s"))
    assert caller.credentials.access_key == "key-0"
    waited = until_it_gives_up(lambda: caller.refused("RequestExpired"), caller)
    assert waited < OUTAGE_PATIENCE_SECONDS
    assert caller.credentials.generation <= 10


def test_an_outage_after_throttling_is_waited_for_as_long_as_any() -> None:
    caller = Caller()
    while caller.clock.time < 1000 + OUTAGE_PATIENCE_SECONDS:
        assert caller.refused("Throttling") is not None
    assert until_it_gives_up(caller.lost, caller) > OUTAGE_PATIENCE_SECONDS


def test_credentials_that_nobody_renews_are_reported_with_what_to_do() -> None:
    said: list[str] = []
    clock = Clock()
    credentials = RenewableCredentials(
        lambda: Credentials("old", "s"), say=said.append, patience=30, sleep=clock.sleep
    )
    assert credentials.access_key == "old"
    assert not credentials.renew(0)
    assert sum(clock.slept) == 30
    assert len(said) == 1
    assert "aws sso login" in said[0]
    refusal = {"Error": {"Code": "ExpiredToken", "Message": "It has expired"}}
    with pytest.raises(AwsError) as caught, aws_errors("looking"):
        raise ClientError(refusal, "DescribeStacks")
    assert "it goes on where it was" in (caught.value.problems[0].hint or "")


def test_threads_that_meet_the_end_together_renew_once() -> None:
    keys = iter(range(100))
    credentials = RenewableCredentials(lambda: Credentials(f"key-{next(keys)}", "s"))
    assert credentials.access_key == "key-0"
    threads = [threading.Thread(target=credentials.renew, args=(0,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (credentials.access_key, credentials.generation) == ("key-1", 1)


def test_a_sign_in_that_ends_while_a_call_is_signed_is_waited_for() -> None:
    class Ended(Credentials):
        def get_frozen_credentials(self) -> Any:
            if clock.time > 1000:
                raise UnauthorizedSSOTokenError
            return super().get_frozen_credentials()

    clock = Clock()
    found: list[Any] = [Ended("old", "s"), None, None, Credentials("new", "s")]
    credentials = RenewableCredentials(lambda: found.pop(0), patience=60, sleep=clock.sleep)
    assert credentials.access_key == "old"
    clock.time += 3600
    assert credentials.access_key == "new"
    assert clock.slept == [3.0, 3.0]


def test_no_credentials_from_the_beginning_are_not_waited_for() -> None:
    clock = Clock()
    credentials = RenewableCredentials(lambda: None, patience=60, sleep=clock.sleep)
    with pytest.raises(NoCredentialsError):
        credentials.get_frozen_credentials()
    assert clock.slept == []


def refused_again(code: str, message: str, attempts: int) -> Callable[..., Any]:
    def refuse(**_: Any) -> Any:
        answer = {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"RetryAttempts": attempts},
        }
        raise ClientError(answer, "Operation")  # type: ignore[arg-type]

    return refuse


STACK: dict[str, Any] = {"parameters": {}, "tags": {}, "capabilities": (), "token": "gen-1"}


def test_a_stack_whose_creation_was_answered_to_nobody_is_ours() -> None:
    refusal = refused_again("AlreadyExistsException", "Stack [a] already exists", 1)
    stacks = Stacks(FakeCloud({"cloudformation.create_stack": refusal}), account="1", region="r")
    assert stacks.create("a", TemplateSource("{}"), **STACK) == "a"
    somebodys = refused_again("AlreadyExistsException", "Stack [a] already exists", 0)
    stacks = Stacks(FakeCloud({"cloudformation.create_stack": somebodys}), account="1", region="r")
    with pytest.raises(AwsError, match="already exists"):
        stacks.create("a", TemplateSource("{}"), **STACK)


def test_an_update_that_was_answered_to_nobody_is_under_way() -> None:
    message = "Stack [a] is in UPDATE_IN_PROGRESS state and can not be updated."
    refusal = refused_again("ValidationError", message, 1)
    stacks = Stacks(FakeCloud({"cloudformation.update_stack": refusal}), account="1", region="r")
    assert stacks.update("a", TemplateSource("{}"), **STACK)


@pytest.mark.parametrize(
    ("there", "attempts", "ours"),
    [(b"data", 1, True), (b"data", 0, False), (b"other", 1, False)],
)
def test_an_object_is_ours_when_the_lost_answer_was_to_the_same_bytes(
    there: bytes, attempts: int, ours: bool
) -> None:
    digest = base64.b64encode(hashlib.sha256(there).digest()).decode()
    cloud = FakeCloud(
        {
            "s3.put_object": refused_again("PreconditionFailed", "At least one...", attempts),
            "s3.head_object": {"ChecksumSHA256": digest, "ChecksumType": "FULL_OBJECT"},
        }
    )
    objects = Objects(cloud, bucket="b", region="r")
    assert objects.put("k", b"data", content_type="text/plain") is ours
