"""What a build reads from S3 and writes there, as its project's role."""

import hashlib
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localcloud.codebuild import files
from localcloud.codebuild.buildspec import Files
from localcloud.codebuild.model import Build, Record


class FailureError(Exception):
    """A phase failed: CodeBuild's status code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def download(clients: Any, source: Record, version: str, folder: Path) -> str:
    """Unpack a source into a folder; return the version of it that was found, if it has any."""
    folder.mkdir(parents=True)
    kind = source.get("type")
    if kind == "NO_SOURCE":
        return ""
    name = source.get("sourceIdentifier") or "primary source"
    location = str(source.get("location", "")).removeprefix("arn:aws:s3:::")
    if kind != "S3":
        raise FailureError("CLIENT_ERROR", f"the local cloud downloads sources of S3, not {kind}")
    bucket, _, key = location.partition("/")
    try:
        found = clients("s3").get_object(
            Bucket=bucket, Key=key, **({"VersionId": version} if version else {})
        )
        files.unpack(found["Body"].read(), folder)
    except ClientError as error:
        told = error.response["Error"]
        raise FailureError(
            "CLIENT_ERROR",
            f"{told['Code']}: {told['Message']} for {name} and source version "
            f"arn:aws:s3:::{location}",
        ) from error
    except files.NotAZipError as error:
        raise FailureError("CLIENT_ERROR", f"{error} for {name}: {location}") from error
    return str(found.get("VersionId") or "")


def read(clients: Any, arn: str) -> str:
    """Return the text of an object by its ARN."""
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    body: bytes = clients("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return body.decode()


def upload(
    build: Build,
    clients: Any,
    artifact: Record,
    wanted: Files,
    folder: Path,
    environment: dict[str, str],
) -> Record:
    """Put the files of an artifact where it belongs; return what the build's record says of it."""
    try:
        found = files.select(wanted, folder, environment)
    except files.NoArtifactsError as error:
        raise FailureError("CLIENT_ERROR", str(error)) from error
    name = artifact.get("name") or build.record["projectName"]
    if artifact.get("overrideArtifactName") and wanted.name:
        name = files.expand(wanted.name, environment)
    middle = build.uuid if artifact.get("namespaceType") == "BUILD_ID" else ""
    parts = [str(artifact.get("path") or "").strip("/"), middle, name.strip("/")]
    key = "/".join(filter(None, parts))
    told = {"location": f"arn:aws:s3:::{artifact['location']}/{key}"}
    if artifact.get("artifactIdentifier"):
        told["artifactIdentifier"] = artifact["artifactIdentifier"]
    if artifact.get("packaging") == "ZIP":
        packed = files.pack(found)
        _put(build, clients, artifact, key, packed)
        told["sha256sum"] = hashlib.sha256(packed).hexdigest()
        told["md5sum"] = hashlib.md5(packed, usedforsecurity=False).hexdigest()
    else:
        for inner, path in found.items():
            _put(build, clients, artifact, f"{key}/{inner}", path.read_bytes())
    return told


def _put(build: Build, clients: Any, artifact: Record, key: str, body: bytes) -> None:
    encryption = {}
    if build.project.get("encryptionKey") and not artifact.get("encryptionDisabled"):
        encryption = {
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": build.record["encryptionKey"],
        }
    clients("s3").put_object(Bucket=artifact["location"], Key=key, Body=body, **encryption)
