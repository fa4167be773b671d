"""What tests of the local cloud share: code, stacks and plain HTTP requests."""

import io
import json
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer over plain HTTP."""

    status: int
    body: Any


def upload(
    cloud: Any, code: str, *, account: str = "111111111111", region: str = "us-east-1"
) -> str:
    """Put a function's code as code.zip into a bucket of its region; the bucket's name."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("app.py", code)
    bucket = f"code-{account}-{region}"
    s3 = cloud.client("s3", account, region)
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
    s3.put_object(Bucket=bucket, Key="code.zip", Body=zipped.getvalue())
    return bucket


def stack(
    cloud: Any,
    template: str,
    *,
    name: str = "shop",
    action: str = "create",
    account: str = "111111111111",
    region: str = "us-east-1",
    expect: str | None = None,
    **parameters: str,
) -> dict[str, str]:
    """Create or update a stack until it is as expected; its outputs."""
    cloudformation = cloud.client("cloudformation", account, region)
    getattr(cloudformation, f"{action}_stack")(
        StackName=name,
        TemplateBody=template,
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    found = cloud.wait_for_stack(name, account=account, region=region)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [
        one.get("ResourceStatusReason") for one in events if "FAILED" in one["ResourceStatus"]
    ]
    assert found["StackStatus"] == (expect or f"{action.upper()}_COMPLETE"), reasons
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}


def reasons(cloud: Any, name: str = "shop", **where: str) -> list[str]:
    """Return why resources of a stack failed, newest first."""
    cloudformation = cloud.client("cloudformation", **where)
    return [
        one.get("ResourceStatusReason", "")
        for one in cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        if one["ResourceStatus"].endswith("FAILED")
    ]


def ask(cloud: Any, path: str, *, method: str = "GET", body: Any = None, **headers: str) -> Answer:
    """Ask the server over plain HTTP; header names are given with underscores."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        sent.setdefault("content-type", "application/json")
    request = urllib.request.Request(cloud.endpoint + path, data, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return Answer(answer.status, json.loads(text) if text else None)
    except urllib.error.HTTPError as error:
        text = error.read()
        return Answer(error.code, json.loads(text) if text else None)


def log_lines(cloud: Any, group: str, **where: str) -> list[str]:
    """Return what was written into a log group."""
    events = cloud.client("logs", **where).filter_log_events(logGroupName=group)["events"]
    return [one["message"] for one in events]


def control(cloud: Any, what: str, message: dict[str, Any]) -> Any:
    """Ask something of the server's own API."""
    answer = ask(cloud, f"/_localcloud/{what}", method="POST", body=message)
    assert answer.status == 200, answer
    return answer.body


def as_role(cloud: Any, role: str, service: str, region: str = "us-east-1") -> Any:
    """Return an SDK client that calls as a role."""
    given = control(cloud, "credentials", {"role": role})
    return boto3.client(
        service,
        endpoint_url=cloud.endpoint,
        region_name=region,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
