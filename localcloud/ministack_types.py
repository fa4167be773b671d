"""The resource types of ministack's CloudFormation: more of them, with more steps."""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ministack.app as _app
from ministack.services.cloudformation import provisioners as _provisioners
from ministack.services.cloudformation import stacks as _stacks

from localcloud.ministack import Properties, current_place, new_id

Created = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ResourceType:
    """How resources of a type are made: physical id and attributes from properties.

    `update` answers the old physical id, or a new one when it replaced the resource.
    """

    create: Callable[[str, Properties, str], Created]
    update: Callable[[str, Properties, Properties, str, str], Created]
    delete: Callable[[str, Properties], None]


def resource_types() -> frozenset[str]:
    """Return the types that CloudFormation can make here."""
    return frozenset(_provisioners._RESOURCE_HANDLERS)


def add_resource_type(name: str, resource: ResourceType) -> None:
    """Teach CloudFormation a type."""
    _provisioners._RESOURCE_HANDLERS[name] = {
        "create": resource.create,
        "update": resource.update,
        "update_with_logical_id": True,
        "delete": resource.delete,
    }


def then(resource_type: str, step: Callable[[str, Properties, Properties], None]) -> None:
    """Take one more step after a type's resources are created or updated in place.

    The step gets the physical id, the properties and the previous properties.
    """
    handlers = _provisioners._RESOURCE_HANDLERS[resource_type]
    create, update = handlers["create"], handlers["update"]

    def create_then(logical_id: str, given: Properties, stack_name: str) -> Created:
        made: Created = create(logical_id, given, stack_name)
        step(made[0], given, {})
        return made

    def update_then(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Created:
        made: Created = update(physical_id, old, new, *rest)
        step(made[0], new, old if made[0] == physical_id else {})
        return made

    handlers["create"], handlers["update"] = create_then, update_then


def before(resource_type: str, check: Callable[[Properties], None]) -> None:
    """Check a type's properties against what exists before a resource is created or updated."""
    handlers = _provisioners._RESOURCE_HANDLERS[resource_type]
    create, update = handlers["create"], handlers["update"]

    def check_and_create(logical_id: str, given: Properties, stack_name: str) -> Created:
        check(given)
        return create(logical_id, given, stack_name)

    def check_and_update(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Created:
        check(new)
        return update(physical_id, old, new, *rest)

    handlers["create"], handlers["update"] = check_and_create, check_and_update


def describe_replacements(by_schema: Callable[[str, str], str]) -> None:
    """Let change sets tell by the schema what ministack has no table for.

    Only what change sets say: which updates replace is still up to each type.
    """
    by_table = _stacks._property_recreation

    def recreation(resource_type: str, name: str) -> str:
        known = resource_type in _provisioners._REPLACING_PROPERTIES
        return by_table(resource_type, name) if known else by_schema(resource_type, name)

    _stacks._property_recreation = recreation


def draw_new_name() -> None:
    """Let the resource that is being replaced get another generated name."""
    _provisioners._NAME_SEED.set(new_id()[:8])


def physical_name(stack_name: str, logical_id: str, *, max_length: int, lower: bool) -> str:
    """Return the name that CloudFormation gives a resource whose template names it not."""
    return _provisioners._physical_name(stack_name, logical_id, max_len=max_length, lowercase=lower)


def refer_to_secrets_by_arn() -> None:
    """Let Ref answer a secret's ARN, as AWS does, where ministack answers its name."""
    handlers = _provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def by_arn(made: Created) -> Created:
        return made[1]["Id"], made[1]

    def name(arn: str) -> str:
        return arn.partition(":secret:")[2][:-7] or arn

    handlers["create"] = lambda *given: by_arn(create(*given))
    handlers["update"] = lambda arn, *given: by_arn(update(name(arn), *given))
    handlers["delete"] = lambda arn, properties: delete(name(arn), properties)


# Types whose names are unique: the property, and where ministack keeps those that exist.
_UNIQUE: dict[str, tuple[str, str, str, str]] = {
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch", "_alarms", "{}"),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", "cloudwatch", "_composite_alarms", "{}"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb", "_tables", "{}"),
    "AWS::Events::EventBus": ("Name", "eventbridge", "_event_buses", "{}"),
    "AWS::IAM::ManagedPolicy": (
        "ManagedPolicyName", "iam", "_policies", "arn:aws:iam::{account}:policy/{}",
    ),
    "AWS::IAM::Role": ("RoleName", "iam", "_roles", "{}"),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", "firehose", "_streams", "{}"),
    "AWS::KMS::Alias": ("AliasName", "kms", "_aliases", "arn:aws:kms:{region}:{account}:{}"),
    "AWS::Lambda::Function": ("FunctionName", "lambda_svc", "_functions", "{}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "cloudwatch_logs", "_log_groups", "{}"),
    "AWS::SecretsManager::Secret": ("Name", "secretsmanager", "_secrets", "{}"),
    "AWS::SNS::Topic": ("TopicName", "sns", "_topics", "arn:aws:sns:{region}:{account}:{}"),
    "AWS::SQS::Queue": ("QueueName", "sqs", "_queue_name_to_url", "{}"),
    "AWS::SSM::Parameter": ("Name", "ssm", "_parameters", "{}"),
}  # fmt: skip


def taken_name(resource_type: str, properties: Properties) -> str | None:
    """Return the name that properties give a resource, when there is such a resource already."""
    if resource_type not in _UNIQUE:
        return None
    property_name, module, store, pattern = _UNIQUE[resource_type]
    name = properties.get(property_name)
    place = current_place()
    key = pattern.format(name, account=place.account, region=place.region)
    return name if name and key in getattr(_app._get_module(module), store) else None
