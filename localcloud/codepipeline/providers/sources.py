"""Sources: an object of a bucket, a repository of CodeCommit, a repository behind a connection."""

from collections.abc import Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError

from localcloud.codepipeline.jobs import ActionError, Job
from localcloud.ministack import Place


class Commit(Protocol):
    """What a branch points to."""

    @property
    def id(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def date(self) -> str: ...


class Repository(Protocol):
    """A git repository."""

    def head(self, branch: str) -> Commit | None:
        """Return the newest commit of a branch; None when there is no such branch."""

    def archive(self, commit: str) -> bytes:
        """Return a commit's files as a zip."""


class Repositories(Protocol):
    """The repositories of CodeCommit, and those that connections lead to."""

    def find(self, place: Place, name: str) -> Repository | None:
        """Return a repository of CodeCommit."""

    def connected(self, full_name: str) -> Repository | None:
        """Return a repository at a provider by `owner/name`."""

    def connection(self, arn: str) -> tuple[str, str] | None:
        """Return a connection's status and the provider's type."""


class NoRepositories:
    """A cloud in which there is no git repository."""

    def find(self, place: Place, name: str) -> Repository | None:
        return None

    def connected(self, full_name: str) -> Repository | None:
        return None

    def connection(self, arn: str) -> tuple[str, str] | None:
        return None


class Sources:
    """Fetch sources into artifacts."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    def from_bucket(self, job: Job) -> None:
        """Take the newest version of an object, or the one that the execution is started with."""
        bucket, key = job.configuration["S3Bucket"], job.configuration["S3ObjectKey"]
        s3 = job.client("s3")
        chosen = job.execution.overrides.get(job.run.name, {}).get("S3_OBJECT_VERSION_ID")
        wanted = {"Bucket": bucket, "Key": key, **({"VersionId": chosen} if chosen else {})}
        try:
            if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
                raise ActionError(
                    f"The Amazon S3 bucket {bucket} does not have versioning enabled, which a "
                    "source of a pipeline needs.",
                    "ConfigurationError",
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
            raise ActionError(said, "ConfigurationError") from error
        job.write(_output(job), found["Body"].read())
        version = str(found["VersionId"])
        job.run.external_id, job.run.summary = version, f"Amazon S3 version id: {version}"
        job.run.variables = {
            "BucketName": bucket,
            "ETag": str(found["ETag"]).strip('"'),
            "ObjectKey": key,
            "VersionId": version,
        }
        _note_revision(job, version, job.run.summary, "")

    def from_repository(self, job: Job) -> None:
        """Take the newest commit of a branch of a CodeCommit repository."""
        name, branch = job.configuration["RepositoryName"], job.configuration["BranchName"]
        place = Place(job.execution.place.account, job.run.region)
        arn = f"arn:aws:codecommit:{place.region}:{place.account}:{name}"
        for action in ("GetBranch", "GetCommit", "UploadArchive", "GetUploadArchiveStatus"):
            job.judge(f"codecommit:{action}", arn)
        repository = self._repositories.find(place, name)
        if repository is None:
            raise ActionError(f"The repository {name} does not exist.", "ConfigurationError")
        commit = repository.head(branch)
        if commit is None:
            raise ActionError(
                f"The branch {branch} does not exist in the repository {name}: it may be empty.",
                "ConfigurationError",
            )
        _take(job, repository, commit)
        job.run.variables = {
            "AuthorDate": str(commit.date),
            "BranchName": branch,
            "CommitId": commit.id,
            "CommitMessage": commit.message,
            "CommitterDate": str(commit.date),
            "RepositoryName": name,
        }

    def from_connection(self, job: Job) -> None:
        """Take the newest commit of a branch of a repository behind a connection."""
        given: Mapping[str, str] = job.configuration
        arn, name, branch = given["ConnectionArn"], given["FullRepositoryId"], given["BranchName"]
        # Either prefix will do, as the connection's ARN says.
        service = arn.split(":")[2]
        context = {f"{service}:FullRepositoryId": name}
        job.judge(f"{service}:UseConnection", arn, context)
        connection = self._repositories.connection(arn)
        if connection is None:
            raise ActionError(f"Connection {arn} not found", "ConfigurationError")
        status, provider = connection
        if status != "AVAILABLE":
            raise ActionError(
                f"Connection {arn} is not in AVAILABLE state: it is {status}. Complete its "
                "handshake with the provider first.",
                "ConfigurationError",
            )
        repository = self._repositories.connected(name)
        commit = repository.head(branch) if repository is not None else None
        if repository is None or commit is None:
            # https://github.com/aws/copilot-cli/issues/5507
            raise ActionError(
                f"[{provider}] No Branch [{branch}] found for FullRepositoryName [{name}]",
                "ConfigurationError",
            )
        _take(job, repository, commit)
        job.run.variables = {
            "AuthorDate": str(commit.date),
            "BranchName": branch,
            "CommitId": commit.id,
            "CommitMessage": commit.message,
            "ConnectionArn": arn,
            "FullRepositoryName": name,
        }


def _take(job: Job, repository: Repository, commit: Commit) -> None:
    job.write(_output(job), repository.archive(commit.id))
    job.run.external_id, job.run.summary = commit.id, commit.message
    _note_revision(job, commit.id, commit.message, "")


def _output(job: Job) -> str:
    return str(job.run.declared["outputArtifacts"][0]["name"])


def _note_revision(job: Job, revision: str, summary: str, url: str) -> None:
    job.run.revision = _kept(
        {"revisionId": revision, "revisionSummary": summary, "revisionUrl": url}
    )


def _kept(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value}
