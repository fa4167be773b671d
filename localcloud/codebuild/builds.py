"""Builds: start, stop, describe."""

import copy
import re
import time
from typing import Any
from urllib.parse import quote

from localcloud import ministack, ministack_access
from localcloud.codebuild import projects
from localcloud.codebuild.model import Build, Record, Region, Store
from localcloud.codebuild.projects import Message, Projects, invalid
from localcloud.codebuild.runner import Runner
from localcloud.errors import AwsError

# What a call may say in place of the project: the message's key, and where it belongs.
_OVERRIDES = {
    "sourceTypeOverride": ("source", "type"),
    "sourceLocationOverride": ("source", "location"),
    "sourceAuthOverride": ("source", "auth"),
    "buildspecOverride": ("source", "buildspec"),
    "gitCloneDepthOverride": ("source", "gitCloneDepth"),
    "environmentTypeOverride": ("environment", "type"),
    "imageOverride": ("environment", "image"),
    "computeTypeOverride": ("environment", "computeType"),
    "privilegedModeOverride": ("environment", "privilegedMode"),
    "artifactsOverride": ("artifacts",),
    "secondaryArtifactsOverride": ("secondaryArtifacts",),
    "secondarySourcesOverride": ("secondarySources",),
    "secondarySourcesVersionOverride": ("secondarySourceVersions",),
    "sourceVersion": ("sourceVersion",),
    "cacheOverride": ("cache",),
    "serviceRoleOverride": ("serviceRole",),
    "timeoutInMinutesOverride": ("timeoutInMinutes",),
    "queuedTimeoutInMinutesOverride": ("queuedTimeoutInMinutes",),
    "encryptionKeyOverride": ("encryptionKey",),
    "logsConfigOverride": ("logsConfig",),
}

_IDENTIFIER = re.compile(r"\w{1,127}", re.ASCII)


class Builds:
    """Answer the API's actions on builds."""

    def __init__(self, store: Store, known: Projects, runner: Runner) -> None:
        self._store = store
        self._projects = known
        self._runner = runner

    def here(self) -> Region:
        return self._store.at(ministack.current_place())

    def start(self, message: Message) -> dict[str, Any]:
        project = _overridden(self._projects.find(str(message.get("projectName", ""))), message)
        if project["source"]["type"] == "CODEPIPELINE":
            raise invalid(
                "The project's source and artifacts are CodePipeline's: a build needs "
                "sourceTypeOverride and artifactsOverride"
            )
        projects.check(project)
        build = self._record(project)
        self.here().builds[build.record["id"]] = build
        told = build.snapshot()
        self._runner.start(build)
        return {"build": told}

    def _record(self, project: Record) -> Build:
        place, name = ministack.current_place(), str(project["name"])
        uuid, region = ministack.new_id(), self.here()
        region.numbers[name] += 1
        who = ministack_access.caller().rpartition(":")[2].removeprefix("assumed-role/")
        record: Record = {
            "id": f"{name}:{uuid}",
            "arn": f"arn:aws:codebuild:{place.region}:{place.account}:build/{name}:{uuid}",
            "buildNumber": region.numbers[name],
            "startTime": time.time(),
            "currentPhase": "SUBMITTED",
            "buildStatus": "IN_PROGRESS",
            "buildComplete": False,
            "projectName": name,
            "phases": [],
            "source": project["source"],
            "secondarySources": project.get("secondarySources") or [],
            "secondarySourceVersions": project.get("secondarySourceVersions") or [],
            "artifacts": project["artifacts"],
            "secondaryArtifacts": project.get("secondaryArtifacts") or [],
            "cache": project.get("cache") or {"type": "NO_CACHE"},
            "environment": project["environment"],
            "serviceRole": project["serviceRole"],
            "logs": _logs(project, uuid),
            "timeoutInMinutes": project["timeoutInMinutes"],
            "queuedTimeoutInMinutes": project["queuedTimeoutInMinutes"],
            "initiator": who,
            "encryptionKey": projects.encryption_key(project),
            "exportedEnvironmentVariables": [],
            "reportArns": [],
        }
        if project.get("sourceVersion"):
            record["sourceVersion"] = project["sourceVersion"]
        return Build(place, record, project)

    def stop(self, message: Message) -> dict[str, Any]:
        build = self._find(str(message.get("id", "")))
        if build is None:
            raise AwsError("ResourceNotFoundException", f"Build not found: {message.get('id')}")
        self._runner.stop(build)
        return {"build": build.snapshot()}

    def batch_get(self, message: Message) -> dict[str, Any]:
        asked = [str(one) for one in message.get("ids") or []]
        found = {one: self._find(one) for one in asked}
        return {
            "builds": [build.snapshot() for build in found.values() if build is not None],
            "buildsNotFound": [one for one, build in found.items() if build is None],
        }

    def list(self, message: Message) -> dict[str, Any]:
        newest_first = message.get("sortOrder", "DESCENDING") == "DESCENDING"
        ids = list(self.here().builds)
        return {"ids": ids[::-1] if newest_first else ids}

    def list_for_project(self, message: Message) -> dict[str, Any]:
        name = self._projects.find(str(message.get("projectName", "")))["name"]
        builds = self.here().builds
        ids = self.list(message)["ids"]
        return {"ids": [one for one in ids if builds[one].record["projectName"] == name]}

    def batch_delete(self, message: Message) -> dict[str, Any]:
        deleted, kept = [], []
        for one in message.get("ids") or []:
            build = self._find(str(one))
            if build is None or not build.done.is_set():
                kept.append(
                    {"id": one, "statusCode": "BUILD_IN_PROGRESS" if build else "NOT_FOUND"}
                )
            else:
                del self.here().builds[build.record["id"]]
                deleted.append(build.arn)
        return {"buildsDeleted": deleted, "buildsNotDeleted": kept}

    def batch_get_reports(self, message: Message) -> dict[str, Any]:
        known = self.here().reports
        asked = message.get("reportArns") or []
        return {
            "reports": [known[arn] for arn in asked if arn in known],
            "reportsNotFound": [arn for arn in asked if arn not in known],
        }

    def _find(self, reference: str) -> Build | None:
        """Return a build by id or ARN."""
        return self.here().builds.get(reference.partition(":build/")[2] or reference)


def _overridden(project: Record, message: Message) -> Record:
    """Return a project as a call wants it for its build."""
    wanted = copy.deepcopy(project)
    for key, way in _OVERRIDES.items():
        if message.get(key) is not None:
            inside = wanted if len(way) == 1 else wanted[way[0]]
            inside[way[-1]] = message[key]
    environment = wanted["environment"]
    given = message.get("environmentVariablesOverride") or []
    every = [*(environment.get("environmentVariables") or []), *given]
    # The same name again replaces, or adds.
    environment["environmentVariables"] = list({one["name"]: one for one in every}.values())
    for one in wanted.get("secondarySources") or []:
        # It becomes a folder, and a part of a variable's name.
        if not _IDENTIFIER.fullmatch(str(one.get("sourceIdentifier", ""))):
            raise invalid("A secondary source needs a sourceIdentifier of letters, digits and _")
    return wanted


def _logs(project: Record, uuid: str) -> Record:
    place = ministack.current_place()
    config = (project.get("logsConfig") or {}).get("cloudWatchLogs") or {"status": "ENABLED"}
    group = config.get("groupName") or f"/aws/codebuild/{project['name']}"
    stream = "/".join(filter(None, [config.get("streamName"), uuid]))
    if config.get("status") != "ENABLED":
        return {"cloudWatchLogs": config}
    console = f"https://console.aws.amazon.com/cloudwatch/home?region={place.region}"
    return {
        "groupName": group,
        "streamName": stream,
        "deepLink": f"{console}#logsV2:log-groups/log-group/{quote(group, safe='')}"
        f"/log-events/{quote(stream, safe='')}",
        "cloudWatchLogsArn": f"arn:aws:logs:{place.region}:{place.account}:log-group:{group}"
        f":log-stream:{stream}",
        "cloudWatchLogs": config,
    }
