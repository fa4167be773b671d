"""AWS::CodeCommit::Repository, made by the service itself."""

from collections.abc import Callable
from typing import Any

from localcloud import ministack
from localcloud.codecommit.repositories import Repositories, Repository
from localcloud.codecommit.service import Service, ssh_url
from localcloud.errors import AwsError
from localcloud.ministack import Properties
from localcloud.ministack_types import Created, ResourceType

# What would have to act, and does not here.
_REFUSED = ("Code", "Triggers")


def resource_types(service: Service, repositories: Repositories) -> dict[str, ResourceType]:
    """Return how the type is made, by name."""

    def by_id(repository_id: str) -> Repository | None:
        known = repositories.of(ministack.current_place()).values()
        return next((one for one in known if one.repository_id == repository_id), None)

    def create(_: str, given: Properties, __: str) -> Created:
        _check(given)
        message = {
            "repositoryName": given["RepositoryName"],
            "repositoryDescription": given.get("RepositoryDescription"),
            "kmsKeyId": given.get("KmsKeyId"),
            "tags": _tags(given),
        }
        _asked(service.create, message)
        return _made(service.find(message))

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Created:
        _check(new)
        repository = by_id(physical_id)
        if repository is None:
            return create(logical_id, new, stack)
        names = {"oldName": repository.name, "newName": new["RepositoryName"]}
        _asked(service.rename, names)
        repository.description = str(new.get("RepositoryDescription") or "")
        repository.key = str(new.get("KmsKeyId") or "")
        repository.tags = _tags(new)
        return _made(repository)

    def delete(physical_id: str, _: Properties) -> None:
        repository = by_id(physical_id)
        if repository is not None:
            repositories.delete(repository)

    return {"AWS::CodeCommit::Repository": ResourceType(create, update, delete)}


def _check(given: Properties) -> None:
    for name in _REFUSED:
        if given.get(name):
            raise ValueError(
                f"The local cloud takes no property {name} of a repository: push to it"
            )


def _tags(given: Properties) -> dict[str, str]:
    return {one["Key"]: one["Value"] for one in given.get("Tags") or []}


def _asked(action: Callable[[Any], Any], message: dict[str, Any]) -> None:
    try:
        action(message)
    except AwsError as error:
        raise ValueError(f"{error.message} ({error.code})") from error


def _made(repository: Repository) -> Created:
    return repository.repository_id, {
        "RepositoryId": repository.repository_id,
        "Arn": repository.arn,
        "Name": repository.name,
        "CloneUrlHttp": repository.url,
        "CloneUrlSsh": ssh_url(repository),
    }
