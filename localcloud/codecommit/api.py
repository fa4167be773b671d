"""Connect CodeCommit's JSON protocol, its resource type and its repositories."""

from collections.abc import Mapping
from typing import Any

from localcloud import ministack, ministack_requests
from localcloud.codecommit import cloudformation
from localcloud.codecommit.repositories import Repositories
from localcloud.codecommit.service import Service
from localcloud.ministack_types import ResourceType


def install(repositories: Repositories) -> dict[str, ResourceType]:
    """Let the cloud answer CodeCommit's actions; return the types that it makes."""
    service = Service(repositories)
    ministack.add_json_service(
        "codecommit",
        "CodeCommit_20150413",
        {
            "CreateRepository": service.create,
            "GetRepository": service.get,
            "BatchGetRepositories": service.batch_get,
            "ListRepositories": service.list,
            "DeleteRepository": service.delete,
            "UpdateRepositoryDescription": service.describe,
            "UpdateRepositoryName": service.rename,
            "GetBranch": service.get_branch,
            "ListBranches": service.list_branches,
            "GetCommit": service.get_commit,
            "TagResource": service.tag,
            "UntagResource": service.untag,
            "ListTagsForResource": service.list_tags,
        },
    )
    ministack_requests.name_resources("codecommit", _resource)
    return cloudformation.resource_types(service, repositories)


def _resource(message: Mapping[str, Any]) -> str | None:
    """Return what a call is about."""
    name = message.get("repositoryName") or message.get("oldName")
    place = ministack.current_place()
    own = f"arn:aws:codecommit:{place.region}:{place.account}:{name}"
    return own if name else message.get("resourceArn")
