"""Projects: create, update, describe, delete."""

import re
import time
from collections.abc import Mapping
from typing import Any

from localcloud import ministack
from localcloud.codebuild import trust
from localcloud.codebuild.model import Record, Region, Store
from localcloud.errors import AwsError

Message = Mapping[str, Any]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,149}")
_OF_PROJECTS = (
    "description", "source", "secondarySources", "sourceVersion", "secondarySourceVersions",
    "artifacts", "secondaryArtifacts", "cache", "environment", "serviceRole", "timeoutInMinutes",
    "queuedTimeoutInMinutes", "encryptionKey", "tags", "vpcConfig", "logsConfig",
    "fileSystemLocations", "buildBatchConfig", "concurrentBuildLimit", "autoRetryLimit",
)  # fmt: skip
_SOURCES = ("S3", "NO_SOURCE", "CODEPIPELINE", "CODECOMMIT", "GITHUB", "GITHUB_ENTERPRISE",
            "BITBUCKET", "GITLAB", "GITLAB_SELF_MANAGED")  # fmt: skip
MIN_MINUTES, MAX_MINUTES = 5, 2160


def invalid(message: str) -> AwsError:
    """Return CodeBuild's general refusal of a request."""
    return AwsError("InvalidInputException", message)


def check(project: Message) -> None:
    """Refuse a project, or what a build overrides of it."""
    kind = project["source"].get("type")
    if kind not in _SOURCES:
        raise invalid(f"Invalid project source: source type {kind} is not known")
    if kind == "S3" and "/" not in str(project["source"].get("location", "")):
        raise invalid("Invalid project source: location must be a valid S3 source")
    artifacts = project["artifacts"]
    if artifacts.get("type") == "S3" and not artifacts.get("location"):
        raise invalid("Invalid artifacts: location is required")
    if (kind == "CODEPIPELINE") != (artifacts.get("type") == "CODEPIPELINE"):
        raise invalid(
            "Invalid artifacts: source and artifacts must both be of type CODEPIPELINE, or neither"
        )
    minutes = int(project.get("timeoutInMinutes", MIN_MINUTES))
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise invalid(f"Invalid timeout: {MIN_MINUTES} to {MAX_MINUTES} minutes, not {minutes}")
    role = str(project.get("serviceRole", ""))
    if not trust.may_assume(role):
        raise invalid(f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}")


class Projects:
    """Answer the API's actions on projects."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def here(self) -> Region:
        return self._store.at(ministack.current_place())

    def find(self, name: str) -> Record:
        """Return a project by name or ARN."""
        place = ministack.current_place()
        prefix = f"arn:aws:codebuild:{place.region}:{place.account}:project/"
        found = self.here().projects.get(name.removeprefix(prefix))
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Project cannot be found: {prefix}{name}")
        return found

    def create(self, message: Message) -> dict[str, Any]:
        name = str(message.get("name", ""))
        if not _NAME.fullmatch(name):
            raise invalid(f"Invalid project name: {name}")
        place = ministack.current_place()
        prefix = f"arn:aws:codebuild:{place.region}:{place.account}:project/"
        if name in self.here().projects:
            raise AwsError(
                "ResourceAlreadyExistsException", f"Project already exists: {prefix}{name}"
            )
        for part in ("source", "artifacts", "environment", "serviceRole"):
            if not message.get(part):
                raise invalid(f"{part} is required")
        now = time.time()
        project = {
            "name": name,
            "arn": f"{prefix}{name}",
            "timeoutInMinutes": 60,
            "queuedTimeoutInMinutes": 480,
            **{key: message[key] for key in _OF_PROJECTS if message.get(key) is not None},
            "created": now,
            "lastModified": now,
            "badge": {"badgeEnabled": False},
        }
        check(project)
        self.here().projects[name] = project
        return {"project": _described(project)}

    def update(self, message: Message) -> dict[str, Any]:
        project = self.find(str(message.get("name", "")))
        given = {key: message[key] for key in _OF_PROJECTS if message.get(key) is not None}
        changed = {**project, **given, "lastModified": time.time()}
        check(changed)
        self.here().projects[project["name"]] = changed
        return {"project": _described(changed)}

    def replace(self, message: Message) -> None:
        """Make a project anew in place: what the message does not say goes back to its default."""
        projects, name = self.here().projects, str(message["name"])
        before = projects.pop(name, None)
        try:
            self.create(message)
        except AwsError:
            if before is not None:
                projects[name] = before
            raise
        if before is not None:
            projects[name]["created"] = before["created"]

    def delete(self, message: Message) -> dict[str, Any]:
        # Deleting what is not there succeeds, as on AWS.
        self.here().projects.pop(str(message.get("name", "")), None)
        return {}

    def batch_get(self, message: Message) -> dict[str, Any]:
        found, missing = [], []
        for name in message.get("names") or []:
            try:
                found.append(_described(self.find(name)))
            except AwsError:
                missing.append(name)
        return {"projects": found, "projectsNotFound": missing}

    def list(self, message: Message) -> dict[str, Any]:
        last = message.get("sortOrder") == "DESCENDING"
        return {"projects": sorted(self.here().projects, reverse=last)}


def encryption_key(project: Message) -> str:
    """Return the key of a project, AWS's own for S3 when it names none."""
    place = ministack.current_place()
    own = f"arn:aws:kms:{place.region}:{place.account}:alias/aws/s3"
    return str(project.get("encryptionKey") or own)


def _described(project: Record) -> Record:
    return {**project, "encryptionKey": encryption_key(project)}
