"""Stack sets: the whole set with its first instances, and the instances of later waves.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StackSets.html
"""

import json
import re
from collections import Counter
from typing import Any

from botocore.exceptions import ClientError

from localcloud.codepipeline.failures import ActionError
from localcloud.codepipeline.jobs import Job, place, put

MAX_BODY_BYTES = 51_200
MAX_TEMPLATE_BYTES = 460_800
ENDED = ("SUCCEEDED", "FAILED", "STOPPED")
Pair = tuple[str, str]


def deploy(job: Job) -> None:
    """Update the set, or create it; deploy to the instances that are named."""
    given, cloudformation = job.configuration, job.client("cloudformation")
    name = given["StackSetName"]
    change = {**_template(job), **_settings(job)}
    pairs = _pairs(job)
    found = _find(cloudformation, name)
    if given.get("AdministrationRoleArn"):
        passed = {"iam:PassedToService": "cloudformation.amazonaws.com"}
        job.judge("iam:PassRole", given["AdministrationRoleArn"], passed)
    if found is None:
        model = given.get("PermissionModel")
        chosen = {"PermissionModel": model} if model else {}
        set_id = cloudformation.create_stack_set(StackSetName=name, **change, **chosen)[
            "StackSetId"
        ]
        operation = _create(job, pairs, _missing(job, pairs))
    else:
        set_id = str(found["StackSetId"])
        # New instances first, with the old template: https://docs.aws.amazon.com/codepipeline/
        # latest/userguide/action-reference-StackSets.html
        _create(job, pairs, _missing(job, pairs))
        where = _targets(pairs) if pairs else {}
        operation = cloudformation.update_stack_set(
            StackSetName=name, OperationPreferences=_preferences(job, pairs), **change, **where
        )["OperationId"]
        _wait(job, operation)
    job.run.variables = {"StackSetId": set_id, "OperationId": operation or ""}


def deploy_instances(job: Job) -> None:
    """Create the instances that are named, or bring them to the set's template."""
    cloudformation, name = job.client("cloudformation"), job.configuration["StackSetName"]
    found = _find(cloudformation, name)
    if found is None:
        raise ActionError(f"StackSet {name} not found", "ConfigurationError")
    pairs = _pairs(job)
    missing = _missing(job, pairs)
    overrides = job.configuration.get("ParameterOverrides")
    more = {"ParameterOverrides": _parameters(job, overrides)} if overrides else {}
    operation = _create(job, pairs, missing, **more)
    there = [pair for pair in pairs if pair not in missing]
    if there:
        operation = cloudformation.update_stack_instances(
            StackSetName=name,
            OperationPreferences=_preferences(job, there),
            **_targets(there),
            **more,
        )["OperationId"]
        _wait(job, operation)
    job.run.variables = {"StackSetId": str(found["StackSetId"]), "OperationId": operation or ""}


def _create(job: Job, pairs: list[Pair], missing: list[Pair], **more: Any) -> str | None:
    """Create the instances that are missing; return the operation, if one was needed."""
    if not missing:
        return None
    operation: str = job.client("cloudformation").create_stack_instances(
        StackSetName=job.configuration["StackSetName"],
        OperationPreferences=_preferences(job, pairs),
        **_targets(missing),
        **more,
    )["OperationId"]
    _wait(job, operation)
    return operation


def _find(cloudformation: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = cloudformation.describe_stack_set(StackSetName=name)["StackSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "StackSetNotFoundException":
            raise
        return None
    return found if found.get("Status") == "ACTIVE" else None


def _missing(job: Job, pairs: list[Pair]) -> list[Pair]:
    """Return the targets that are no instances yet."""
    if not pairs:
        return []
    pages = job.client("cloudformation").get_paginator("list_stack_instances")
    there = {
        (one["Account"], one["Region"])
        for page in pages.paginate(StackSetName=job.configuration["StackSetName"])
        for one in page["Summaries"]
    }
    return [pair for pair in pairs if pair not in there]


def _wait(job: Job, operation: str) -> None:
    """Wait for an operation, and fail with the places that failed, whatever its status hides."""
    cloudformation, name = job.client("cloudformation"), job.configuration["StackSetName"]
    job.run.external_id = operation

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = cloudformation.describe_stack_set_operation(
            StackSetName=name, OperationId=operation
        )["StackSetOperation"]
        return found if found["Status"] in ENDED else None

    ended = job.poll(look)
    failed = int((ended.get("StatusDetails") or {}).get("FailedStackInstancesCount") or 0)
    if ended["Status"] == "SUCCEEDED" and not failed:
        job.run.summary = f"Operation {operation} of stack set {name} succeeded"
        return
    results = _failures(cloudformation, name, operation)
    if ended["Status"] == "SUCCEEDED" and not _beyond_tolerance(job, results):
        job.run.summary = (
            f"Operation {operation} of stack set {name} succeeded; {failed} stack instance(s) "
            "failed within the tolerance"
        )
        return
    told = [
        f"Account {one['Account']}, region {one['Region']}: {one.get('StatusReason') or 'FAILED'}"
        for one in results
    ]
    raise ActionError(
        f"Stack set operation {operation} of {name} ended with status {ended['Status']}. "
        f"{'; '.join(told) or 'No stack instance failed by itself.'}"
    )


def _failures(cloudformation: Any, name: str, operation: str) -> list[dict[str, Any]]:
    pages = cloudformation.get_paginator("list_stack_set_operation_results")
    return [
        one
        for page in pages.paginate(StackSetName=name, OperationId=operation)
        for one in page["Summaries"]
        if one["Status"] == "FAILED"
    ]


def _beyond_tolerance(job: Job, failures: list[dict[str, Any]]) -> bool:
    """Tell whether more accounts of one region failed than may, whatever the status says."""
    accounts = len(_targets(_pairs(job))["Accounts"])
    percentage = int(job.configuration.get("FailureTolerancePercentage", 0))
    by_region = Counter(one["Region"] for one in failures)
    return any(count > accounts * percentage // 100 for count in by_region.values())


def _template(job: Job) -> dict[str, str]:
    text = job.file(job.configuration["TemplatePath"])
    size = len(text.encode())
    if size > MAX_TEMPLATE_BYTES:
        raise ActionError(
            f"The template is {size} bytes long, more than {MAX_TEMPLATE_BYTES}",
            "ConfigurationError",
        )
    if size <= MAX_BODY_BYTES:
        return {"TemplateBody": text}
    stored = place(job.execution, "template", job.run.region)
    put(job.client("s3"), job.execution, stored, text.encode())
    return {"TemplateURL": f"https://{stored.bucket}.s3.{stored.region}.amazonaws.com/{stored.key}"}


def _settings(job: Job) -> dict[str, Any]:
    given = job.configuration
    found: dict[str, Any] = {"Parameters": _parameters(job, given.get("Parameters", ""))}
    for key, name in (
        ("Description", "Description"),
        ("AdministrationRoleArn", "AdministrationRoleARN"),
        ("ExecutionRoleName", "ExecutionRoleName"),
    ):
        if given.get(key):
            found[name] = given[key]
    if given.get("Capabilities"):
        found["Capabilities"] = _words(given["Capabilities"])
    return found


def _parameters(job: Job, text: str) -> list[dict[str, Any]]:
    """Read parameters: a file of an artifact, JSON, or `ParameterKey=…,ParameterValue=…`.

    A key that is left out takes the template's default.
    """
    text = text.strip()
    if re.fullmatch(r"[\w-]+::\S+", text):
        text = job.file(text).strip()
    if text.startswith(("[", "{")):
        try:
            found: list[dict[str, Any]] = json.loads(text)
        except ValueError as error:
            raise ActionError(f"Parameters are not JSON: {error}", "ConfigurationError") from error
        return found
    listed = []
    for one in re.split(r"\s+(?=ParameterKey=)", text) if text else []:
        named = re.fullmatch(
            r"ParameterKey=([^,]+),(?:ParameterValue=(.*)|UsePreviousValue=true)", one
        )
        if named is None:
            raise ActionError(f"Not a parameter: {one}", "ConfigurationError")
        value: dict[str, Any] = (
            {"UsePreviousValue": True} if named[2] is None else {"ParameterValue": named[2]}
        )
        listed.append({"ParameterKey": named[1], **value})
    return listed


def _pairs(job: Job) -> list[Pair]:
    """Return the accounts and regions that are deployed to, regions in their order."""
    accounts, regions = job.configuration.get("DeploymentTargets"), job.configuration.get("Regions")
    if not accounts and not regions:
        return []
    if not accounts or not regions:
        raise ActionError("DeploymentTargets and Regions are given together", "ConfigurationError")
    text = accounts.strip()
    if "::" in text:
        read = json.loads(job.file(text))
        text = ",".join(read if isinstance(read, list) else read.get("Accounts", []))
    named = _words(text.removeprefix("Accounts="))
    return [(account, region) for region in _words(regions) for account in named]


def _targets(pairs: list[Pair]) -> dict[str, list[str]]:
    return {
        "Accounts": list(dict.fromkeys(account for account, _ in pairs)),
        "Regions": list(dict.fromkeys(region for _, region in pairs)),
    }


def _preferences(job: Job, pairs: list[Pair]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if pairs:
        found["RegionOrder"] = list(dict.fromkeys(region for _, region in pairs))
    for key in ("FailureTolerancePercentage", "MaxConcurrentPercentage"):
        if key in job.configuration:
            found[key] = int(job.configuration[key])
    return found


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]
