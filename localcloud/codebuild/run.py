"""One build on its way, phase by phase."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.codebuild import buildspec, events
from localcloud.codebuild.buildspec import Phase
from localcloud.codebuild.model import Build
from localcloud.codebuild.objects import FailureError
from localcloud.codebuild.shell import Shell, StoppedError
from localcloud.codebuild.uploads import upload
from localcloud.codebuild.workplace import Workplace

# After whose failure the build goes straight to its end.
# https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
_ENDING = ("install", "pre_build")


class Run:
    """Carry a build out, on the thread that it is called on."""

    def __init__(self, build: Build, workplace: Workplace) -> None:
        self.build = build
        self._at = workplace
        self._deadline = time.monotonic() + build.record["timeoutInMinutes"] * 60
        self._status = "SUCCEEDED"

    def stop(self) -> None:
        """Stop, and end every process; callable on any thread."""
        self.build.stopping.set()
        if self._at.shell is not None:
            self._at.shell.kill()

    def carry_out(self) -> None:
        build = self.build
        events.state_changed(build)
        try:
            self._phases()
        except StoppedError:
            self._status = self._how_stopped()
        except Exception as problem:  # noqa: BLE001 - whoever waits for it must not hang
            self._status = "FAULT"
            self._at.say(f"INTERNAL_SERVICE_ERROR: {problem!r}")
        finally:
            finalizing = build.begin_phase("FINALIZING")
            self._at.clear()
            self._at.flush()
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
                buildStatus=self._status,
                buildComplete=True,
                endTime=now,
            )
        events.state_changed(self.build)
        self.build.done.set()

    def _phases(self) -> None:
        for name in ("SUBMITTED", "QUEUED"):
            self._phase(name, lambda: None)
        if not self._phase("PROVISIONING", self._at.provision):
            return
        if not self._phase("DOWNLOAD_SOURCE", self._at.download):
            return
        if self._run_commands():
            self._phase("UPLOAD_ARTIFACTS", self._upload)

    def _run_commands(self) -> bool:
        """Run the phases of the buildspec; tell whether artifacts may be uploaded."""
        self._shell.deadline = self._deadline
        for name in buildspec.PHASES:
            phase = self._at.spec.phases.get(name, Phase())
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
            self._status = status = "FAILED"
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
            self._at.say(f"Phase complete: {name} State: {status}")
            self._at.say(f"Phase context status code: {code} Message: {message}")
            self._at.flush()
            events.phase_ended(self.build, phase)
        return status == "SUCCEEDED"

    def _how_stopped(self) -> str:
        return "STOPPED" if self.build.stopping.is_set() else "TIMED_OUT"

    def _check_stop(self) -> None:
        if self.build.stopping.is_set() or time.monotonic() > self._deadline:
            raise StoppedError

    def _run_phase(self, phase: Phase) -> None:
        for name, version in phase.runtimes.items():
            self._at.say(
                f"Selected runtime {name} {version}: not installed here, this machine's runs"
            )
        try:
            self._run_all(phase.commands)
        finally:
            self._run_all(phase.finally_)
            self._export()

    def _run_all(self, commands: tuple[str, ...]) -> None:
        for command in commands:
            self._at.say(f"Running command {command}")
            status = self._shell.run(command, self._at.line)
            if status:
                self._at.say(f"Command did not exit successfully {command} exit status {status}")
                raise FailureError(
                    "COMMAND_EXECUTION_ERROR",
                    f"Error while executing command: {command}. Reason: exit status {status}",
                )

    def _export(self) -> None:
        environment = self._shell.environment
        exported = [
            {"name": name, "value": environment[name]}
            for name in self._at.spec.exported
            if name in environment
        ]
        self.build.update(exportedEnvironmentVariables=exported)

    def _upload(self) -> None:
        upload(
            self.build,
            self._at.spec,
            self._at.clients,
            self._at.credentials["AccessKeyId"],
            self._at.sources[""],
            self._shell.environment,
            self._at.say,
            self._at.workshop.store.at(self.build.place).reports,
        )

    @property
    def _shell(self) -> Shell:
        assert self._at.shell is not None
        return self._at.shell


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
