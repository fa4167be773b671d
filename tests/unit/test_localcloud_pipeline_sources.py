"""Sources of pipelines: the newest commit as an artifact, or a message that says what is wrong."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.codepipeline.failures import ActionError
from localcloud.codepipeline.providers.sources import Sources

pytestmark = pytest.mark.unit

ARN = "arn:aws:codeconnections:us-east-1:111111111111:connection/1"
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    at: datetime = WHEN


@dataclass(frozen=True)
class Commit:
    id: str
    message: str = "Fix it"
    author: Person = Person()


@dataclass
class Repository:
    """One repository, with one branch when there is a commit."""

    newest: Commit | None = None
    name: str = "owner/shop"
    place: None = None

    def head(self, branch: str) -> Commit | None:
        return self.newest if branch == "main" else None

    def commit(self, commit_id: str) -> Commit | None:
        return Commit(commit_id)

    def archive(self, commit_id: str) -> bytes:
        return f"zip of {commit_id}".encode()


@dataclass
class Connection:
    status: str = "AVAILABLE"
    provider: str = "GitHub"


@dataclass
class World:
    """The repository and the connection that a source finds, if there are any."""

    repository: Repository | None = field(default_factory=lambda: Repository(Commit("abc")))
    connection: Connection | None = field(default_factory=Connection)

    def sources(self) -> Sources:
        return Sources(_Found(self, "repository"), _Found(self, "connection"))  # type: ignore[arg-type]


@dataclass
class _Found:
    world: World
    what: str

    def find(self, *_: Any) -> Any:
        return getattr(self.world, self.what)

    def find_at_provider(self, _: str) -> Any:
        return self.world.repository

    def on_push(self, callback: Any) -> None: ...


class CodeCommit:
    """CodeCommit's answers about one branch."""

    def get_branch(self, **given: str) -> Any:
        if given["branchName"] != "main":
            error = {"Code": "BranchDoesNotExistException", "Message": "No such branch"}
            raise ClientError({"Error": error}, "GetBranch")  # type: ignore[typeddict-item]
        return {"branch": {"commitId": "abc"}}

    def get_commit(self, **_: str) -> Any:
        person = {"name": "Ada", "date": f"{int(WHEN.timestamp())} +0100"}
        return {"commit": {"message": "Fix it\n", "author": person, "committer": person}}


@dataclass
class Run:
    declared: dict[str, Any] = field(default_factory=lambda: {"outputArtifacts": [{"name": "O"}]})
    variables: dict[str, str] = field(default_factory=dict)
    revision: dict[str, Any] = field(default_factory=dict)
    external_id: str = ""
    summary: str = ""


@dataclass
class Place:
    account: str = "111111111111"
    region: str = "us-east-1"


@dataclass
class Job:
    """What a source asks of its job."""

    configuration: dict[str, str]
    chosen: str | None = None
    run: Run = field(default_factory=Run)
    place: Place = field(default_factory=Place)
    judged: list[tuple[str, str]] = field(default_factory=list)
    written: dict[str, bytes] = field(default_factory=dict)

    def client(self, _: str) -> CodeCommit:
        return CodeCommit()

    def override(self, kind: str) -> str | None:
        return self.chosen if kind == "COMMIT_ID" else None

    def judge(self, action: str, resource: str, _: Any = None) -> None:
        self.judged.append((action, resource))

    def write(self, name: str, content: bytes) -> None:
        self.written[name] = content


def connected(branch: str = "main", chosen: str | None = None) -> Job:
    given = {"ConnectionArn": ARN, "FullRepositoryId": "owner/shop", "BranchName": branch}
    return Job(given, chosen)


def take(world: World, job: Any) -> Any:
    world.sources().from_connection(job)
    return job


def test_a_connection_gives_the_newest_commit_and_its_variables() -> None:
    job = take(World(), connected())
    assert job.written == {"O": b"zip of abc"}
    assert job.run.variables == {
        "AuthorDate": "2026-01-02T03:04:05Z",
        "BranchName": "main",
        "CommitId": "abc",
        "CommitMessage": "Fix it",
        "ConnectionArn": ARN,
        "FullRepositoryName": "owner/shop",
    }
    assert job.run.revision["revisionId"] == "abc"
    assert job.judged == [("codeconnections:UseConnection", ARN)]


def test_an_execution_may_choose_its_commit() -> None:
    assert take(World(), connected(chosen="old")).written == {"O": b"zip of old"}


@pytest.mark.parametrize(
    ("world", "branch", "said"),
    [
        (World(connection=None), "main", f"Connection {ARN} not found"),
        (World(connection=Connection("PENDING")), "main", "not in AVAILABLE state: it is PENDING"),
        (World(repository=None), "main", "[GitHub] No Branch [main] found"),
        (World(Repository()), "main", "No Branch [main] found for FullRepositoryName [owner/shop]"),
        (World(), "gone", "No Branch [gone] found"),
    ],
)
def test_what_keeps_a_connection_from_giving_a_commit_is_said(
    world: World, branch: str, said: str
) -> None:
    with pytest.raises(ActionError) as caught:
        take(world, connected(branch))
    assert said in caught.value.message


def test_a_repository_gives_the_newest_commit_and_its_variables() -> None:
    job: Any = Job({"RepositoryName": "shop", "BranchName": "main"})
    World().sources().from_repository(job)
    assert job.written == {"O": b"zip of abc"}
    assert job.run.variables == {
        "AuthorDate": "2026-01-02T03:04:05Z",
        "BranchName": "main",
        "CommitId": "abc",
        "CommitMessage": "Fix it",
        "CommitterDate": "2026-01-02T03:04:05Z",
        "RepositoryName": "shop",
    }
    arn = "arn:aws:codecommit:us-east-1:111111111111:shop"
    assert ("codecommit:UploadArchive", arn) in job.judged


def test_a_branch_that_is_not_there_is_named() -> None:
    job: Any = Job({"RepositoryName": "shop", "BranchName": "gone"})
    with pytest.raises(ActionError) as caught:
        World().sources().from_repository(job)
    assert "The branch gone of the repository shop" in caught.value.message
