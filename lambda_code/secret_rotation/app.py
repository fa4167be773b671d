"""Rotates a secret that only this service reads; Secrets Manager calls it, once for each step.

What a step does: rotation.py. What a new value looks like: values.py.

Environment: LENGTH of what is generated, EXCLUDE_CHARACTERS (may be missing) that it must not have.
Needs boto3 only, which is part of the Lambda runtime, so there is nothing to lock. Records go out
through the standard library: Lambda's JSON log format makes each one an object, `extra` included.
No value of a secret is ever in a record, an answer or an error.
"""

from __future__ import annotations

import functools
import os
from typing import Any

import boto3
from botocore.config import Config
from rotation import Request, SecretsManager, rotate
from values import Recipe


@functools.cache
def connect() -> SecretsManager:
    """Open the client, once per cold start."""
    # A lost connection must not eat the function's time: fail while there is time to say so.
    patient = Config(
        connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
    )
    return boto3.client("secretsmanager", config=patient)  # type: ignore[no-any-return]


def handler(event: dict[str, Any], context: Any) -> None:
    """Do one step of a rotation; raise if it can't be done, and Secrets Manager tries again."""
    rotate(Request.of(event), Recipe.of(os.environ), connect())
