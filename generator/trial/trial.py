"""A whole run: write the project, deploy it, look at it, delete it, whatever happens between."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generator.aws import Cloud
from generator.build.manifest import Manifest
from generator.deploy.prefix_lists import prefix_list_overrides
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.release.signing import PARAMETER as SIGNING
from generator.errors import GenError, Problem
from generator.trial import project, runner
from generator.trial.checks import DEPLOYED
from generator.trial.cleaning import Left, clean, is_there
from generator.trial.design import Trial
from generator.trial.look import Look, Result
from generator.trial.needs import check_log_roles
from generator.units import SERVICE


@dataclass
class Outcome:
    """What a run has found."""

    trial: Trial
    results: list[Result] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    kept: bool = False
    """It was not to be deleted."""

    @property
    def passed(self) -> bool:
        return not self.left and all(result.passed for result in self.results)

    @property
    def problems(self) -> list[Problem]:
        found = [problem for result in self.results for problem in result.problems]
        return [*dict.fromkeys(found), *(still_there(one) for one in self.left)]


class Run:
    """One run of a trial."""

    def __init__(
        self, trial: Trial, manifest: Manifest, build: Path, folder: Path, cloud: Cloud,
        progress: Progress,
    ):  # fmt: skip
        self._trial = trial
        self._manifest = manifest
        self._build = build
        self._folder = folder
        self._cloud = cloud
        self._progress = progress
        self._refused: dict[tuple[str, str], str] = {}

    def write(self) -> None:
        """Write the taskcat project; raises GenError while an earlier run is still there."""
        former = project.read(self._folder)
        if former and is_there(former, self._cloud):
            raise GenError(
                Problem(
                    f"an earlier test is still deployed: {former.project}-{former.name}",
                    hint=f"delete it: {former.cleaning}",
                )
            )
        check_log_roles(self._trial, self._manifest, self._cloud)
        service = self._manifest.service
        if SIGNING in service.parameters:
            self._progress.note(f"{SERVICE} is tried unsigned, and asks for no signature")
        looked_up = prefix_list_overrides(service, cloud=self._cloud)
        left_out = project.write(self._folder, self._trial, self._manifest, self._build, looked_up)
        for unit, resources in left_out.items():
            if resources:
                self._progress.note(f"{unit} is tried without {', '.join(resources)}")

    def deploy_and_look(self, *, profile: str | None, keep: bool) -> Outcome:
        """Deploy, look, delete; on Ctrl-C, too, and when taskcat fails."""
        outcome = Outcome(self._trial, kept=keep)
        with _interruptible():
            try:
                outcome.results = self._deploy(profile) or self._look()
            except BaseException:
                if not keep:
                    for left in self.clean():
                        self._progress.note(str(still_there(left)))
                raise
            if not keep:
                outcome.left = self.clean()
        return outcome

    def clean(self) -> list[Left]:
        """Delete all that the run made."""
        self._progress.begin("clean", "delete everything")
        left = clean(self._trial, self._cloud, say=self._progress.note)
        self._progress.end(f"{len(left)} things would not go" if left else "nothing is left")
        return left

    def _deploy(self, profile: str | None) -> list[Result]:
        """Have taskcat deploy everything; give what kept it from doing so."""
        trial = self._trial
        self._progress.begin("taskcat", f"deploys {trial.project}-{trial.name}")
        by_test: dict[str, dict[str, tuple[Status, str]]] = {}

        def told(test: str, region: str, status: str, reason: str) -> None:
            at = by_test.setdefault(region, {})
            at[test] = _status(status), f"{test} {status}"
            if reason:
                self._refused[test, region] = reason
            worst = max(at.values(), key=lambda one: _ORDER.index(one[0]))
            said = ", ".join(text for _, text in at.values())
            self._progress.row(Row(trial.account, region, worst[0], said))

        try:
            runner.deploy(self._folder, trial, self._cloud, profile=profile, told=told)
        except GenError as error:
            self._progress.end("it failed itself")
            return [Result("taskcat", "-", DEPLOYED, error.problems)]
        self._progress.end("every stack has come to an end")
        return []

    def _look(self) -> list[Result]:
        self._progress.begin("checks", "look at what was deployed")
        look = Look(self._trial, self._manifest, self._build, self._cloud, self._refused)
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="checks") as pool:
            results = [one for some in pool.map(look.at, self._trial.subjects) for one in some]
        for region in self._trial.regions:
            here = [result for result in results if result.region == region]
            bad = sum(bool(result.problems) for result in here)
            passed = sum(result.passed for result in here)
            status = Status.FAILED if bad else Status.DONE
            said = f"{passed} of {len(here)} checks passed" + (f", {bad} failed" if bad else "")
            self._progress.row(Row(self._trial.account, region, status, said))
        self._progress.end("looked at")
        return results


@contextmanager
def _interruptible() -> Iterator[None]:
    """Take the signals by which CI systems end a job as a Ctrl-C: what was made is deleted."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_ENDING = (signal.SIGTERM, signal.SIGHUP)
_ORDER = (Status.DONE, Status.RUNNING, Status.FAILED)


def _status(of_stack: str) -> Status:
    if of_stack.endswith("_IN_PROGRESS"):
        return Status.RUNNING
    return Status.DONE if of_stack == "CREATE_COMPLETE" else Status.FAILED


def still_there(left: Left) -> Problem:
    """Say that something was not deleted."""
    return Problem(f"{left.region}: {left.type} {left.name} is still there: {left.why}")
