"""Which resources of given names exist: asked of each service itself, in as few calls as it allows.

Cloud Control would answer for every type alike, but one resource a call, and with the rights and
the patience that each type's own read handler takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud

Names = list[str]
Found = dict[str, str]
"""Physical ids, as CloudFormation would have them, by name."""
Reader = Callable[[Any, Names], Found]


def existing(
    cloud: Cloud, type_name: str, names: Iterable[str], *, account: str, region: str
) -> Found:
    """Give those of the names that resources of a type have already, with their physical ids."""
    service, read = _READERS[type_name]
    client = cloud.client(service, region=region, account=account)
    wanted = sorted(set(names))
    with aws_errors(f"looking for resources of type {type_name} in {account} {region}"):
        found = read(client, wanted)
    return {name: found[name] for name in wanted if name in found}


def _one_by_one(
    method: str, argument: str, missing: str, id_: Callable[[Any], str] | None = None
) -> Reader:
    """Ask for each name; the error `missing` means that there is none."""

    def read(client: Any, names: Names) -> Found:
        found = {}
        for name in names:
            try:
                with aws_errors(f"looking for {name}"):
                    answer = getattr(client, method)(**{argument: name})
            except AwsError as error:
                if error.code != missing:
                    raise
            else:
                found[name] = id_(answer) if id_ else name
        return found

    return read


def _listed(method: str, rows: str, name: str) -> Reader:
    """Read the whole list."""

    def read(client: Any, _: Names) -> Found:
        pages = client.get_paginator(method).paginate()
        return {row[name]: row[name] for page in pages for row in page[rows]}

    return read


def _batched(method: str, argument: str, rows: str, name: str) -> Reader:
    """Ask for a hundred names in a call."""

    def read(client: Any, names: Names) -> Found:
        return {
            row[name]: row[name]
            for start in range(0, len(names), 100)
            for row in getattr(client, method)(**{argument: names[start : start + 100]})[rows]
        }

    return read


def _beginning(names: Names) -> str:
    """Give what all names begin with."""
    first, last = min(names), max(names)
    same = (i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(same, min(len(first), len(last)))]


def _log_groups(client: Any, names: Names) -> Found:
    """List by what the names of each folder have in common."""
    folders: dict[str, Names] = {}
    for name in names:
        folders.setdefault(name.rpartition("/")[0], []).append(name)
    return {
        row["logGroupName"]: row["logGroupName"]
        for members in folders.values()
        for page in client.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=_beginning(members)
        )
        for row in page["logGroups"]
    }


def _queues(client: Any, names: Names) -> Found:
    pages = client.get_paginator("list_queues").paginate(
        QueueNamePrefix=_beginning(names), MaxResults=1000
    )
    return {url.rpartition("/")[2]: url for page in pages for url in page.get("QueueUrls", ())}


def _topics(client: Any, _: Names) -> Found:
    pages = client.get_paginator("list_topics").paginate()
    arns = (row["TopicArn"] for page in pages for row in page["Topics"])
    return {arn.rpartition(":")[2]: arn for arn in arns}


def _rules(client: Any, names: Names) -> Found:
    """Look at the rules of the default bus: another bus is made together with its rules."""
    beginning = _beginning(names)
    pages = _pages(client.list_rules, "NextToken", {"NamePrefix": beginning} if beginning else {})
    return {row["Name"]: row["Name"] for page in pages for row in page["Rules"]}


def _web_acls(client: Any, _: Names) -> Found:
    pages = _pages(client.list_web_acls, "NextMarker", {"Scope": "REGIONAL", "Limit": 100})
    acls = (row for page in pages for row in page["WebACLs"])
    return {row["Name"]: f"{row['Name']}|{row.get('Id', '')}|REGIONAL" for row in acls}


def _pages(call: Callable[..., Any], token: str, arguments: dict[str, Any]) -> Iterator[Any]:
    """Read page by page where boto3 has no paginator."""
    while True:
        page = call(**arguments)
        yield page
        if not (following := page.get(token)):
            return
        arguments = {**arguments, token: following}


_NOT_FOUND = "ResourceNotFoundException"
_READERS: dict[str, tuple[str, Reader]] = {
    "AWS::ApiGateway::DomainName": (
        "apigateway", _one_by_one("get_domain_name", "domainName", "NotFoundException"),
    ),
    "AWS::ApiGatewayV2::DomainName": (
        "apigatewayv2", _one_by_one("get_domain_name", "DomainName", "NotFoundException"),
    ),
    "AWS::CloudWatch::Alarm": (
        "cloudwatch", _batched("describe_alarms", "AlarmNames", "MetricAlarms", "AlarmName"),
    ),
    "AWS::CodeBuild::Project": (
        "codebuild", _batched("batch_get_projects", "names", "projects", "name"),
    ),
    "AWS::CodeCommit::Repository": (
        "codecommit",
        _one_by_one(
            "get_repository", "repositoryName", "RepositoryDoesNotExistException",
            lambda answer: str(answer["repositoryMetadata"]["repositoryId"]),
        ),
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
        "secretsmanager",
        _one_by_one(
            "describe_secret", "SecretId", _NOT_FOUND, lambda answer: str(answer["ARN"])
        ),
    ),
    "AWS::WAFv2::WebACL": ("wafv2", _web_acls),
}  # fmt: skip
TYPES_WITH_NAMES: frozenset[str] = frozenset(_READERS)
"""The types that can be asked for."""
