"""Invoke functions asynchronously: who may, how often, and where an event goes that failed."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localcloud import ministack, ministack_functions, permissions
from localcloud.events import destinations
from localcloud.ministack_functions import Origin, Outcome

# Between the attempts, in minutes of AWS.
WAITS = (1.0, 2.0)
# However fast the clock: what a message waits for takes its time, and it comes so often only.
LEAST_AWAY_SECONDS = 1.0
THROTTLED = "TooManyRequestsException"
MAX_THROTTLE_MINUTES = 5.0
DEFAULT_RETRIES, DEFAULT_MAX_AGE_SECONDS = 2, 21_600

log = logging.getLogger("localcloud")


@dataclass(frozen=True, slots=True)
class Ended:
    """How the invocation of an event ended, after how many attempts."""

    outcome: Outcome
    condition: str
    attempts: int


def install(minute_seconds: Callable[[], float]) -> None:
    """Take over asynchronous invocations; `minute_seconds` is how long a minute of AWS lasts."""

    def accept(function: str, event: Mapping[str, Any], origin: Origin | None) -> None:
        if origin is not None and not _permitted(function, origin):
            log.warning("%s may not invoke %s: no permission", origin[1], function)
            return
        ministack_functions.in_background(
            lambda: _deliver(function, event, minute_seconds), "asynchronous-invocation"
        )

    ministack_functions.on_asynchronous(accept)
    ministack_functions.hurry_failed_messages(
        lambda seconds: min(seconds, max(LEAST_AWAY_SECONDS, seconds / 60 * minute_seconds()))
    )


def _permitted(function: str, origin: Origin) -> bool:
    service, source = origin
    if service == "scheduler.amazonaws.com":
        # A schedule invokes with a role of its own, which the function's policy says nothing of.
        return True
    account = ministack_functions.place_of(source).account
    return permissions.may_invoke(
        function, service=service, source_arn=source, source_account=account
    )


def _deliver(function: str, event: Mapping[str, Any], minute_seconds: Callable[[], float]) -> None:
    config = ministack_functions.event_invoke_config(function)
    ended = _try(function, event, config, minute_seconds)
    failed = ended.outcome.error is not None
    chosen = config.get("DestinationConfig") or {}
    target = (chosen.get("OnFailure" if failed else "OnSuccess") or {}).get("Destination")
    with ministack.at(ministack_functions.place_of(function)):
        if target:
            envelope = _envelope(function, event, ended)
            destinations.send(target, envelope, succeeded=not failed)
        dead_letters = ministack_functions.dead_letter_target(function) if failed else None
        if dead_letters:
            destinations.bury(dead_letters, event, _message(ended.outcome))


def _try(
    function: str,
    event: Mapping[str, Any],
    config: Mapping[str, Any],
    minute_seconds: Callable[[], float],
) -> Ended:
    """Invoke until it works, is tried often enough, or the event is too old."""
    retries = int(config.get("MaximumRetryAttempts", DEFAULT_RETRIES))
    max_minutes = int(config.get("MaximumEventAgeInSeconds", DEFAULT_MAX_AGE_SECONDS)) / 60
    age, attempts, throttle_wait = 0.0, 0, 1 / 60
    while True:
        outcome = ministack_functions.invoke(function, event)
        if outcome.error == THROTTLED:
            wait, throttle_wait = throttle_wait, min(throttle_wait * 2, MAX_THROTTLE_MINUTES)
        else:
            attempts += 1
            if outcome.error is None or attempts > retries:
                return Ended(outcome, "RetriesExhausted" if outcome.error else "Success", attempts)
            wait = WAITS[min(attempts, len(WAITS)) - 1]
        age += wait
        if age > max_minutes:
            return Ended(outcome, "EventAgeExceeded", attempts)
        ministack_functions.pause(wait * minute_seconds())


def _envelope(function: str, event: Mapping[str, Any], ended: Ended) -> dict[str, Any]:
    """Return what a destination gets, as Lambda documents it."""
    response: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
    if ended.outcome.error is not None:
        response["functionError"] = ended.outcome.error
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": ministack.new_id(),
            "functionArn": function if function.count(":") > 6 else f"{function}:$LATEST",
            "condition": ended.condition,
            "approximateInvokeCount": ended.attempts,
        },
        "requestPayload": event,
        "responseContext": response,
        "responsePayload": ended.outcome.payload,
    }


def _message(outcome: Outcome) -> str:
    if isinstance(outcome.payload, Mapping):
        return str(outcome.payload.get("errorMessage", outcome.error))
    return str(outcome.error)
