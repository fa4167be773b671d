"""`events` of a function: what calls it besides the API."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from generator.config.fields import Section

_RATE = re.compile(r"^rate\((1 (minute|hour|day)|(?!1 )[1-9]\d* (minutes|hours|days))\)$")
_CRON = re.compile(r"^cron\(\S+ \S+ \S+ \S+ \S+ \S+\)$")
INPUT_LIMIT = 8192
"""Characters of a target's constant input.
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html"""


def _schedule(text: str) -> str:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"""
    if not _RATE.match(text) and not _CRON.match(text):
        raise ValueError(
            f"schedule '{text}' is neither 'rate(5 minutes)' nor 'cron(0 8 * * ? *)'"
            " (one is singular, UTC, six fields)"
        )
    return text


class QueueSource(Section):
    """A queue of the function's own, with a dead-letter queue behind it."""

    batch_size: int = Field(default=10, ge=1, le=10000)
    """Messages in a call; each that fails comes back alone."""
    maximum_batching_window_seconds: int = Field(default=0, ge=0, le=300)
    """How long a call may wait for its batch to fill."""
    maximum_concurrency: int = Field(default=10, ge=2, le=1000)
    """Calls at once."""

    @model_validator(mode="after")
    def _large_batches_need_time(self) -> QueueSource:
        if self.batch_size > 10 and not self.maximum_batching_window_seconds:
            raise ValueError(
                "a batch_size over 10 needs maximum_batching_window_seconds of 1 or more"
            )
        return self


class EventBusSource(Section):
    """Events of an event bus."""

    pattern: dict[str, Any] = Field(min_length=1)
    """What the rule matches, as EventBridge writes it."""
    bus: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]+$", max_length=256)
    """Name of a bus in the service's own account and region; null is the default one."""


class EventSource(Section):
    """One of a schedule, a queue or an event bus."""

    schedule: Annotated[str, AfterValidator(_schedule)] | None = None
    """`rate(5 minutes)` or `cron(0 8 * * ? *)`, in UTC."""
    input: dict[str, Any] | None = None
    """What a scheduled call is given instead of EventBridge's own event."""
    queue: QueueSource | None = None
    event_bus: EventBusSource | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> EventSource:
        given = [n for n in ("schedule", "queue", "event_bus") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError(
                "an event source is one of schedule, queue and event_bus"
                + (f", not {' and '.join(given)}" if given else "")
            )
        if self.input is not None and self.schedule is None:
            raise ValueError("'input' belongs to a schedule")
        return self
