"""What a release is, by its record: believed only if the template has the recorded bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from settings import Cloud, Settings, code_of

AT_ONCE = {
    "DeploymentStrategy": "CodeDeployDefault.LambdaAllAtOnce",
    "IgnoreAlarmsInDeployment": "true",
}
"""How a restore is deployed: what it takes back is worse than a shift without a canary, and the
alarms that the bad release turned must not stop it."""

_UNREADABLE = {"NoSuchKey", "NoSuchVersion", "AccessDenied", "InvalidObjectState", "403", "404"}


class RefusedError(Exception):
    """Why a release can't be restored: looking again doesn't help."""


@dataclass(frozen=True, slots=True)
class Record:
    """The record of a release."""

    release: str
    template_key: str
    parameters: dict[str, str]
    capabilities: list[str]
    tags: dict[str, str]


def read_record(cloud: Cloud, settings: Settings, release: str) -> Record:
    """Read a release's record and see that its template is what was recorded, or raise."""
    body = _read(cloud, settings, f"records/{release}.json")
    try:
        found = json.loads(body)
        if (found["format"], found["release"]) != (1, release):
            raise RefusedError(f"records/{release}.json is no record of this release")
        record = Record(
            release,
            str(found["template"]["key"]),
            {str(name): str(value) for name, value in found["parameters"].items()},
            [str(one) for one in found["capabilities"]],
            {str(name): str(value) for name, value in found["tags"].items()},
        )
        expected = found["template"]["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError(
            f"records/{release}.json can't be read: {type(error).__name__}"
        ) from None
    if hashlib.sha256(_read(cloud, settings, record.template_key)).hexdigest() != expected:
        raise RefusedError(f"{record.template_key} is not the template that was recorded")
    return record


def update_arguments(record: Record, settings: Settings) -> dict[str, Any]:
    """Write the arguments of UpdateStackSet: all instances, all at once, as far as it goes."""
    parameters = {**record.parameters, "Release": record.release}
    parameters.update({k: v for k, v in AT_ONCE.items() if k in record.parameters})
    suffix = "amazonaws.com.cn" if settings.region.startswith("cn-") else "amazonaws.com"
    return {
        "StackSetName": settings.stack_set,
        "TemplateURL": (
            f"https://{settings.bucket}.s3.{settings.region}.{suffix}/{record.template_key}"
        ),
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in sorted(parameters.items())
        ],
        "Capabilities": record.capabilities,
        "Tags": [{"Key": name, "Value": value} for name, value in sorted(record.tags.items())],
        "AdministrationRoleARN": settings.administration_role,
        "ExecutionRoleName": settings.execution_role,
        "OperationPreferences": {
            "RegionConcurrencyType": "PARALLEL",
            "FailureTolerancePercentage": 100,
            "MaxConcurrentPercentage": 100,
        },
    }


def _read(cloud: Cloud, settings: Settings, key: str) -> bytes:
    try:
        return bytes(cloud.s3.get_object(Bucket=settings.bucket, Key=key)["Body"].read())
    except ClientError as error:
        # Who may not list a bucket is told AccessDenied of what is not there.
        if code_of(error) in _UNREADABLE:
            raise RefusedError(f"{key} can't be read: {code_of(error)}") from None
        raise
