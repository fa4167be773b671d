"""Builds: CodeBuild, with the input artifacts as sources and the outputs as artifacts."""

import json
from typing import Any

from localcloud.codepipeline.failures import ActionError
from localcloud.codepipeline.jobs import Job, store_of
from localcloud.codepipeline.model import Artifact


def build(job: Job) -> None:
    """Run a build and wait for it."""
    codebuild = job.client("codebuild")
    outputs = [
        job.reserve(str(one["name"])) for one in job.run.declared.get("outputArtifacts") or []
    ]
    started = codebuild.start_build(
        projectName=job.configuration["ProjectName"],
        environmentVariablesOverride=_environment(job),
        **_sources(job),
        **_artifacts(job, outputs),
    )["build"]
    job.run.external_id = str(started["id"])
    job.run.external_url = _url(job, started)

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = codebuild.batch_get_builds(ids=[started["id"]])["builds"][0]
        return None if found["buildStatus"] == "IN_PROGRESS" else found

    done = job.poll(look)
    job.run.variables = {
        one["name"]: one.get("value", "") for one in done.get("exportedEnvironmentVariables") or []
    }
    if done["buildStatus"] != "SUCCEEDED":
        raise ActionError(_reason(done))
    job.run.outputs.extend(outputs)


def _sources(job: Job) -> dict[str, Any]:
    """Return the primary source and the others; these are known by their artifact's name."""
    primary = job.configuration.get("PrimarySource") or job.run.inputs[0].name
    others = [one for one in job.run.inputs if one.name != primary]
    found: dict[str, Any] = {
        "sourceTypeOverride": "S3",
        "sourceLocationOverride": _location(job.input(primary)),
    }
    if others:
        found["secondarySourcesOverride"] = [
            {"type": "S3", "location": _location(one), "sourceIdentifier": one.name}
            for one in others
        ]
    return found


def _location(artifact: Artifact) -> str:
    return f"{artifact.bucket}/{artifact.key}"


def _artifacts(job: Job, outputs: list[Artifact]) -> dict[str, Any]:
    """Return where one output goes as the primary artifact, several as secondary ones.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
    """
    if not outputs:
        return {"artifactsOverride": {"type": "NO_ARTIFACTS"}}
    key = (store_of(job.execution, job.run.region).get("encryptionKey") or {}).get("id")
    encrypted = {"encryptionKeyOverride": key} if key else {}
    described = [_artifact(one) for one in outputs]
    if len(described) == 1:
        return {"artifactsOverride": described[0], **encrypted}
    named = [
        {**one, "artifactIdentifier": output.name}
        for one, output in zip(described, outputs, strict=True)
    ]
    return {
        "artifactsOverride": {"type": "NO_ARTIFACTS"},
        "secondaryArtifactsOverride": named,
        **encrypted,
    }


def _artifact(output: Artifact) -> dict[str, Any]:
    path, _, name = output.key.rpartition("/")
    return {
        "type": "S3",
        "location": output.bucket,
        "path": path,
        "name": name,
        "namespaceType": "NONE",
        "packaging": "ZIP",
        "overrideArtifactName": False,
    }


def _environment(job: Job) -> list[dict[str, str]]:
    text = job.configuration.get("EnvironmentVariables") or "[]"
    try:
        given = json.loads(text)
        return [
            {"name": one["name"], "value": one["value"], "type": one.get("type", "PLAINTEXT")}
            for one in given
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ActionError(
            f"EnvironmentVariables is not a JSON array of name, value and type: {error!r}",
            "ConfigurationError",
        ) from error


def _url(job: Job, started: dict[str, Any]) -> str:
    region = job.run.region
    return f"https://console.aws.amazon.com/codebuild/home?region={region}#/builds/{started['id']}/view/new"


def _reason(done: dict[str, Any]) -> str:
    """Return what a pipeline says of a build that failed: the phase, and what went wrong there."""
    said = f"Build terminated with state: {done['buildStatus']}"
    for phase in done.get("phases") or []:
        if phase.get("phaseStatus") in (None, "SUCCEEDED"):
            continue
        contexts = phase.get("contexts") or [{}]
        code, message = contexts[0].get("statusCode", ""), contexts[0].get("message", "")
        return f"{said}. Phase: {phase['phaseType']}, Code: {code}, Message: {message}"
    return said
