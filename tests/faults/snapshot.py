"""What a deployment left in the cloud, without what no two deployments have in common."""

from __future__ import annotations

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.conftest import LocalCloud

Snapshot = dict[str, Any]

_GENERATED = re.compile(
    # UUIDs, moments, the suffixes of generated names, what APIs are called by.
    r"-?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\d(\.\d+)?(Z|\+00:00)"
    r"|-(?!\d{12}\b)([A-Z0-9]{12,13}|[0-9a-f]{8,17})\b"
    r"|(?<=samplingrule/)\w+|(?<=:secret:)[\w/-]+|\b[0-9a-f]{8}\b"
)
# What says of a release when it was made, and by whom.
_DATED = ("history/", "records/")


def take(cloud: LocalCloud, accounts: list[str], regions: list[str]) -> Snapshot:
    """Read everything that a deployment makes, in every account and region."""
    places = [(account, region) for account in accounts for region in regions]
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = dict(
            zip(places, pool.map(lambda place: _place(cloud, *place), places), strict=True)
        )
    return {f"{account} {region}": seen for (account, region), seen in found.items()}


def differences(expected: Any, actual: Any, where: str = "") -> list[str]:
    """Say where two snapshots differ."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return [
            difference
            for key in sorted(expected.keys() | actual.keys())
            for difference in differences(expected.get(key), actual.get(key), f"{where}/{key}")
        ]
    return [] if expected == actual else [f"{where}: {expected!r} became {actual!r}"]


def _place(cloud: LocalCloud, account: str, region: str) -> Snapshot:
    def client(service: str) -> Any:
        return cloud.client(service, account, region)

    cloudformation = client("cloudformation")
    return {
        "stacks": _stacks(cloudformation),
        "sets": _sets(cloudformation),
        "objects": _objects(client("s3"), region),
        "parameters": _parameters(client("ssm")),
        "functions": _functions(client("lambda")),
    }


def _stacks(cloudformation: Any) -> Snapshot:
    found: Snapshot = {}
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    for stack in (stack for page in pages for stack in page["Stacks"]):
        name = _plain(stack["StackName"])
        # A second stack of the same instance would be an orphan.
        while name in found:
            name += " again"
        resources = cloudformation.describe_stack_resources(StackName=stack["StackName"])
        found[name] = {
            "status": stack["StackStatus"],
            "parameters": {
                p["ParameterKey"]: _plain(p["ParameterValue"]) for p in stack.get("Parameters", ())
            },
            "tags": {t["Key"]: t["Value"] for t in stack.get("Tags", ())},
            "outputs": {o["OutputKey"]: _plain(o["OutputValue"]) for o in stack.get("Outputs", ())},
            "template": _digest(
                cloudformation.get_template(StackName=stack["StackName"])["TemplateBody"]
            ),
            "resources": {
                r["LogicalResourceId"]: r["ResourceStatus"] for r in resources["StackResources"]
            },
        }
    return found


def _sets(cloudformation: Any) -> Snapshot:
    found: Snapshot = {}
    for summary in cloudformation.list_stack_sets(Status="ACTIVE")["Summaries"]:
        name = summary["StackSetName"]
        one = cloudformation.describe_stack_set(StackSetName=name)["StackSet"]
        instances = cloudformation.list_stack_instances(StackSetName=name)["Summaries"]
        operations = cloudformation.list_stack_set_operations(StackSetName=name)["Summaries"]
        found[name] = {
            "template": _digest(one["TemplateBody"]),
            "parameters": {p["ParameterKey"]: p["ParameterValue"] for p in one["Parameters"]},
            "tags": {t["Key"]: t["Value"] for t in one["Tags"]},
            "instances": {
                f"{i['Account']} {i['Region']}": {
                    "status": i["Status"],
                    "overrides": _overrides(cloudformation, name, i),
                }
                for i in instances
            },
            # A second operation that did the same would be a duplicate.
            "operations": [(o["Action"], o["Status"]) for o in reversed(operations)],
        }
    return found


def _overrides(cloudformation: Any, name: str, instance: dict[str, Any]) -> dict[str, str]:
    found = cloudformation.describe_stack_instance(
        StackSetName=name,
        StackInstanceAccount=instance["Account"],
        StackInstanceRegion=instance["Region"],
    )["StackInstance"]
    return {
        p["ParameterKey"]: _plain(p["ParameterValue"]) for p in found.get("ParameterOverrides", ())
    }


def _objects(s3: Any, region: str) -> Snapshot:
    """List every version of every object; only the name of what says when it was written."""
    found: Snapshot = {}
    for bucket in sorted(row["Name"] for row in s3.list_buckets()["Buckets"]):
        if (s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] or "us-east-1") != region:
            continue
        rows = s3.list_object_versions(Bucket=bucket)
        found[bucket] = {"deleted": [row["Key"] for row in rows.get("DeleteMarkers", ())]}
        for row in rows.get("Versions", ()):
            # What the service itself logs and alerts is no work of a deployment.
            if row["Key"].endswith(".gz") or row["Key"].startswith("history/alerts/"):
                continue
            key = _plain(row["Key"])
            while key in found[bucket]:
                key += " again"
            found[bucket][key] = "" if key.startswith(_DATED) else row["ETag"]
    return found


def _parameters(ssm: Any) -> Snapshot:
    pages = ssm.get_paginator("describe_parameters").paginate()
    names = [row["Name"] for page in pages for row in page["Parameters"]]
    return {name: _plain(ssm.get_parameter(Name=name)["Parameter"]["Value"]) for name in names}


def _functions(functions: Any) -> Snapshot:
    found: Snapshot = {}
    pages = functions.get_paginator("list_functions").paginate()
    for row in (row for page in pages for row in page["Functions"]):
        name = row["FunctionName"]
        versions = functions.list_versions_by_function(FunctionName=name)["Versions"]
        aliases = functions.list_aliases(FunctionName=name)["Aliases"]
        found[_plain(name)] = {
            "code": row["CodeSha256"],
            "versions": [version["Version"] for version in versions],
            "aliases": {alias["Name"]: alias["FunctionVersion"] for alias in aliases},
        }
    return found


def _plain(text: str) -> str:
    return _GENERATED.sub("*", text)


def _digest(body: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
