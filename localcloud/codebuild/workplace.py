"""What one build works with: credentials, log, sources, environment, shell."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from localcloud import ministack_access
from localcloud.codebuild import buildspec, objects, variables
from localcloud.codebuild.buildspec import Buildspec
from localcloud.codebuild.caches import Caches
from localcloud.codebuild.clients import Clients
from localcloud.codebuild.interpreter import Interpreter
from localcloud.codebuild.logs import BuildLog
from localcloud.codebuild.model import Build, Store
from localcloud.codebuild.objects import FailureError
from localcloud.codebuild.shell import Shell
from localcloud.codebuild.trust import may_assume


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all builds share."""

    endpoint: str
    folder: Path
    interpreter: Interpreter
    caches: Caches
    store: Store


class Workplace:
    """Prepare it step by step; what is not prepared yet is not there."""

    clients: Clients
    programs: Path
    shell: Shell | None = None
    log: BuildLog | None = None

    def __init__(self, build: Build, workshop: Workshop) -> None:
        self.build = build
        self.workshop = workshop
        self.folder = workshop.folder / build.uuid
        self.spec = Buildspec()
        self.credentials: Mapping[str, str] = {}
        self.sources: dict[str, Path] = {}

    def provision(self) -> None:
        build, role = self.build, self.build.record["serviceRole"]
        session = f"AWSCodeBuild-{build.uuid}"
        found = ministack_access.role_session(role, session) if may_assume(role) else None
        if found is None:
            raise FailureError(
                "CLIENT_ERROR", f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}"
            )
        self.credentials = found
        self.clients = Clients(self.workshop.endpoint, build.place.region, found)
        logs = build.record["logs"]
        if logs["cloudWatchLogs"]["status"] == "ENABLED":
            log = BuildLog(self.clients("logs"), logs["groupName"], logs["streamName"])
            try:
                log.create()
            except ClientError as error:
                raise FailureError(
                    "ACCESS_DENIED",
                    f"Service role {role} does not allow AWS CodeBuild to create Amazon CloudWatch "
                    f"Logs log streams for build {build.arn}. Error message: "
                    f"{error.response['Error']['Message']}",
                ) from error
            self.log = log
            self.say("Waiting for agent ping")
        self.folder.mkdir(parents=True)
        self.programs = self.workshop.interpreter.environment(self.folder / "python")

    def download(self) -> None:
        build = self.build
        source = self.folder / "src"
        version = objects.download(
            self.clients, build.record["source"], build.record.get("sourceVersion", ""), source
        )
        self.sources[""] = source
        if version:
            build.update(resolvedSourceVersion=version)
        versions = {
            one["sourceIdentifier"]: one["sourceVersion"]
            for one in build.record["secondarySourceVersions"]
        }
        for one in build.record["secondarySources"]:
            name = one["sourceIdentifier"]
            self.sources[name] = self.folder / "secondary" / name
            objects.download(self.clients, one, versions.get(name, ""), self.sources[name])
        self.say(f"CODEBUILD_SRC_DIR={source}")
        self._read_buildspec(source)
        self.workshop.caches.link(build, self.spec.cache_paths, source, self.say)
        self._make_shell(source)

    def _read_buildspec(self, source: Path) -> None:
        given = str(self.build.record["source"].get("buildspec") or "buildspec.yml")
        if "\n" in given:
            text = given
        elif given.startswith("arn:"):
            text = objects.read(self.clients, given)
        else:
            file = source / given
            self.say(f"YAML location is {file}")
            if not file.is_file():
                raise FailureError("YAML_FILE_ERROR", f"stat {file}: no such file or directory")
            text = file.read_text(encoding="utf-8")
        try:
            self.spec = buildspec.parse(text)
        except buildspec.BuildspecError as error:
            raise FailureError("YAML_FILE_ERROR", str(error)) from error

    def _make_shell(self, source: Path) -> None:
        self.say("Processing environment variables")
        configured = {}
        for name, value, secret in variables.configured(self.build, self.spec, self.clients):
            configured[name] = value
            if secret and self.log is not None:
                self.log.hide(value)
        environment = {
            **variables.of_machine(self.programs, self.folder),
            **variables.of_cloud(self.build, self.workshop.endpoint, self.credentials),
            **variables.of_build(self.build, self.sources),
            **configured,
            "PWD": str(source),
        }
        self.shell = Shell(
            posix=Path(self.spec.shell).name != "bash",
            environment=environment,
            folder=source,
            state=self.folder / "environment",
        )

        self.say(f"Moving to directory {source}")

    def say(self, line: str) -> None:
        """Write a line of the agent's own into the log."""
        if self.log is not None:
            self.log.say(line)

    def line(self, line: str) -> None:
        """Write a line that a command has printed into the log."""
        if self.log is not None:
            self.log.line(line)

    def flush(self) -> None:
        """Let the log be read up to here."""
        if self.log is not None:
            self.log.flush()

    def clear(self) -> None:
        """End what still runs and remove every file."""
        if self.shell is not None:
            self.shell.close()
        shutil.rmtree(self.folder, ignore_errors=True)
