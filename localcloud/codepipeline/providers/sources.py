"""Sources: an object of a bucket, a repository of CodeCommit, a repository behind a connection."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from localcloud.codepipeline.failures import ActionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.codepipeline.jobs import Job
    from localcloud.ministack import Place


class Person(Protocol):
    """Who made a commit, and when."""

    @property
    def at(self) -> datetime: ...


class Commit(Protocol):
    """What a branch points to."""

    @property
    def id(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def author(self) -> Person: ...


class Repository(Protocol):
    """A git repository; one at a provider, such as GitHub, has no place."""

    @property
    def name(self) -> str: ...
    @property
    def place(self) -> Place | None: ...

    def head(self, branch: str) -> Commit | None:
        """Return the newest commit of a branch; None when there is no such branch."""

    def commit(self, commit_id: str) -> Commit | None:
        """Return a commit, or None when there is none."""

    def archive(self, commit_id: str) -> bytes:
        """Return a commit's files as a zip."""


class Repositories(Protocol):
    """The repositories of CodeCommit, and those that connections lead to."""

    def find(self, place: Place, name: str) -> Repository | None:
        """Return a repository of CodeCommit."""

    def find_at_provider(self, name: str) -> Repository | None:
        """Return a repository at a provider by `owner/name`."""

    def on_push(self, callback: Callable[[Any, str, str], None]) -> None:
        """Tell of every push: the repository, the branch, the commit's id."""


class Connection(Protocol):
    """A connection to a provider of repositories."""

    @property
    def status(self) -> str: ...
    @property
    def provider(self) -> str: ...


class Connections(Protocol):
    """The connections to providers."""

    def find(self, arn: str) -> Connection | None:
        """Return a connection by its ARN."""


class Nothing:
    """A cloud that has neither repositories nor connections."""

    def find(self, *_: Any) -> None:
        return None

    def find_at_provider(self, _: str) -> None:
        return None

    def on_push(self, _: Callable[[Any, str, str], None]) -> None:
        return None


class Sources:
    """Fetch sources into artifacts."""

    def __init__(self, repositories: Repositories, connections: Connections) -> None:
        self._repositories = repositories
        self._connections = connections

    def from_bucket(self, job: Job) -> None:
        """Take the newest version of an object, or the one that the execution is started with."""
        bucket, key = job.configuration["S3Bucket"], job.configuration["S3ObjectKey"]
        s3, chosen = job.client("s3"), job.override("S3_OBJECT_VERSION_ID")
        wanted = {"Bucket": bucket, "Key": key, **({"VersionId": chosen} if chosen else {})}
        try:
            if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
                raise _wrong(
                    f"The Amazon S3 bucket {bucket} does not have versioning enabled, which a "
                    "source of a pipeline needs."
                )
            found = s3.get_object(**wanted)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("NoSuchBucket", "404"):
                said = f"The Amazon S3 bucket {bucket} does not exist."
            elif code in ("NoSuchKey", "NoSuchVersion"):
                said = f"The object with key '{key}' does not exist in the bucket {bucket}."
            else:
                raise
            raise _wrong(said) from error
        version = str(found["VersionId"])
        _deliver(job, found["Body"].read(), version, f"Amazon S3 version id: {version}")
        job.run.variables = {
            "BucketName": bucket,
            "ETag": str(found["ETag"]).strip('"'),
            "ObjectKey": key,
            "VersionId": version,
        }

    def from_repository(self, job: Job) -> None:
        """Take the newest commit of a branch of a CodeCommit repository, or the one chosen."""
        name, branch = job.configuration["RepositoryName"], job.configuration["BranchName"]
        codecommit, chosen = job.client("codecommit"), job.override("COMMIT_ID")
        try:
            head = codecommit.get_branch(repositoryName=name, branchName=branch)["branch"]
            commit_id = chosen or str(head["commitId"])
            found = codecommit.get_commit(repositoryName=name, commitId=commit_id)["commit"]
        except ClientError as error:
            if "DoesNotExist" not in error.response["Error"]["Code"]:
                raise
            raise _wrong(
                f"The branch {branch} of the repository {name}: "
                f"{error.response['Error']['Message']} (The repository may be empty.)"
            ) from error
        place = job.place
        arn = f"arn:aws:codecommit:{place.region}:{place.account}:{name}"
        for action in ("UploadArchive", "GetUploadArchiveStatus"):
            job.judge(f"codecommit:{action}", arn)
        repository = self._repositories.find(place, name)
        if repository is None:
            raise _wrong(f"The repository {name} does not exist.")
        message = str(found.get("message", "")).rstrip("\n")
        _deliver(job, repository.archive(commit_id), commit_id, message)
        job.run.variables = {
            "AuthorDate": _date(found["author"]["date"]),
            "BranchName": branch,
            "CommitId": commit_id,
            "CommitMessage": message,
            "CommitterDate": _date(found["committer"]["date"]),
            "RepositoryName": name,
        }

    def from_connection(self, job: Job) -> None:
        """Take the newest commit of a branch of a repository behind a connection."""
        given = job.configuration
        arn, name, branch = given["ConnectionArn"], given["FullRepositoryId"], given["BranchName"]
        # The prefix of the permission is that of the connection's ARN.
        service = arn.split(":")[2]
        job.judge(f"{service}:UseConnection", arn, {f"{service}:FullRepositoryId": name})
        connection = self._connections.find(arn)
        if connection is None:
            raise _wrong(f"Connection {arn} not found")
        if connection.status != "AVAILABLE":
            raise _wrong(
                f"Connection {arn} is not in AVAILABLE state: it is {connection.status}. Complete "
                "its handshake with the provider first."
            )
        repository, chosen = self._repositories.find_at_provider(name), job.override("COMMIT_ID")
        commit = None
        if repository is not None:
            commit = repository.commit(chosen) if chosen else repository.head(branch)
        if repository is None or commit is None:
            # https://github.com/aws/copilot-cli/issues/5507
            raise _wrong(
                f"[{connection.provider}] No Branch [{branch}] found for FullRepositoryName "
                f"[{name}]"
            )
        _deliver(job, repository.archive(commit.id), commit.id, commit.message)
        job.run.variables = {
            "AuthorDate": _iso(commit.author.at),
            "BranchName": branch,
            "CommitId": commit.id,
            "CommitMessage": commit.message,
            "ConnectionArn": arn,
            "FullRepositoryName": name,
        }


def _deliver(job: Job, content: bytes, revision: str, summary: str) -> None:
    """Write a source's output artifact, and note which revision it is."""
    job.write(str(job.run.declared["outputArtifacts"][0]["name"]), content)
    job.run.external_id, job.run.summary = revision, summary
    job.run.revision = {"revisionId": revision, "revisionSummary": summary}


def _wrong(message: str) -> ActionError:
    return ActionError(message, "ConfigurationError")


def _date(raw: str) -> str:
    """Return a date of git, seconds and time zone, as variables have it."""
    return _iso(datetime.fromtimestamp(int(raw.split()[0]), UTC))


def _iso(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
