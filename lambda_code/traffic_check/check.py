"""Ask the target, once more if it was not its fault, and report: within the time there is."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
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

# Throttled, or not there yet: what a version that nobody called so far may say.
TRANSIENT = {
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


class TransientError(CheckError):
    """Worth another attempt."""


def run(
    hook: Hook,
    environment: Mapping[str, str],
    *,
    remaining: Callable[[], float],
    invoke: Invoke,
    report: Report,
) -> bool:
    """Check, and report what came of it, whatever that is; answer whether traffic may go."""
    about = {"deployment_id": hook.deployment, "target_arn": environment.get("TARGET_ARN")}
    try:
        version = ask(environment, remaining=remaining, invoke=invoke)
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
    environment: Mapping[str, str], *, remaining: Callable[[], float], invoke: Invoke
) -> str | None:
    """Ask the target, twice at most; answer which version it was, or raise CheckError.

    A first attempt may take half of the time, so that there is a second one after a lost answer.
    """
    expected = Expectation.of(environment)
    try:
        return _attempt(expected, (remaining() - REPORT_SECONDS) / 2, invoke)
    except TransientError as error:
        left = remaining() - REPORT_SECONDS
        if left < SHORTEST_SECONDS:
            raise
        logger.warning("asking again: %s", error, extra={"reason": str(error)})
        return _attempt(expected, left, invoke)


def _attempt(expected: Expectation, seconds: float, invoke: Invoke) -> str | None:
    """Ask once."""
    if seconds < SHORTEST_SECONDS:
        raise CheckError("too little time: raise the timeout of the check's function")
    try:
        answer = invoke(expected.target, expected.request, seconds)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        kind = TransientError if code in TRANSIENT else CheckError
        raise kind(f"Lambda says {code}") from error
    except LOST as error:
        raise TransientError(f"no answer: {type(error).__name__}") from error
    except BotoCoreError as error:
        raise CheckError(f"can't ask: {type(error).__name__}") from error
    if answer.function_error:
        kind = TransientError if timed_out(answer.payload) else CheckError
        raise kind(f"the function failed: {crash(answer.payload)}")
    judge(answer.payload, expected)
    return answer.version


def _where(error: Exception) -> str:
    """Name the line that raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{PurePath(frame.filename).name}:{frame.lineno}"
