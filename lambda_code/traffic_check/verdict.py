"""Whether an answer lets traffic through: nothing is called here.

A reason is a few words about what is wrong. It never quotes more of an answer than a status, the
name of an error, or a release: answers may hold customers' data.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

_QUALIFIED = re.compile(
    r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+:(?!\$LATEST$)[A-Za-z0-9_-]+"
)
_SAFE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class CheckError(Exception):
    """Why traffic must not go to the target."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is asked of the target, and what it has to answer."""

    target: str
    event: Any
    status: int
    release: str | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read the function's environment."""
        target = environment.get("TARGET_ARN", "")
        if not _QUALIFIED.fullmatch(target):
            raise CheckError("TARGET_ARN must be the ARN of a version or an alias")
        try:
            event = json.loads(environment.get("EVENT", ""))
        except (ValueError, RecursionError):
            raise CheckError("EVENT must be JSON") from None
        status = environment.get("EXPECTED_STATUS", "")
        if not re.fullmatch("[1-5][0-9]{2}", status):
            raise CheckError("EXPECTED_STATUS must be an HTTP status")
        return cls(target, event, int(status), environment.get("EXPECTED_RELEASE") or None)

    @property
    def request(self) -> bytes:
        """Write the event as the target gets it."""
        return json.dumps(self.event).encode()

    @property
    def asks_for_health(self) -> bool:
        """Say whether the event is a request for /health, which has to name the release."""
        if not isinstance(self.event, dict):
            return False
        path = self.event.get("rawPath") or self.event.get("path")
        return isinstance(path, str) and path.rstrip("/").endswith("/health")


def judge(payload: bytes, expected: Expectation) -> None:
    """Raise CheckError unless this is the expected answer.

    What is no answer to API Gateway (of a queue's consumer, say) is fine as it is.
    """
    try:
        answer = json.loads(payload or b"null")
    except (ValueError, RecursionError):
        raise CheckError("the answer is not JSON") from None
    http = _http(answer, expected.event)
    if http is None:
        return
    status, body = http
    if status != expected.status:
        raise CheckError(f"answered {status}, not {expected.status}")
    if expected.release is None:
        return
    release = body.get("release") if isinstance(body, dict) else None
    if release is None:
        if expected.asks_for_health:
            raise CheckError("the answer names no release")
    elif release != expected.release:
        found = release if isinstance(release, str) and _SAFE.fullmatch(release) else "another one"
        raise CheckError(f"the release is {found[:12]}, not {expected.release[:12]}")


def crash(payload: bytes) -> str:
    """Name the error that a function ended with: its type only, messages hold anything."""
    try:
        kind = json.loads(payload).get("errorType")
    except (ValueError, AttributeError, RecursionError):
        kind = None
    return kind if isinstance(kind, str) and _SAFE.fullmatch(kind) else "unknown error"


def timed_out(payload: bytes) -> bool:
    """Say whether a function was stopped at its timeout, as a cold start may be."""
    return crash(payload) == "Sandbox.Timedout" or b"Task timed out after" in payload


def _http(answer: Any, event: Any) -> tuple[int, Any] | None:
    """Read the status and the body that API Gateway would send; None when it is not about HTTP."""
    request = event if isinstance(event, dict) else {}
    if isinstance(answer, dict) and "statusCode" in answer:
        status = answer["statusCode"]
        if not re.fullmatch("[1-5][0-9]{2}", str(status)):
            raise CheckError("the answer's statusCode is no HTTP status")
        return int(status), _body(answer)
    if request.get("version") == "2.0":
        return 200, answer  # so does an HTTP API with an answer that is nothing but a body
    if "httpMethod" in request:
        raise CheckError("the answer has no statusCode")
    return None


def _body(answer: dict[str, Any]) -> Any:
    """Read the body of an API proxy answer; None when it is not JSON."""
    body = answer.get("body")
    try:
        if answer.get("isBase64Encoded"):
            body = base64.b64decode(body or "", validate=True)
        return json.loads(body or "null")
    except (ValueError, TypeError, RecursionError, binascii.Error):
        return None
