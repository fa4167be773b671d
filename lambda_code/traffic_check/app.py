"""A CodeDeploy hook: asks a version of a function before (or after) traffic goes to it.

What is judged: verdict.py. How the function is asked, in the time there is: check.py. This file
only brings both to AWS, and reports whatever happens: CodeDeploy waits an hour for a hook that
says nothing.

Environment: TARGET_ARN (a version or an alias), EVENT (JSON), EXPECTED_STATUS, and EXPECTED_RELEASE
(may be missing). EVENT may arrive twice, so it should ask for something that changes nothing.
The timeout of this function should be twice the target's and fifteen seconds more: then there is
time for a second attempt after a first one that took all of the target's. Whatever is left of it is
used to ask again a target that is not there yet: check.py.

Needs boto3 only, which is part of the Lambda runtime, so there is nothing to lock. Records go out
through the standard library: Lambda's JSON log format makes each one an object, `extra` included.
They have a reason of a few words, and never a payload.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from check import Answer, Hook, Invoke, Report, run

STATUS = {True: "Succeeded", False: "Failed"}


def lambda_client(seconds: float) -> Any:
    """Open a client that waits this long for an answer, and leaves trying again to its caller."""
    return boto3.client(
        "lambda",
        config=Config(
            connect_timeout=min(2.0, seconds / 4),
            read_timeout=seconds - min(2.0, seconds / 4),
            retries={"total_max_attempts": 1},
            tcp_keepalive=True,  # what is between may forget a connection that waits in silence
        ),
    )


def codedeploy_client() -> Any:
    """Open a client that is done, well or not, within the time kept for the report."""
    return boto3.client(
        "codedeploy",
        config=Config(
            connect_timeout=1,
            read_timeout=2,
            retries={"mode": "standard", "total_max_attempts": 3},
        ),
    )


def invoke_with(open_client: Any) -> Invoke:
    """Ask a function through the client that `open_client` gives for a number of seconds."""

    def invoke(target: str, event: bytes, seconds: float) -> Answer:
        answer = open_client(seconds).invoke(
            FunctionName=target, InvocationType="RequestResponse", Payload=event
        )
        return Answer(
            payload=answer["Payload"].read(),
            function_error=answer.get("FunctionError"),
            version=answer.get("ExecutedVersion"),
        )

    return invoke


def report_with(open_client: Any) -> Report:
    """Tell CodeDeploy through the client that `open_client` gives."""

    def report(hook: Hook, succeeded: bool) -> None:
        try:
            open_client().put_lifecycle_event_hook_execution_status(
                deploymentId=hook.deployment,
                lifecycleEventHookExecutionId=hook.execution,
                status=STATUS[succeeded],
            )
        except ClientError as error:
            # This event came twice: CodeDeploy has its answer.
            if error.response["Error"]["Code"] != "LifecycleEventAlreadyCompletedException":
                raise

    return report


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Check the target and report; raises only if CodeDeploy can't be told."""
    succeeded = run(
        Hook.of(event),
        os.environ,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
        invoke=invoke_with(lambda_client),
        report=report_with(codedeploy_client),
    )
    return {"status": STATUS[succeeded]}
