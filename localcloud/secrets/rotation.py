"""Rotate secrets: the function is invoked for the four steps, and what came of it is told."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from localcloud import (
    ministack,
    ministack_events,
    ministack_functions,
    ministack_secrets,
    permissions,
)
from localcloud.errors import AwsError
from localcloud.ministack_secrets import Request, Secret

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
SERVICE = "secretsmanager.amazonaws.com"
# AWS does not say how often it tries a failed rotation again, only that it does.
ATTEMPTS = 3
RETRY_SECONDS = 0.2
DAY = 86_400

log = logging.getLogger("localcloud")


def install() -> None:
    """Let RotateSecret and CancelRotateSecret do what they say."""
    ministack_secrets.answer("RotateSecret", rotate)
    ministack_secrets.answer("CancelRotateSecret", cancel)
    ministack_secrets.tell_more(_dates)
    ministack_secrets.hide_empty_versions()
    ministack_secrets.generate_as_asked()


def rotate(request: Request) -> dict[str, Any]:
    """Set how a secret rotates, and start a rotation (or only test it) in the background."""
    secret = _find(request)
    function = request.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
    if not function:
        raise AwsError(
            "InvalidRequestException",
            "No Lambda rotation function ARN is associated with this secret.",
        )
    _refuse_function(function, secret)
    rules = request.get("RotationRules") or secret.get("RotationRules")
    secret.update(RotationLambdaARN=function, RotationRules=rules, RotationEnabled=True)
    pending = ministack_secrets.version_at(secret, "AWSPENDING")
    if pending is not None and pending != ministack_secrets.version_at(secret, "AWSCURRENT"):
        _start(secret, pending, STEPS)
        raise AwsError(
            "InvalidRequestException",
            "A previous rotation isn't complete. That rotation will be reattempted.",
        )
    version = request.get("ClientRequestToken") or ministack.new_id()
    now = request.get("RotateImmediately", True)
    ministack_secrets.announce_version(secret, version, int(time.time()))
    _start(secret, version, STEPS if now else ("testSecret",))
    return {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": version}


def cancel(request: Request) -> dict[str, Any]:
    """Turn a secret's rotation off; its versions stay."""
    secret = _find(request)
    secret["RotationEnabled"] = False
    return {"ARN": secret["ARN"], "Name": secret["Name"]}


def _find(request: Request) -> Secret:
    secret = ministack_secrets.find(str(request.get("SecretId")))
    if secret is None:
        raise AwsError(
            "ResourceNotFoundException", "Secrets Manager can't find the specified secret."
        )
    return secret


def _refuse_function(function: str, secret: Secret) -> None:
    allowed = permissions.may_invoke(
        function,
        service=SERVICE,
        source_arn=secret["ARN"],
        source_account=ministack.current_place().account,
    )
    if not ministack_functions.function_exists(function) or not allowed:
        raise AwsError(
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the "
            f"function policy grants access to the principal {SERVICE}.",
        )


def _start(secret: Secret, version: str, steps: tuple[str, ...]) -> None:
    def run() -> None:
        failure = None
        for attempt in range(ATTEMPTS):
            if attempt:
                ministack_functions.pause(RETRY_SECONDS)
            failure = _attempt(secret, version, steps)
            if failure is None:
                break
        _finish(secret, version, steps, failure)

    ministack_functions.in_background(run, "rotate-secret")


def _attempt(secret: Secret, version: str, steps: tuple[str, ...]) -> str | None:
    """Run the steps in their order; the first failure ends it and is returned."""
    for step in steps:
        event = {"Step": step, "SecretId": secret["ARN"], "ClientRequestToken": version}
        outcome = ministack_functions.invoke(secret["RotationLambdaARN"], event)
        if outcome.error is not None:
            message = outcome.payload
            if isinstance(message, Mapping):
                message = message.get("errorMessage", outcome.error)
            return f"{step}: {message}"
    return None


def _finish(secret: Secret, version: str, steps: tuple[str, ...], failure: str | None) -> None:
    if steps != STEPS:
        # A test of the configuration leaves no version behind.
        ministack_secrets.withdraw_version(secret, version)
        return
    succeeded = failure is None
    if succeeded and ministack_secrets.version_at(secret, "AWSCURRENT") != version:
        succeeded, failure = False, "finishSecret did not move AWSCURRENT"
    if succeeded:
        secret["LastRotatedDate"] = int(time.time())
    else:
        log.warning("rotation of %s failed: %s", secret["Name"], failure)
    _tell(secret, version, succeeded, failure)


def _tell(secret: Secret, version: str, succeeded: bool, failure: str | None) -> None:
    """Publish the event that CloudTrail would record of the rotation's end."""
    details = {"SecretId": secret["ARN"], "ClientRequestToken": version}
    detail = {
        "eventSource": SERVICE,
        "eventName": "RotationSucceeded" if succeeded else "RotationFailed",
        "eventType": "AwsServiceEvent",
        "additionalEventData": details if succeeded else {**details, "Reason": failure},
    }
    ministack_events.put_event(
        "aws.secretsmanager", "AWS Service Event via CloudTrail", detail, [secret["ARN"]]
    )


def _dates(secret: Secret) -> dict[str, Any]:
    """Return when a secret was rotated, and when it will be."""
    last = secret.get("LastRotatedDate")
    days = (secret.get("RotationRules") or {}).get("AutomaticallyAfterDays")
    found = {} if last is None else {"LastRotatedDate": last}
    if secret.get("RotationEnabled") and days:
        found["NextRotationDate"] = (last or int(secret["CreatedDate"])) + int(days) * DAY
    return found
