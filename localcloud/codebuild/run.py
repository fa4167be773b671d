"""One build on its way, phase by phase."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import ministack_access
from localcloud.codebuild import buildspec, events, objects, variables
from localcloud.codebuild.buildspec import Buildspec, Phase
from localcloud.codebuild.caches import Caches
from localcloud.codebuild.clients import Clients
from localcloud.codebuild.interpreter import Interpreter
from localcloud.codebuild.logs import BuildLog
from localcloud.codebuild.model import Build, Store
from localcloud.codebuild.objects import FailureError
from localcloud.codebuild.shell import Shell, StoppedError
from localcloud.codebuild.trust import may_assume
from localcloud.codebuild.uploads import upload

# After whose failure the build goes straight to its end.
# https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
_ENDING = ("install", "pre_build")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all builds share."""

    endpoint: str
    folder: Path
    interpreter: Interpreter
    caches: Caches
    store: Store


@dataclass
class Run:
    """One build on its way."""

    build: Build
    workshop: Workshop
    shell: Shell | None = None
    spec: Buildspec = field(default_factory=Buildspec)
    credentials: Mapping[str, str] = field(default_factory=dict)
    sources: dict[str, Path] = field(default_factory=dict)
    status: str = "SUCCEEDED"
    log: BuildLog | None = None

    def __post_init__(self) -> None:
        self.folder = self.workshop.folder / self.build.uuid
        self.deadline = time.monotonic() + self.build.record["timeoutInMinutes"] * 60

    def carry_out(self) -> None:
        build = self.build
        events.state_changed(build)
        try:
            self._phases()
        except StoppedError:
            self.status = self._how_stopped()
        except Exception as problem:  # noqa: BLE001 - whoever waits for it must not hang
            self.status = "FAULT"
            self._say(f"INTERNAL_SERVICE_ERROR: {problem!r}")
        finally:
            if self.shell is not None:
                self.shell.close()
            finalizing = build.begin_phase("FINALIZING")
            shutil.rmtree(self.folder, ignore_errors=True)
            self._flush()
            build.end_phase(finalizing, "SUCCEEDED")
            events.phase_ended(build, finalizing)
            self._complete()

    def _complete(self) -> None:
        now = time.time()
        with self.build.lock:
            # Unlike all others this phase has no end.
            self.build.record["phases"].append({"phaseType": "COMPLETED", "startTime": now})
            self.build.update(
                currentPhase="COMPLETED",
                buildStatus=self.status,
                buildComplete=True,
                endTime=now,
            )
        events.state_changed(self.build)
        self.build.done.set()

    def _phases(self) -> None:
        for name in ("SUBMITTED", "QUEUED"):
            self._phase(name, lambda: None)
        if not self._phase("PROVISIONING", self._provision):
            return
        if not self._phase("DOWNLOAD_SOURCE", self._download):
            return
        if self._run_commands():
            self._phase("UPLOAD_ARTIFACTS", self._upload)

    def _run_commands(self) -> bool:
        """Run the phases of the buildspec; tell whether artifacts may be uploaded."""
        for name in buildspec.PHASES:
            phase = self.spec.phases.get(name, Phase())
            if not self._phase(name.upper(), partial(self._run_phase, phase)):
                self._shell.set("CODEBUILD_BUILD_SUCCEEDING", "0")
                if phase.on_failure == "ABORT":
                    return False
                if phase.on_failure is None and name in _ENDING:
                    return False
        return True

    def _phase(self, name: str, work: Callable[[], None]) -> bool:
        """Carry out one phase; tell whether it succeeded."""
        phase = self.build.begin_phase(name)
        status, code, message = "SUCCEEDED", "", ""
        try:
            self._check_stop()
            with _own_words():
                work()
            self._check_stop()
        except FailureError as failure:
            self.status = status = "FAILED"
            code, message = failure.code, failure.message
        except StoppedError:
            status = self._how_stopped()
            if status == "TIMED_OUT":
                code, message = "BUILD_TIMED_OUT", "Build has timed out."
            raise
        except Exception:
            status = "FAULT"
            raise
        finally:
            self.build.end_phase(phase, status, code, message)
            self._say(f"Phase complete: {name} State: {status}")
            self._say(f"Phase context status code: {code} Message: {message}")
            self._flush()
            events.phase_ended(self.build, phase)
        return status == "SUCCEEDED"

    def _how_stopped(self) -> str:
        return "STOPPED" if self.build.stopping.is_set() else "TIMED_OUT"

    def _check_stop(self) -> None:
        if self.build.stopping.is_set() or time.monotonic() > self.deadline:
            raise StoppedError

    # --- what the phases do

    def _provision(self) -> None:
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
            self._say("Waiting for agent ping")
        self.folder.mkdir(parents=True)
        self.programs = self.workshop.interpreter.environment(self.folder / "python")

    def _download(self) -> None:
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
        self._say(f"CODEBUILD_SRC_DIR={source}")
        self._read_buildspec(source)
        self.workshop.caches.link(build, self.spec.cache_paths, source, self._say)
        self._make_shell(source)

    def _read_buildspec(self, source: Path) -> None:
        given = str(self.build.record["source"].get("buildspec") or "buildspec.yml")
        if "\n" in given:
            text = given
        elif given.startswith("arn:"):
            text = objects.read(self.clients, given)
        else:
            file = source / given
            self._say(f"YAML location is {file}")
            if not file.is_file():
                raise FailureError("YAML_FILE_ERROR", f"stat {file}: no such file or directory")
            text = file.read_text(encoding="utf-8")
        try:
            self.spec = buildspec.parse(text)
        except buildspec.BuildspecError as error:
            raise FailureError("YAML_FILE_ERROR", str(error)) from error

    def _make_shell(self, source: Path) -> None:
        self._say("Processing environment variables")
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
        self.shell.deadline = self.deadline
        self._say(f"Moving to directory {source}")
        # Stopped before there was a shell to kill.
        self._check_stop()

    def _run_phase(self, phase: Phase) -> None:
        for name, version in phase.runtimes.items():
            self._say(f"Selected runtime {name} {version}: not installed here, this machine's runs")
        try:
            self._run_all(phase.commands)
        finally:
            self._run_all(phase.finally_)
            self._export()

    def _run_all(self, commands: tuple[str, ...]) -> None:
        for command in commands:
            self._say(f"Running command {command}")
            status = self._shell.run(command, self._line)
            if status:
                self._say(f"Command did not exit successfully {command} exit status {status}")
                raise FailureError(
                    "COMMAND_EXECUTION_ERROR",
                    f"Error while executing command: {command}. Reason: exit status {status}",
                )

    def _export(self) -> None:
        environment = self._shell.environment
        exported = [
            {"name": name, "value": environment[name]}
            for name in self.spec.exported
            if name in environment
        ]
        self.build.update(exportedEnvironmentVariables=exported)

    def _upload(self) -> None:
        made = upload(
            self.build,
            self.spec,
            self.clients,
            self.credentials["AccessKeyId"],
            self.sources[""],
            self._shell.environment,
            self._say,
        )
        known = self.workshop.store.at(self.build.place).reports
        known.update({one["arn"]: one for one in made})

    # --- what it says

    @property
    def _shell(self) -> Shell:
        assert self.shell is not None
        return self.shell

    def _line(self, line: str) -> None:
        if self.log is not None:
            self.log.line(line)

    def _say(self, line: str) -> None:
        if self.log is not None:
            self.log.say(line)

    def _flush(self) -> None:
        if self.log is not None:
            self.log.flush()


@contextmanager
def _own_words() -> Iterator[None]:
    """Let a refusal of another service fail the phase in that service's words."""
    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        raise FailureError("CLIENT_ERROR", f"{told['Code']}: {told['Message']}") from error
    except (BotoCoreError, OSError) as error:
        raise FailureError("CLIENT_ERROR", str(error) or repr(error)) from error
