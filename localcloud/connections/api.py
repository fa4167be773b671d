"""Connect the connections' two JSON protocols, the new and the old name, and resource types."""

import functools
from collections.abc import Mapping
from typing import Any

from localcloud import ministack, ministack_requests
from localcloud.connections.service import Connections
from localcloud.errors import AwsError
from localcloud.ministack import Properties
from localcloud.ministack_types import Created, ResourceType

# The service, how its requests begin, and its resource type: the same under two names.
# https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
_NAMES = (
    (
        "codeconnections",
        "com.amazonaws.codeconnections.CodeConnections_20231201",
        "AWS::CodeConnections::Connection",
    ),
    (
        "codestar-connections",
        "com.amazonaws.codestar.connections.CodeStar_connections_20191201",
        "AWS::CodeStarConnections::Connection",
    ),
)


def install(connections: Connections) -> dict[str, ResourceType]:
    """Let the cloud answer the actions on connections; return the types that it makes."""
    for service, target, _ in _NAMES:
        actions: dict[str, ministack.Action] = {
            "CreateConnection": functools.partial(connections.create, service=service),
            "GetConnection": connections.get,
            "ListConnections": connections.list,
            "DeleteConnection": connections.delete,
            "TagResource": connections.tag,
            "UntagResource": connections.untag,
            "ListTagsForResource": connections.list_tags,
        }
        ministack.add_json_service(service, target, actions)
        ministack_requests.name_resources(service, _resource)
    return {name: _resource_type(connections, service) for service, _, name in _NAMES}


def _resource(message: Mapping[str, Any]) -> str | None:
    return message.get("ConnectionArn") or message.get("ResourceArn")


def _resource_type(connections: Connections, service: str) -> ResourceType:
    def create(_: str, given: Properties, __: str) -> Created:
        try:
            arn = str(connections.create(given, service)["ConnectionArn"])
        except AwsError as error:
            raise ValueError(f"{error.message} ({error.code})") from error
        return _made(connections, arn)

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        fixed = ("ConnectionName", "HostArn", "ProviderType")
        found = connections.find(physical_id)
        if found is None or any(old.get(key) != new.get(key) for key in fixed):
            return create(logical_id, new, stack)
        found.tags = {one["Key"]: one["Value"] for one in new.get("Tags") or []}
        return _made(connections, physical_id)

    def delete(physical_id: str, _: Properties) -> None:
        if connections.find(physical_id) is not None:
            connections.delete({"ConnectionArn": physical_id})

    return ResourceType(create, update, delete)


def _made(connections: Connections, arn: str) -> Created:
    found = connections.find(arn)
    assert found is not None
    return arn, {
        "ConnectionArn": arn,
        "ConnectionStatus": found.status,
        "OwnerAccountId": found.place.account,
    }
