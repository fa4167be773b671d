"""What an action works with: its configuration, artifacts, credentials, and when to give up."""

import io
import secrets
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import ministack_pipelines
from localcloud.codepipeline.clients import Clients, NoRoleError
from localcloud.codepipeline.failures import AbandonedError, ActionError
from localcloud.codepipeline.model import ActionRun, Artifact, Execution
from localcloud.ministack import Place

POLL_SECONDS = 0.03
MAX_POLL_SECONDS = 0.3


@dataclass
class Job:
    """One action at work, on a thread of its own."""

    execution: Execution
    run: ActionRun
    clients: Clients
    minute_seconds: Callable[[], float]
    # What somebody outside answers: an approval, or a function's result.
    answer: dict[str, Any] | None = None
    _credentials: dict[str, str] = field(default_factory=dict)
    _made: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def configuration(self) -> Mapping[str, str]:
        return self.run.resolved

    @property
    def role(self) -> str:
        declared = self.run.declared.get("roleArn")
        return str(declared or self.execution.declaration["roleArn"])

    @property
    def place(self) -> Place:
        """Where the action acts."""
        return Place(self.execution.place.account, self.run.region)

    def override(self, kind: str) -> str | None:
        """Return the revision of a kind that the execution was started with, if one was given."""
        return self.execution.overrides.get(self.run.name, {}).get(kind)

    def credentials(self) -> dict[str, str]:
        """Return the credentials with which the action calls AWS."""
        if not self._credentials:
            pipeline_role = str(self.execution.declaration["roleArn"])
            self._credentials = self.clients.credentials(pipeline_role, self.role, self.run.region)
        return self._credentials

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client of the action's region, or another, that acts as the action's role."""
        key = service, region or self.run.region
        if key not in self._made:
            self._made[key] = self.clients.of(*key, self.credentials())
        return self._made[key]

    def judge(self, action: str, resource: str, context: Mapping[str, str] | None = None) -> None:
        """Fail when the role may not do what the local cloud does for it without a call."""
        refused = ministack_pipelines.refusal(self.role, action, resource, self.run.region, context)
        if refused:
            raise ActionError(
                f"The service role or action role doesn't have the permissions required: {refused}",
                "PermissionError",
            )

    # --- waiting

    def pause(self, seconds: float) -> None:
        """Wait, unless the action is abandoned."""
        if self.execution.abandoned.wait(seconds):
            raise AbandonedError

    def poll(self, look: Callable[[], Any]) -> Any:
        """Look until something is there; what takes long is looked at less often."""
        wait = POLL_SECONDS
        while (found := look()) is None:
            self.pause(wait)
            wait = min(wait * 1.2, MAX_POLL_SECONDS)
        return found

    def await_answer(
        self, minutes: float, at_least: float = 0.0, *, of_a_person: bool = False
    ) -> dict[str, Any] | None:
        """Wait for an answer from outside; None when none came in so many minutes of the clock.

        A person is at no work that an execution which is cancelled would wait for.
        """
        deadline = time.monotonic() + max(minutes * self.minute_seconds(), at_least)
        while self.answer is None:
            if time.monotonic() > deadline:
                return None
            if of_a_person and self.execution.outdated:
                raise AbandonedError
            self.pause(POLL_SECONDS)
        found, self.answer = self.answer, None
        return found

    # --- artifacts

    def input(self, name: str) -> Artifact:
        """Return one of the action's inputs by name."""
        for artifact in self.run.inputs:
            if artifact.name == name:
                return artifact
        raise ActionError(f"{name} is no input artifact of action {self.run.name}")

    def read(self, artifact: Artifact) -> bytes:
        """Return the bytes of an artifact."""
        s3 = self.client("s3", artifact.region)
        try:
            body: bytes = s3.get_object(Bucket=artifact.bucket, Key=artifact.key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchBucket", "NoSuchKey"):
                raise
            raise ActionError(
                "The action failed because either the artifact or the Amazon S3 bucket could not "
                f"be found. Name of artifact bucket: {artifact.bucket}. Verify that this bucket "
                "exists. If it exists, check the life cycle policy, then try releasing a change. "
                f"The artifact is {artifact.name} ({artifact.key}).",
                "ConfigurationError",
            ) from error
        return body

    def file(self, reference: str) -> str:
        """Return the text of a file that `Artifact::path` names."""
        name, separator, path = reference.partition("::")
        if not separator:
            raise ActionError(f"{reference} is not of the form Artifact::file")
        try:
            with zipfile.ZipFile(io.BytesIO(self.read(self.input(name)))) as archive:
                return archive.read(path).decode()
        except KeyError:
            raise ActionError(
                f"File [{path}] does not exist in artifact [{name}]", "ConfigurationError"
            ) from None
        except (zipfile.BadZipFile, UnicodeDecodeError) as error:
            raise ActionError(f"Artifact [{name}], file [{path}]: {error}") from error

    def reserve(self, name: str) -> Artifact:
        """Return where an output artifact goes, in the store of the action's region."""
        return place(self.execution, name, self.run.region)

    def write(self, name: str, content: bytes) -> Artifact:
        """Put an output artifact into the store of the action's region."""
        artifact = self.reserve(name)
        put(self.client("s3"), self.execution, artifact, content)
        self.run.outputs.append(artifact)
        return artifact


def store_of(execution: Execution, region: str) -> dict[str, Any]:
    """Return the artifact store of a region."""
    several = execution.declaration.get("artifactStores")
    found: dict[str, Any] = several[region] if several else execution.declaration["artifactStore"]
    return found


def place(execution: Execution, name: str, region: str) -> Artifact:
    """Return a new place for an artifact; keys are cut as AWS cuts them."""
    bucket = str(store_of(execution, region)["location"])
    key = f"{execution.pipeline[:20]}/{name[:10]}/{secrets.token_hex(4)[:7]}"
    return Artifact(name, region, bucket, key)


def put(s3: Any, execution: Execution, artifact: Artifact, content: bytes) -> None:
    """Write an artifact, encrypted with the store's key or else as the bucket does."""
    key = (store_of(execution, artifact.region).get("encryptionKey") or {}).get("id")
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    s3.put_object(Bucket=artifact.bucket, Key=artifact.key, Body=content, **encrypted)


def explain(error: Exception) -> ActionError:
    """Return why an action failed, whatever went wrong."""
    if isinstance(error, ActionError):
        return error
    if isinstance(error, NoRoleError):
        return ActionError(str(error), "PermissionError")
    if isinstance(error, ClientError):
        code = str(error.response["Error"]["Code"])
        denied = "AccessDenied" in code or code == "UnauthorizedOperation"
        text = f"{error.response['Error']['Message']} ({error.operation_name}: {code})"
        return ActionError(text, "PermissionError" if denied else "ConfigurationError")
    if isinstance(error, BotoCoreError):
        return ActionError(str(error), "ConfigurationError")
    return ActionError(f"Internal error of the local cloud: {error!r}", "SystemUnavailable")
