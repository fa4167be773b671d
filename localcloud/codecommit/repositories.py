"""Repositories: CodeCommit's by place and name, a provider's by its full name."""

import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud import ministack
from localcloud.codecommit import git
from localcloud.codecommit.git import Commit
from localcloud.errors import LocalCloudError
from localcloud.ministack import Place

PREFIX = "/v1/repos/"
PROVIDER = "connections"
_FULL_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)


@dataclass(slots=True)
class Repository:
    """A git repository. One at a provider, such as GitHub, has no place and is named owner/repo."""

    name: str
    place: Place | None
    folder: Path
    url: str
    description: str = ""
    key: str = ""
    repository_id: str = field(default_factory=ministack.new_id)
    tags: dict[str, str] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)

    @property
    def arn(self) -> str:
        assert self.place is not None, "a provider's repository has no ARN"
        return f"arn:aws:codecommit:{self.place.region}:{self.place.account}:{self.name}"

    @property
    def default_branch(self) -> str | None:
        return git.default_branch(self.folder)

    def branches(self) -> dict[str, str]:
        """Return the branches and their commits' ids."""
        heads = "refs/heads/"
        found = git.references(self.folder)
        return {ref.removeprefix(heads): id_ for ref, id_ in found.items() if ref.startswith(heads)}

    def head(self, branch: str) -> Commit | None:
        """Return the last commit of a branch, or None when there is no such branch."""
        return git.commit(self.folder, f"refs/heads/{branch}")

    def commit(self, commit_id: str) -> Commit | None:
        """Return a commit, or None when there is none."""
        return git.commit(self.folder, commit_id)

    def archive(self, commit_id: str) -> bytes:
        """Return the files of a commit as a zip."""
        return git.archive(self.folder, commit_id)


# Gets the repository, the branch and the id of its new last commit.
OnPush = Callable[[Repository, str, str], None]


class Repositories:
    """Keep all repositories; `on_push` tells who wants to know when a branch has moved."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._by_path: dict[str, Repository] = {}
        self._on_push: list[OnPush] = []

    @property
    def folder(self) -> Path:
        return self._folder

    def on_push(self, callback: OnPush) -> None:
        """Let somebody know of each branch that was pushed: on the loop, in its place if any."""
        self._on_push.append(callback)

    def pushed(self, repository: Repository, branch: str, commit_id: str) -> None:
        """Tell who wants to know."""
        for callback in self._on_push:
            callback(repository, branch, commit_id)

    def create(self, place: Place, name: str) -> Repository:
        """Make a repository of CodeCommit."""
        return self._create(f"{place.account}/{place.region}/{name}", name, place)

    def create_at_provider(self, message: dict[str, Any]) -> dict[str, Any]:
        """Make a repository that stands for one at a provider, or find it; answer its URL."""
        name = str(message.get("name", ""))
        if not _FULL_NAME.fullmatch(name):
            raise LocalCloudError(f"name must be owner/repository: {name}")
        found = self.find_at_provider(name)
        return {"url": (found or self._create(f"{PROVIDER}/{name}", name, None)).url}

    def find(self, place: Place, name: str) -> Repository | None:
        """Return a repository of CodeCommit."""
        return self._by_path.get(f"{place.account}/{place.region}/{name}")

    def find_at_provider(self, name: str) -> Repository | None:
        """Return a repository at a provider by its full name: owner/repo."""
        return self._by_path.get(f"{PROVIDER}/{name}")

    def of_path(self, path: str) -> Repository | None:
        """Return the repository of a URL's path below the prefix: three steps, or owner/repo."""
        return self._by_path.get("/".join(path.split("/")[:3]))

    def of(self, place: Place) -> Mapping[str, Repository]:
        """Return the repositories of a place by name."""
        return {one.name: one for one in self._by_path.values() if one.place == place}

    def rename(self, repository: Repository, name: str) -> None:
        """Give a repository of CodeCommit another name, and so another URL."""
        place = repository.place
        assert place is not None
        del self._by_path[f"{place.account}/{place.region}/{repository.name}"]
        path = f"{place.account}/{place.region}/{name}"
        repository.folder = repository.folder.rename(self._folder / path)
        repository.name, repository.url = name, self._url(path)
        self._by_path[path] = repository

    def delete(self, repository: Repository) -> None:
        self._by_path = {k: one for k, one in self._by_path.items() if one is not repository}
        shutil.rmtree(repository.folder, ignore_errors=True)

    def clear(self) -> None:
        self._by_path.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _create(self, path: str, name: str, place: Place | None) -> Repository:
        repository = Repository(name, place, self._folder / path, self._url(path))
        git.create(repository.folder)
        self._by_path[path] = repository
        return repository

    def _url(self, path: str) -> str:
        return f"{self._endpoint}{PREFIX}{path}"
