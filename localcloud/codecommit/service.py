"""Answer CodeCommit's actions."""

import re
import time
from collections.abc import Mapping
from typing import Any

from localcloud import ministack
from localcloud.codecommit.git import Person
from localcloud.codecommit.repositories import Repositories, Repository
from localcloud.errors import AwsError, LocalCloudError

Message = Mapping[str, Any]
_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)


class Service:
    """Repositories, branches, commits and tags, as the API describes them."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    def find(self, message: Message, key: str = "repositoryName") -> Repository:
        name = _name(message, key)
        found = self._repositories.find(ministack.current_place(), name)
        if found is None:
            raise AwsError("RepositoryDoesNotExistException", f"{name} does not exist")
        return found

    def create(self, message: Message) -> dict[str, Any]:
        name, place = _name(message, "repositoryName"), ministack.current_place()
        if self._repositories.find(place, name) is not None:
            raise AwsError(
                "RepositoryNameExistsException", f"Repository named {name} already exists"
            )
        try:
            repository = self._repositories.create(place, name)
        except LocalCloudError as error:
            raise AwsError("LocalCloudException", str(error)) from error
        repository.description = str(message.get("repositoryDescription") or "")
        repository.key = str(message.get("kmsKeyId") or "")
        repository.tags.update(message.get("tags") or {})
        return {"repositoryMetadata": _described(repository)}

    def get(self, message: Message) -> dict[str, Any]:
        return {"repositoryMetadata": _described(self.find(message))}

    def batch_get(self, message: Message) -> dict[str, Any]:
        known = self._repositories.of(ministack.current_place())
        wanted = message.get("repositoryNames") or []
        return {
            "repositories": [_described(known[name]) for name in wanted if name in known],
            "repositoriesNotFound": [name for name in wanted if name not in known],
        }

    def list(self, _: Message) -> dict[str, Any]:
        known = self._repositories.of(ministack.current_place())
        return {
            "repositories": [
                {"repositoryName": name, "repositoryId": known[name].repository_id}
                for name in sorted(known)
            ]
        }

    def delete(self, message: Message) -> dict[str, Any]:
        name = _name(message, "repositoryName")
        found = self._repositories.find(ministack.current_place(), name)
        # Deleting what is not there succeeds, as on AWS.
        if found is None:
            return {}
        self._repositories.delete(found)
        return {"repositoryId": found.repository_id}

    def describe(self, message: Message) -> dict[str, Any]:
        repository = self.find(message)
        repository.description = str(message.get("repositoryDescription") or "")
        repository.modified = time.time()
        return {}

    def rename(self, message: Message) -> dict[str, Any]:
        repository, name = self.find(message, "oldName"), _name(message, "newName")
        place = ministack.current_place()
        if name != repository.name:
            if self._repositories.find(place, name) is not None:
                raise AwsError(
                    "RepositoryNameExistsException", f"Repository named {name} already exists"
                )
            self._repositories.rename(repository, name)
        return {}

    def get_branch(self, message: Message) -> dict[str, Any]:
        name = str(message.get("branchName") or "")
        commit = self.find(message).branches().get(name)
        if commit is None:
            raise AwsError("BranchDoesNotExistException", f"Branch {name} does not exist")
        return {"branch": {"branchName": name, "commitId": commit}}

    def list_branches(self, message: Message) -> dict[str, Any]:
        return {"branches": sorted(self.find(message).branches())}

    def get_commit(self, message: Message) -> dict[str, Any]:
        wanted = str(message.get("commitId") or "")
        found = self.find(message).commit(wanted) if re.fullmatch("[0-9a-f]+", wanted) else None
        if found is None:
            raise AwsError("CommitIdDoesNotExistException", f"Commit {wanted} does not exist")
        return {
            "commit": {
                "commitId": found.id,
                "treeId": found.tree,
                "parents": list(found.parents),
                "message": found.message,
                "author": _person(found.author),
                "committer": _person(found.committer),
                "additionalData": "",
            }
        }

    def tag(self, message: Message) -> dict[str, Any]:
        self._by_arn(message).tags.update(message.get("tags") or {})
        return {}

    def untag(self, message: Message) -> dict[str, Any]:
        for key in message.get("tagKeys") or []:
            self._by_arn(message).tags.pop(key, None)
        return {}

    def list_tags(self, message: Message) -> dict[str, Any]:
        return {"tags": self._by_arn(message).tags}

    def _by_arn(self, message: Message) -> Repository:
        name = str(message.get("resourceArn") or "").rpartition(":")[2]
        return self.find({"repositoryName": name})


def _name(message: Message, key: str) -> str:
    name = str(message.get(key) or "")
    if not name:
        raise AwsError("RepositoryNameRequiredException", "A repository name is required")
    if not _NAME.fullmatch(name) or name.endswith(".git") or name in (".", ".."):
        raise AwsError("InvalidRepositoryNameException", f"Invalid repository name: {name}")
    return name


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "email": person.email, "date": person.date}


def _described(repository: Repository) -> dict[str, Any]:
    place, branch = repository.place, repository.default_branch
    assert place is not None
    found = {
        "accountId": place.account,
        "repositoryId": repository.repository_id,
        "repositoryName": repository.name,
        "repositoryDescription": repository.description,
        "lastModifiedDate": repository.modified,
        "creationDate": repository.created,
        "cloneUrlHttp": repository.url,
        "cloneUrlSsh": ssh_url(repository),
        "Arn": repository.arn,
    }
    optional = {"defaultBranch": branch, "kmsKeyId": repository.key}
    return {**found, **{key: value for key, value in optional.items() if value}}


def ssh_url(repository: Repository) -> str:
    """Return AWS's own address, for the local cloud speaks no SSH."""
    assert repository.place is not None
    return (
        f"ssh://git-codecommit.{repository.place.region}.amazonaws.com/v1/repos/{repository.name}"
    )
