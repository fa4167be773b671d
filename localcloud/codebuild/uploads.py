"""What a build leaves behind: its reports and its artifacts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.codebuild import objects, reports
from localcloud.codebuild.buildspec import Buildspec
from localcloud.codebuild.model import Build, Record
from localcloud.codebuild.objects import FailureError


def upload(
    build: Build,
    spec: Buildspec,
    clients: Any,
    access_key: str,
    folder: Path,
    environment: dict[str, str],
    say: Callable[[str], None],
    known: dict[str, Record],
) -> None:
    """Keep the reports among the known ones, and put the artifacts where they belong."""
    made = []
    for name, files in spec.reports.items():
        refused = reports.denial(build, access_key, name)
        if refused:
            raise FailureError(
                "CLIENT_ERROR",
                f"Error in UPLOAD_ARTIFACTS phase: [{name}: [AccessDeniedException: {refused}]]",
            )
        report = reports.take(build, name, files, folder, environment, say)
        made += [report] if report else []
    # First: a build whose tests fail has a report, and often nothing else to leave behind.
    known.update({one["arn"]: one for one in made})
    build.update(reportArns=[one["arn"] for one in made])

    def put(artifact: Record) -> Record:
        if artifact.get("type") == "NO_ARTIFACTS":
            return artifact
        identifier = artifact.get("artifactIdentifier")
        wanted = spec.secondary_artifacts.get(
            identifier or "", None if identifier else spec.artifacts
        )
        if wanted is None or not wanted.patterns:
            raise FailureError("CLIENT_ERROR", "No artifact files specified in the buildspec")
        say(f"Expanding base directory path: {wanted.base_directory or '.'}")
        return objects.upload(build, clients, artifact, wanted, folder, environment)

    record = build.record
    build.update(artifacts=put(record["artifacts"]))
    build.update(secondaryArtifacts=[put(one) for one in record["secondaryArtifacts"]])
