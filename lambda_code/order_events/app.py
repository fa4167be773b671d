"""Follows orders through the warehouse: from its queue, from the event bus, and by the clock.

What a move is: moves.py. What is done about one: follow.py. This file only brings both to AWS.

Environment: ORDERS_TABLE, EVENT_SIGNING_SECRET_ARN. Needs boto3 only, which is part of the Lambda
runtime, so there is nothing to lock. No secret and no payload is ever in a record.
"""

from __future__ import annotations

import functools
import logging
import os
from typing import Any

from follow import Follower
from moves import MoveError, read_event, read_message

logger = logging.getLogger(__name__)


@functools.cache
def connect() -> Follower:
    """Open table, bus and secret, once per cold start."""
    import boto3
    from botocore.config import Config

    # A slow service must not eat the function's time: the message comes back anyway.
    patient = Config(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
    )
    secrets = boto3.client("secretsmanager", config=patient)
    return Follower(
        boto3.resource("dynamodb", config=patient).Table(os.environ["ORDERS_TABLE"]),
        boto3.client("events", config=patient),
        # Read for each batch: the secret rotates while this runs.
        key=lambda: secrets.get_secret_value(SecretId=os.environ["EVENT_SIGNING_SECRET_ARN"])[
            "SecretString"
        ],
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Follow what the event tells; of a queue's batch, name the messages that have to come back."""
    if event.get("task") == "heartbeat":
        release = os.environ.get("RELEASE_ID", "unknown")
        logger.info("alive", extra={"release": release})
        return {"status": "ok", "release": release}
    if "Records" in event:
        return {"batchItemFailures": failures_of(event["Records"], connect())}
    connect().follow(read_event(event))
    return {"status": "ok"}


def failures_of(records: list[dict[str, Any]], follower: Follower) -> list[dict[str, str]]:
    """Follow each message by itself; list those that failed."""
    failures = []
    for record in records:
        try:
            follower.follow(read_message(record["body"]))
        except MoveError as error:
            logger.error("refused", extra={"id": record["messageId"], "reason": str(error)})
            failures.append({"itemIdentifier": record["messageId"]})
        except Exception as error:  # one message must not send the others back
            kind = type(error).__name__
            logger.exception("failed", extra={"id": record["messageId"], "error": kind})
            failures.append({"itemIdentifier": record["messageId"]})
    return failures
