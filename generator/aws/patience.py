"""Patience with AWS: every client repeats what was throttled, lost, or refused as expired.

botocore's standard mode gives up after a number of attempts, and when its quota of retries is used
up; its adaptive mode also slows calls down, but from a rate measured over half-seconds, which for
calls in bursts is next to nothing, and says of itself that it is experimental. So attempts are
counted in time here, and the rate is found by additive increase and multiplicative decrease, for
each account, region and service, as AWS limits them.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html

To repeat is safe: what was refused did not happen, and each write whose answer was lost is known by
its token, its operation id, or its digest.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ConnectionError as NotConnectedError
from botocore.exceptions import HTTPClientError

from generator.aws.credentials import RenewableCredentials

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""What services say when they are asked too often. Not LimitExceededException: that is a quota."""
EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
_TRANSIENT = frozenset({"RequestTimeout", "RequestTimeoutException"})
THROTTLE_PATIENCE_SECONDS = 1800.0
OUTAGE_PATIENCE_SECONDS = 300.0
_ANNOUNCE_AFTER_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 20.0
_FIRST_RATE = 8.0
_LEAST_RATE = 0.5
_FREE_RATE = 40.0
"""Calls a second: after the first refusal, at least, and from where on they are not counted."""
_GENERATION = "gen.generation"
_SINCE = "gen.since"
_RENEWALS = "gen.renewals"
_MOST_RENEWALS = 10
"""Of one call: a clock that is wrong makes every token look expired."""


class Pacer:
    """How fast one client may call: as fast as it likes, until it is told to slow down."""

    def __init__(
        self, *, scale: float = 1.0, now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        """`scale` is how long a second lasts: the local cloud's are shorter."""
        self._scale = scale
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._rate: float | None = None
        self._next = 0.0
        self._slowed = float("-inf")

    def wait(self) -> None:
        """Wait for one's turn."""
        with self._lock:
            if self._rate is None:
                return
            now = self._now()
            turn = max(now, self._next)
            self._next = turn + self._scale / self._rate
        self._sleep(turn - now)

    def slow_down(self) -> None:
        """Halve the rate; calls that were under way together count once."""
        with self._lock:
            now = self._now()
            if now - self._slowed >= self._scale:
                self._slowed = now
                self._rate = max(_LEAST_RATE, self._rate / 2 if self._rate else _FIRST_RATE)

    def speed_up(self) -> None:
        """Allow a little more after each call that went well."""
        with self._lock:
            if self._rate is not None:
                rate = self._rate + 1 / self._rate
                self._rate = rate if rate < _FREE_RATE else None


class Patience:
    """What a client does when a call goes wrong."""

    def __init__(
        self, *, where: str, credentials: RenewableCredentials, answered: threading.Event,
        say: Callable[[str], None], scale: float = 1.0,
        now: Callable[[], float] = time.monotonic, pacer: Pacer | None = None,
    ):  # fmt: skip
        """`answered` is set once AWS has answered any call: from then on an outage is waited for;
        before, it may as well be that there is no network."""
        self._where = where
        self._credentials = credentials
        self._answered = answered
        self._say = say
        self._scale = scale
        self._now = now
        self._pacer = pacer or Pacer(scale=scale)

    def accompany(self, client: Any) -> None:
        """Look after every call of a client."""
        service = client.meta.service_model.service_id.hyphenize()
        events = client.meta.events
        events.register_first(f"request-created.{service}", self._begin)
        events.register_first(f"before-send.{service}", self._send)
        events.register_first(f"needs-retry.{service}", self.decide)

    def _begin(self, request: Any, **_: Any) -> None:
        request.context[_GENERATION] = self._credentials.generation

    def _send(self, **_: Any) -> None:
        self._pacer.wait()

    def decide(
        self, *, response: Any, caught_exception: Exception | None, attempts: int,
        request_dict: dict[str, Any], **_: Any,
    ) -> float | None:  # fmt: skip
        """Say how long to wait before the next attempt; None leaves it to botocore.

        AWS's own limits of attempts and quota of retries hold again when patience has ended.
        """
        context = request_dict["context"]
        code, status = "", 0
        if response is not None:
            status = response[0].status_code
            code = response[1].get("Error", {}).get("Code", "") if status >= 300 else ""
            self._answered.set()
        if code in THROTTLED:
            self._pacer.slow_down()
            return self._pause(attempts, THROTTLE_PATIENCE_SECONDS, code, context)
        if code in EXPIRED:
            return self._renew(context)
        lost = isinstance(caught_exception, (NotConnectedError, HTTPClientError))
        if lost or status >= 500 or code in _TRANSIENT:
            if not self._answered.is_set():
                return None
            reason = str(caught_exception) if lost else f"{status} {code}".rstrip()
            return self._pause(attempts, OUTAGE_PATIENCE_SECONDS, reason, context)
        if caught_exception is None:
            self._pacer.speed_up()
        return None

    def _pause(
        self, attempts: int, patience: float, reason: str, context: dict[str, Any]
    ) -> float | None:
        # Each kind of trouble by itself: an outage may follow upon throttling.
        waited = self._now() - context.setdefault(f"{_SINCE}.{patience}", self._now())
        if waited > patience:
            return None
        if waited > _ANNOUNCE_AFTER_SECONDS and not context.get("gen.announced"):
            context["gen.announced"] = True
            self._say(
                f"{self._where}: {reason}: trying again for up to {patience / 60:.0f} minutes"
            )
        return self._jittered(attempts)

    def _renew(self, context: dict[str, Any]) -> float | None:
        renewals = context[_RENEWALS] = context.get(_RENEWALS, 0) + 1
        known = context.get(_GENERATION, self._credentials.generation)
        if renewals > _MOST_RENEWALS or not self._credentials.renew(known):
            return None
        # New ones that are refused, too, may not be known everywhere yet.
        return 0.0 if renewals == 1 else self._jittered(renewals)

    def _jittered(self, attempts: int) -> float:
        # Full jitter: many clients that were refused together do not come back together.
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        longest = min(_LONGEST_PAUSE_SECONDS, 2.0 ** min(attempts, 10) / 2)
        return random.uniform(0.1, 1.0) * longest * self._scale
