"""Teach CloudFormation every type of the resource schemas that it lacks."""

from collections.abc import Mapping
from typing import Literal

from localcloud import ministack, ministack_objects, ministack_types, schemas
from localcloud.ministack import Properties
from localcloud.ministack_types import ResourceType
from localcloud.resources import buckets, network, real
from localcloud.resources.recorded import Records

Kind = Literal["real", "recorded"]


def install(records: Records, others: Mapping[str, ResourceType]) -> dict[str, Kind]:
    """Add the missing types; return for every type whether it is real or only recorded.

    `others` are real types that services of ours make.
    """
    ministack_types.refer_to_secrets_by_arn()
    ministack_types.then("AWS::S3::Bucket", _configure_bucket)
    ministack_types.describe_replacements(_recreation)
    kinds: dict[str, Kind] = dict.fromkeys(sorted(ministack_types.resource_types()), "real")
    made = {**real.resource_types(), **network.resource_types(), **others}
    for name, resource in made.items():
        ministack_types.add_resource_type(name, resource)
        kinds[name] = "real"
    for name in sorted(schemas.type_names() - kinds.keys()):
        ministack_types.add_resource_type(name, records.resource_type(name))
        kinds[name] = "recorded"
    return kinds


def _configure_bucket(name: str, given: Properties, previous: Properties) -> None:
    for operation, parameters in buckets.calls(given, previous):
        ministack_objects.call_s3(operation, {"Bucket": name, **parameters})


def _recreation(type_name: str, name: str) -> str:
    """Return whether a changed property replaces the resource, in a change set's words."""
    schema = schemas.find(type_name, ministack.current_place().region)
    if schema is None:
        return "Conditionally"
    if name in schema.create_only:
        return "Always"
    return "Conditionally" if name in schema.conditionally_create_only else "Never"
