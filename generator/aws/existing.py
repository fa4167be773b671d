"""Which resources of given names exist: asked of each service itself, in as few calls as it allows.

Cloud Control would answer for every type alike, but one resource a call, and with the rights and
the patience that each type's own read handler takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud

Names = list[str]
Reader = Callable[[Any, Names], set[str]]


def existing(
    cloud: Cloud, type_name: str, names: Iterable[str], *, account: str, region: str
) -> set[str]:
    """Give those of the names that resources of a type have already."""
    service, read = _READERS[type_name]
    client = cloud.client(service, region=region, account=account)
    wanted = sorted(set(names))
    with aws_errors(f"looking for resources of type {type_name} in {account} {region}"):
        return read(client, wanted) & set(wanted)


def _one_by_one(method: str, argument: str, *missing: str) -> Reader:
    """Ask for each name; these errors mean that there is none."""

    def read(client: Any, names: Names) -> set[str]:
        found = set()
        for name in names:
            try:
                with aws_errors(f"looking for {name}"):
                    getattr(client, method)(**{argument: name})
            except AwsError as error:
                if error.code not in missing:
                    raise
            else:
                found.add(name)
        return found

    return read


def _listed(method: str, rows: str, name: str, **arguments: Any) -> Reader:
    """Read the whole list."""

    def read(client: Any, _: Names) -> set[str]:
        pages = client.get_paginator(method).paginate(**arguments)
        return {row[name] for page in pages for row in page[rows]}

    return read


def _batched(method: str, argument: str, size: int, rows: str, name: str) -> Reader:
    """Ask for many names in a call."""

    def read(client: Any, names: Names) -> set[str]:
        return {
            row[name]
            for start in range(0, len(names), size)
            for row in getattr(client, method)(**{argument: names[start : start + size]})[rows]
        }

    return read


def _beginning(names: Names) -> str:
    """Give what all names begin with."""
    first, last = min(names), max(names)
    same = (i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(same, min(len(first), len(last)))]


def _alarms(client: Any, names: Names) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(names), 100):
        answer = client.describe_alarms(AlarmNames=names[start : start + 100])
        found |= {row["AlarmName"] for row in answer["MetricAlarms"]}
    return found


def _log_groups(client: Any, names: Names) -> set[str]:
    """List by what the names of each folder have in common."""
    folders: dict[str, Names] = {}
    for name in names:
        folders.setdefault(name.rpartition("/")[0], []).append(name)
    return {
        row["logGroupName"]
        for members in folders.values()
        for page in client.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=_beginning(members)
        )
        for row in page["logGroups"]
    }


def _queues(client: Any, names: Names) -> set[str]:
    pages = client.get_paginator("list_queues").paginate(
        QueueNamePrefix=_beginning(names), MaxResults=1000
    )
    return {url.rpartition("/")[2] for page in pages for url in page.get("QueueUrls", ())}


def _rules(client: Any, names: Names) -> set[str]:
    """Look at the rules of the default bus: another bus is made together with its rules."""
    found: set[str] = set()
    beginning = _beginning(names)
    arguments: dict[str, Any] = {"NamePrefix": beginning} if beginning else {}
    while True:
        page = client.list_rules(**arguments)
        found |= {row["Name"] for row in page["Rules"]}
        if not (following := page.get("NextToken")):
            return found
        arguments["NextToken"] = following


def _topics(client: Any, _: Names) -> set[str]:
    pages = client.get_paginator("list_topics").paginate()
    return {row["TopicArn"].rpartition(":")[2] for page in pages for row in page["Topics"]}


def _web_acls(client: Any, _: Names) -> set[str]:
    found: set[str] = set()
    arguments: dict[str, Any] = {"Scope": "REGIONAL", "Limit": 100}
    while True:
        page = client.list_web_acls(**arguments)
        found |= {row["Name"] for row in page["WebACLs"]}
        if not (following := page.get("NextMarker")):
            return found
        arguments["NextMarker"] = following


_NOT_FOUND = "ResourceNotFoundException"
_READERS: dict[str, tuple[str, Reader]] = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", _alarms),
    "AWS::CodeBuild::Project": (
        "codebuild", _batched("batch_get_projects", "names", 100, "projects", "name"),
    ),
    "AWS::CodeCommit::Repository": (
        "codecommit",
        _one_by_one("get_repository", "repositoryName", "RepositoryDoesNotExistException"),
    ),
    "AWS::CodeDeploy::Application": (
        "codedeploy",
        _one_by_one("get_application", "applicationName", "ApplicationDoesNotExistException"),
    ),
    "AWS::CodePipeline::Pipeline": (
        "codepipeline", _one_by_one("get_pipeline", "name", "PipelineNotFoundException"),
    ),
    "AWS::DynamoDB::Table": ("dynamodb", _one_by_one("describe_table", "TableName", _NOT_FOUND)),
    "AWS::Events::EventBus": ("events", _one_by_one("describe_event_bus", "Name", _NOT_FOUND)),
    "AWS::Events::Rule": ("events", _rules),
    "AWS::IAM::Role": ("iam", _listed("list_roles", "Roles", "RoleName")),
    "AWS::KMS::Alias": ("kms", _listed("list_aliases", "Aliases", "AliasName")),
    "AWS::KinesisFirehose::DeliveryStream": (
        "firehose", _one_by_one("describe_delivery_stream", "DeliveryStreamName", _NOT_FOUND),
    ),
    "AWS::Lambda::Function": (
        "lambda", _one_by_one("get_function_configuration", "FunctionName", _NOT_FOUND),
    ),
    "AWS::Logs::LogGroup": ("logs", _log_groups),
    "AWS::SNS::Topic": ("sns", _topics),
    "AWS::SQS::Queue": ("sqs", _queues),
    "AWS::SecretsManager::Secret": (
        # A secret that waits for its deletion keeps its name, and is found.
        "secretsmanager", _one_by_one("describe_secret", "SecretId", _NOT_FOUND),
    ),
    "AWS::WAFv2::WebACL": ("wafv2", _web_acls),
}  # fmt: skip
TYPES_WITH_NAMES: frozenset[str] = frozenset(_READERS)
"""The types that can be asked for."""
