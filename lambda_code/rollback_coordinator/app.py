"""Brings every region back to the last good release when a release goes bad and nothing else does.

A message of the queue is an event that tells of something gone wrong. What it means: events.py.
What is true now: situation.py. What to do about it: decide.py. How: carry_out.py. This function
keeps nothing: operations of the set, and the history of releases, say how far things are, so it may
be killed at any moment, and the message that comes back goes on. A message that has to wait is
returned as failed, and comes back after a while; it goes when the end is reached and recorded.

Environment: settings.py. Needs boto3 only, which is part of the Lambda runtime, so there is nothing
to lock. Records go out through the standard library: Lambda's JSON log format makes each one an
object, `extra` included.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
)
from carry_out import Next, Step
from decide import decide
from events import parse
from settings import PASSING, Cloud, Settings, code_of
from situation import look

DELAYS = (30, 60, 120, 240, 300)
"""Seconds until a message comes back, by how often it has come."""
MOST_STEPS = 5
"""A restore, a verdict, and the end: more at once is a mistake of this function."""

LOST = (HTTPClientError, ConnectionError, IncompleteReadError)

logger = logging.getLogger(__name__)


@functools.cache
def connect() -> Cloud:
    """Open the clients, once per cold start."""
    # A lost connection must not eat the function's time: the message comes back anyway.
    patient = Config(
        connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
    )
    names = ("cloudformation", "codepipeline", "s3", "ssm", "sns", "sqs")
    clients = {name: boto3.client(name, config=patient) for name in names}  # type: ignore[call-overload]
    return Cloud(**clients)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Go as far as one can with each message, and return those that are not at their end."""
    settings, cloud = Settings.of(os.environ), connect()
    unfinished = [record for record in event["Records"] if not handle(record, cloud, settings)]
    return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in unfinished]}


def handle(record: Mapping[str, Any], cloud: Cloud, settings: Settings) -> bool:
    """Go as far as one can; say whether the message is at its end."""
    message = record["messageId"]
    try:
        if follow(record["body"], message, cloud, settings):
            return True
    except ClientError as error:
        if code_of(error) not in PASSING:
            raise
        logger.warning("not now: %s", code_of(error), extra={"message_id": message})
    except LOST as error:
        logger.warning("connection lost: %s", type(error).__name__, extra={"message_id": message})
    postpone(record, cloud, settings)
    return False


def follow(body: str, message: str, cloud: Cloud, settings: Settings) -> bool:
    """Look, decide and do, until there is nothing to do, or nothing yet."""
    event = parse(body)
    about = {"message_id": message, "event": event.line if event else None}
    if event is None:
        logger.info("no bad news", extra=about)
        return True
    for _ in range(MOST_STEPS):
        situation = look(cloud, settings)
        decision = decide(event, situation, settings.window)
        operation = getattr(decision, "operation", None)
        logger.info(
            "%s",
            type(decision).__name__.lower(),
            extra={
                **about,
                "decision": type(decision).__name__,
                "why": getattr(decision, "why", None),
                "operation_id": getattr(operation, "id", operation and str(operation)),
                "release": situation.release,
            },
        )
        following = Step(event, situation, message, cloud, settings).carry_out(decision)
        if following is not Next.LOOK_AGAIN:
            return following is Next.DONE
    raise RuntimeError(f"no end after {MOST_STEPS} steps: {event.line}")


def postpone(record: Mapping[str, Any], cloud: Cloud, settings: Settings) -> None:
    """Let a message come back later each time."""
    received = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        cloud.sqs.change_message_visibility(
            QueueUrl=settings.queue_url,
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=DELAYS[min(received, len(DELAYS)) - 1],
        )
    except ClientError as error:
        # It comes back all the same, when the queue's own timeout is over.
        logger.warning(
            "can't postpone: %s", code_of(error), extra={"message_id": record["messageId"]}
        )
