"""Ask the target, again if it was not its fault, and report: within the time there is.

Who is told "not yet" asks again, after longer and longer pauses, for as long as there is time: a
snapshot that is being made, or a throttled call, may take many seconds. After a lost answer, which
took its time and may have been one, there is a single attempt more.
"""

from __future__ import annotations

import logging
import random
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Protocol, Self

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
)
from verdict import CheckError, Expectation, crash, judge, timed_out

REPORT_SECONDS = 13.0
"""Kept for telling CodeDeploy: three attempts of three seconds, and the waits between them."""
SHORTEST_SECONDS = 1.0
"""With less, asking makes no sense."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0

# Throttled, or not there yet: what a version that nobody called so far may say.
NOT_YET = {
    "TooManyRequestsException",
    "ThrottlingException",
    "ServiceException",
    "EC2ThrottledException",
    "ENINotReadyException",
    "ResourceConflictException",
    "ResourceNotReadyException",
    "SnapStartNotReadyException",
    "SnapStartTimeoutException",
}

LOST = (HTTPClientError, ConnectionError, IncompleteReadError)
"""No connection, no answer in time, half an answer."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from the target."""

    payload: bytes
    function_error: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """Whom CodeDeploy waits for."""

    deployment: str
    execution: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Read CodeDeploy's event; without it there is nobody to tell."""
        deployment = event.get("DeploymentId")
        execution = event.get("LifecycleEventHookExecutionId")
        if not (isinstance(deployment, str) and isinstance(execution, str)):
            raise ValueError("no CodeDeploy hook: DeploymentId or LifecycleEventHookExecutionId")
        return cls(deployment, execution)


class Invoke(Protocol):
    def __call__(self, target: str, event: bytes, seconds: float) -> Answer: ...


class Report(Protocol):
    def __call__(self, hook: Hook, succeeded: bool) -> None: ...


class NotYetError(CheckError):
    """Worth other attempts, a little later."""


class LostError(CheckError):
    """Worth one other attempt."""


def run(
    hook: Hook,
    environment: Mapping[str, str],
    *,
    remaining: Callable[[], float],
    invoke: Invoke,
    report: Report,
    pause: Callable[[float], None] = time.sleep,
) -> bool:
    """Check, and report what came of it, whatever that is; answer whether traffic may go."""
    about = {"deployment_id": hook.deployment, "target_arn": environment.get("TARGET_ARN")}
    try:
        version = ask(environment, remaining=remaining, invoke=invoke, pause=pause)
    except CheckError as error:
        logger.error("check failed: %s", error, extra={**about, "reason": str(error)})
        succeeded = False
    except Exception as error:  # noqa: BLE001 - a bug must not keep CodeDeploy waiting for an hour
        # Not exc_info: the message of an error may quote what it choked on.
        reason = f"{type(error).__name__} at {_where(error)}"
        logger.error("check broke: %s", reason, extra={**about, "reason": reason})
        succeeded = False
    else:
        logger.info("check passed", extra={**about, "target_version": version})
        succeeded = True
    report(hook, succeeded)
    return succeeded


def ask(
    environment: Mapping[str, str],
    *,
    remaining: Callable[[], float],
    invoke: Invoke,
    pause: Callable[[float], None],
) -> str | None:
    """Ask the target until it answers; answer which version it was, or raise CheckError.

    An attempt may take half of the time, so that there is a second one after a lost answer.
    """
    expected = Expectation.of(environment)
    half = (remaining() - REPORT_SECONDS) / 2
    lost = False
    pauses = _pauses()
    reason: CheckError
    while True:
        left = remaining() - REPORT_SECONDS
        try:
            return _attempt(expected, left if lost else min(half, left), invoke)
        except NotYetError as error:
            wait, reason = next(pauses), error
        except LostError as error:
            if lost:
                raise
            lost, wait, reason = True, 0.0, error
        if remaining() - REPORT_SECONDS - wait < SHORTEST_SECONDS:
            raise reason
        logger.warning("asking again: %s", reason, extra={"reason": str(reason)})
        pause(wait)


def _pauses() -> Iterator[float]:
    """Double from the shortest to the longest, jittered: hooks of many functions ask at once."""
    longest = FIRST_PAUSE_SECONDS
    while True:
        yield random.uniform(0.5, 1.0) * longest
        longest = min(2 * longest, LONGEST_PAUSE_SECONDS)


def _attempt(expected: Expectation, seconds: float, invoke: Invoke) -> str | None:
    """Ask once."""
    if seconds < SHORTEST_SECONDS:
        raise CheckError("too little time: raise the timeout of the check's function")
    try:
        answer = invoke(expected.target, expected.request, seconds)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        kind = NotYetError if code in NOT_YET else CheckError
        raise kind(f"Lambda says {code}") from error
    except LOST as error:
        raise LostError(f"no answer: {type(error).__name__}") from error
    except BotoCoreError as error:
        raise CheckError(f"can't ask: {type(error).__name__}") from error
    if answer.function_error:
        kind = LostError if timed_out(answer.payload) else CheckError
        raise kind(f"the function failed: {crash(answer.payload)}")
    judge(answer.payload, expected)
    return answer.version


def _where(error: Exception) -> str:
    """Name the line that raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{PurePath(frame.filename).name}:{frame.lineno}"
