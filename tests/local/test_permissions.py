"""Every role of the service may do its job in the local cloud, and nothing beside it.

What the local cloud judges by another resource than AWS does is no line of the table as allowed:
log streams (it leaves out their part of the ARN), aliases and versions of functions (likewise),
alarms, and the reports of CodeDeploy's hooks (no deployment waits for one).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localaws import as_role, control

pytestmark = pytest.mark.local

ACCOUNT, REGION, PREFIX = "111111111111", "us-east-1", "orders-dev"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}"
FUNCTION = f"{PREFIX}-orders"
LOGS, ARCHIVE = f"{PREFIX}-logs-{ACCOUNT}-{REGION}", f"{PREFIX}-archive-{ACCOUNT}-{REGION}"
CODE = f"{PREFIX}-artifacts-{ACCOUNT}-{REGION}"
QUEUE = f"{PREFIX}-orders-dead-letters"
ITEM = {"id": {"S": "1"}}
DENIED = {"AccessDenied", "AccessDeniedException", "AccessDeniedFault"}

SECRETS = """
secrets:
  token: {description: Signs what leaves, rotation_days: 30}
  other: {description: Nobody's, rotation_days: null}
functions:
  orders:
    secrets: [token]
    traffic_check: {}
"""
CHECKS = "delivery:\n  pre_traffic_check: true\n  post_traffic_check: true\n"


def table(call: str, name: str, **more: Any) -> tuple[str, str, dict[str, Any]]:
    return "dynamodb", call, {"TableName": name, **more}


def secret(call: str, name: str, **more: Any) -> tuple[str, str, dict[str, Any]]:
    return "secretsmanager", call, {"SecretId": f"{PREFIX}-{name}", **more}


def write_log(group: str) -> tuple[str, str, dict[str, Any]]:
    return "logs", "create_log_stream", {"logGroupName": group, "logStreamName": "a-stream"}


def invoke(name: str) -> tuple[str, str, dict[str, Any]]:
    return "lambda", "invoke", {"FunctionName": name, "InvocationType": "DryRun"}


def bucket(call: str, name: str, key: str = "a", **more: Any) -> tuple[str, str, dict[str, Any]]:
    return "s3", call, {"Bucket": name, "Key": key, **more}


def send(queue: str) -> tuple[str, str, dict[str, Any]]:
    url = f"http://localhost/{ACCOUNT}/{queue}"
    return "sqs", "send_message", {"QueueUrl": url, "MessageBody": "x"}


REPORT = (
    "codedeploy",
    "put_lifecycle_event_hook_execution_status",
    {"deploymentId": "d-000000000", "lifecycleEventHookExecutionId": "x", "status": "Succeeded"},
)
ALIAS = {"FunctionName": FUNCTION, "Name": "live"}
EVENT = {"Source": "a", "DetailType": "b", "Detail": "{}"}
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{PREFIX}"
RECORD = {"Record": {"Data": b"x"}}

# Role, what it must be allowed, what it must be denied.
JOBS: dict[str, tuple[list[Any], list[Any]]] = {
    f"orders-{REGION}": (
        [
            table("get_item", f"{PREFIX}-orders", Key=ITEM),
            table("put_item", f"{PREFIX}-orders", Item=ITEM),
            table("query", f"{PREFIX}-orders", KeyConditionExpression="id = :i",
                  ExpressionAttributeValues={":i": {"S": "1"}}),
            secret("get_secret_value", "token"),
            send(QUEUE),
        ],
        [
            table("delete_item", f"{PREFIX}-orders", Key=ITEM),
            table("scan", f"{PREFIX}-orders"),
            table("get_item", "another", Key=ITEM),
            secret("get_secret_value", "other"),
            secret("put_secret_value", "token", SecretString="x"),
            write_log("/aws/lambda/another"),
            invoke(FUNCTION),
            bucket("get_object", CODE),
            REPORT,
        ],
    ),
    f"orders-pre-check-{REGION}": (
        [send(QUEUE)],
        [
            invoke(f"{PREFIX}-token-rotation"),
            send(f"{PREFIX}-undelivered-events"),
            table("get_item", f"{PREFIX}-orders", Key=ITEM),
            secret("get_secret_value", "token"),
            write_log(f"/aws/lambda/{FUNCTION}"),
            ("lambda", "update_alias", ALIAS),
        ],
    ),
    f"orders-post-check-{REGION}": (
        [send(QUEUE)],
        [invoke(FUNCTION), table("scan", f"{PREFIX}-orders"), ("lambda", "get_alias", ALIAS)],
    ),
    f"token-rotation-{REGION}": (
        [
            secret("describe_secret", "token"),
            secret("get_secret_value", "token"),
            secret("put_secret_value", "token", SecretString="x"),
            ("secretsmanager", "get_random_password", {}),
            send(f"{PREFIX}-token-rotation-dead-letters"),
        ],
        [
            secret("get_secret_value", "other"),
            secret("delete_secret", "token"),
            table("get_item", f"{PREFIX}-orders", Key=ITEM),
            invoke(FUNCTION),
        ],
    ),
    f"codedeploy-{REGION}": (
        [
            invoke(f"{FUNCTION}-pre-check"),
            invoke(f"{FUNCTION}-post-check"),
        ],
        [
            invoke(FUNCTION),
            invoke(f"{PREFIX}-token-rotation"),
            ("lambda", "update_function_configuration", {"FunctionName": FUNCTION}),
            ("lambda", "delete_alias", ALIAS),
            bucket("get_object", CODE),
        ],
    ),
    f"replication-{REGION}": (
        [
            ("s3", "get_bucket_replication", {"Bucket": LOGS}),
            ("s3", "list_objects_v2", {"Bucket": LOGS}),
        ],
        [
            bucket("put_object", LOGS),
            bucket("get_object", CODE),
            bucket("delete_object", ARCHIVE),
            ("s3", "list_objects_v2", {"Bucket": ARCHIVE}),
        ],
    ),
    f"firehose-{REGION}": (
        [bucket("put_object", LOGS, Body=b"x"), ("s3", "list_objects_v2", {"Bucket": LOGS})],
        [
            bucket("put_object", ARCHIVE, Body=b"x"),
            bucket("delete_object", LOGS),
            write_log(f"/aws/lambda/{FUNCTION}"),
        ],
    ),
    f"subscription-{REGION}": (
        [("firehose", "put_record", {"DeliveryStreamName": f"{PREFIX}-logs", **RECORD})],
        [
            ("firehose", "put_record", {"DeliveryStreamName": "another", **RECORD}),
            ("firehose", "describe_delivery_stream", {"DeliveryStreamName": f"{PREFIX}-logs"}),
            bucket("put_object", LOGS, Body=b"x"),
        ],
    ),
    f"forwarding-{REGION}": (
        [("events", "put_events", {"Entries": [EVENT | {"EventBusName": BUS}]})],
        [
            ("events", "put_events", {"Entries": [EVENT | {"EventBusName": "another"}]}),
            ("events", "put_rule", {"Name": "any", "EventPattern": json.dumps({"source": ["a"]})}),
            send(QUEUE),
        ],
    ),
}  # fmt: skip


def use_everything(project: Any) -> None:
    project.edit("params/dev.yaml", "environment: dev\n", f"environment: dev\n{SECRETS}")
    project.edit("params/dev.yaml", "delivery:\n", CHECKS)


def allowed(cloud: Any, role: str, service: str, call: str, arguments: dict[str, Any]) -> bool:
    """Say whether a role may make a call: it fails, if at all, for another reason."""
    client = as_role(cloud, f"{ROLE}-{role}", service, REGION)
    try:
        getattr(client, call)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] not in DENIED
    return True


def test_every_role_may_do_its_job_and_nothing_beside_it(project: Any) -> None:
    use_everything(project)
    project.deploy()
    cloud = project.cloud
    # The local cloud speaks plain HTTP, which buckets refuse whoever asks: roles are judged here.
    for name in (LOGS, ARCHIVE, CODE):
        cloud.client("s3").delete_bucket_policy(Bucket=name)
    control(cloud, "iam", {"enforce": True})
    try:
        wrong = [
            f"{role} {service}.{call} {arguments}: {'denied' if expected else 'allowed'}"
            for role, jobs in JOBS.items()
            for expected, calls in zip((True, False), jobs, strict=True)
            for service, call, arguments in calls
            if allowed(cloud, role, service, call, arguments) is not expected
        ]
    finally:
        control(cloud, "iam", {"enforce": False})
    assert not wrong, "\n".join(wrong)


def test_no_role_of_the_service_is_forgotten(project: Any) -> None:
    use_everything(project)
    project.gen("render", "-e", "dev")
    text = (project.root / "build/dev/templates/service.yaml").read_text()
    names = {
        line.partition('"')[2].rstrip('"\n').replace("${AWS::Region}", REGION)
        for line in text.splitlines()
        if line.strip().startswith("RoleName:")
    }
    assert names == {f"${{Project}}-${{Environment}}-{role}" for role in JOBS}
