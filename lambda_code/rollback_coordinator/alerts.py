"""Alerts to people: told at least once, and, unless the teller is killed while it tells, once.

Who tells an alert claims it first, with an object in the history's bucket, so that others who find
the same leave it to the one who came first. A claim names its message: when that comes back, its
teller was killed, and tells again. Another message takes a claim over when no function that may
have made it can run any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from botocore.exceptions import ClientError
from history import PREFIX
from settings import Cloud, Settings, code_of

LONGEST_RUN = timedelta(minutes=15)  # of any Lambda function
MOST_LINES = 50

_THERE = {"PreconditionFailed", "412"}


def tell_once(
    cloud: Cloud,
    settings: Settings,
    about: Iterable[str],
    *,
    subject: str,
    paragraphs: Iterable[str],
    message: str,
) -> bool:
    """Tell people, unless they were told; False when another message is at it."""
    name = PREFIX + "alerts/" + hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]
    claim, told = f"{name}-claimed.json", f"{name}-told.json"
    # Listed, because the role may not be told that what it reads is not there.
    listed = cloud.s3.list_objects_v2(Bucket=settings.bucket, Prefix=name).get("Contents", ())
    if any(one["Key"] == told for one in listed):
        return True
    if not _claim(cloud, settings, claim, message):
        return False
    title = f"[{settings.project} {settings.environment}] {subject}"
    cloud.sns.publish(
        TopicArn=settings.topic,
        # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: ASCII, at most 100 characters
        Subject=title.encode("ascii", "replace").decode()[:100],
        Message="\n\n".join([title, *paragraphs]),
    )
    put_once(cloud, settings, told, {"subject": subject, "time": cloud.now().isoformat()})
    return True


def _claim(cloud: Cloud, settings: Settings, key: str, message: str) -> bool:
    """Say whether this message is the one that tells."""
    now = cloud.now()
    mine = {"message": message, "time": now.isoformat()}
    if put_once(cloud, settings, key, mine):
        return True
    found = json.loads(cloud.s3.get_object(Bucket=settings.bucket, Key=key)["Body"].read())
    if found["message"] == message:
        return True
    if now - datetime.fromisoformat(found["time"]) < LONGEST_RUN:
        return False
    cloud.s3.put_object(Bucket=settings.bucket, Key=key, Body=json.dumps(mine).encode())
    return True


def put_once(cloud: Cloud, settings: Settings, key: str, body: object) -> bool:
    """Write an object unless it is there; say whether it was written."""
    try:
        cloud.s3.put_object(
            Bucket=settings.bucket,
            Key=key,
            Body=json.dumps(body, indent=2).encode(),
            ContentType="application/json",
            IfNoneMatch="*",
        )
    except ClientError as error:
        if code_of(error) in _THERE:
            return False
        raise
    return True


def listing(lines: Iterable[str]) -> str:
    """Write lines, not more than a mail can bear."""
    found = list(lines)
    more = [f"… and {len(found) - MOST_LINES} more"] if len(found) > MOST_LINES else []
    return "\n".join(f"- {line}" for line in [*found[:MOST_LINES], *more])
