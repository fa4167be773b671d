"""Tell of what a push has moved.

https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

from collections.abc import Awaitable, Callable, Mapping

from localcloud import ministack, ministack_events
from localcloud.codecommit import git
from localcloud.codecommit.repositories import Repositories, Repository

Tell = Callable[[], Awaitable[None]]
_TYPES = {"refs/heads/": "branch", "refs/tags/": "tag"}
References = Mapping[str, str]


def tell(
    repositories: Repositories, repository: Repository, before: References, after: References
) -> None:
    """Publish an event for each branch and tag that is new, moved or gone."""
    moved = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    branches = [name.removeprefix("refs/heads/") for name in moved if name.startswith("refs/heads")]
    if branches and not any(name.startswith("refs/heads/") for name in before):
        first = "main" if "main" in branches else branches[0]
        git.set_default_branch(repository.folder, first)
    for name in moved:
        if repository.place is None:
            _notify(repositories, repository, name, after)
        else:
            with ministack.at(repository.place):
                _announce(repository, name, before.get(name), after.get(name))
                _notify(repositories, repository, name, after)


def _notify(
    repositories: Repositories, repository: Repository, name: str, after: References
) -> None:
    if name.startswith("refs/heads/") and name in after:
        repositories.pushed(repository, name.removeprefix("refs/heads/"), after[name])


def _announce(repository: Repository, name: str, old: str | None, new: str | None) -> None:
    prefix = next((one for one in _TYPES if name.startswith(one)), None)
    if prefix is None:
        return
    event = "referenceDeleted" if new is None else "referenceUpdated" if old else "referenceCreated"
    commits = {"commitId": new, "oldCommitId": old}
    detail = {
        "callerUserArn": f"arn:aws:iam::{ministack.current_place().account}:root",
        "event": event,
        "referenceFullName": name,
        "referenceName": name.removeprefix(prefix),
        "referenceType": _TYPES[prefix],
        "repositoryId": repository.repository_id,
        "repositoryName": repository.name,
        **{key: value for key, value in commits.items() if value is not None},
    }
    ministack_events.put_event(
        "aws.codecommit", "CodeCommit Repository State Change", detail, [repository.arn]
    )
