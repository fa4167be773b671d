"""The steps of a release's verification: promote it, check each wave, record it."""

from __future__ import annotations

import time
from collections.abc import Callable

from generator.aws import Cloud
from generator.build.manifest import Manifest
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.release.promote import check_release
from generator.deploy.release.releases import Releases
from generator.deploy.release.verify import Verification
from generator.errors import GenError, Problem, UsageError
from generator.releases import Record, What
from generator.units import Pair


class Steps:
    """What the pipeline does between its own actions, for one build."""

    def __init__(
        self, manifest: Manifest, releases: Releases, cloud: Cloud, progress: Progress,
        *, commit: str | None, execution: str | None, sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        self._manifest = manifest
        self._releases = releases
        self._cloud = cloud
        self._progress = progress
        self._commit = commit
        self._execution = execution
        self._sleep = sleep

    def run(self, step: str) -> None:
        """Carry out one step: `promote`, the number of a wave, or `record`.

        Raises GenError with everything that is wrong, UsageError for a step that there is not.
        """
        waves = self._manifest.service.waves
        match step:
            case "promote":
                self._promote()
            case "record":
                self._record()
            case number if number.isdecimal() and 1 <= int(number) <= len(waves):
                self._wave(number, waves[int(number) - 1])
            case _:
                raise UsageError(
                    f"there is no step '{step}'",
                    hint=f"promote, record, or the number of a wave: 1 to {len(waves)}",
                )

    def _promote(self) -> None:
        self._progress.begin("promote", f"is release {self._manifest.release} what was built?")
        try:
            record = check_release(self._manifest, self._releases, self._cloud)
        except GenError:
            self._progress.note("it is not: nothing of it goes to any region")
            raise
        for region in self._manifest.artifact_buckets:
            packages = len(self._manifest.functions)
            detail = f"{packages} package{'s' * (packages != 1)} as built"
            self._progress.row(Row(self._manifest.tools_account, region, Status.DONE, detail))
        self._releases.note(
            What.DEPLOYING, record.release, commit=self._commit, execution=self._execution
        )
        self._progress.end(f"release {record.release} is promoted")

    def _wave(self, number: str, pairs: tuple[Pair, ...]) -> None:
        release = self._manifest.release
        self._progress.begin(f"wave {number}", f"does it run release {release}?")
        history = self._releases.history()
        if history.state(release) is What.BAD:
            # A stage goes back to what succeeded last, also when that was taken back since.
            raise GenError([
                Problem(
                    f"release {release} is recorded as bad: no region may run it",
                    hint="the rollback coordinator gives every region the last good one; by hand:"
                    " gen rollback",
                )
            ])  # fmt: skip
        verification = self._verification()
        verification.regions(pairs)
        if history.returns_to(release):
            # What is taken back may have turned them, and may still run in later waves.
            self._progress.note("it was good before: its alarms are not waited for")
            self._progress.end(f"it runs release {release} again")
            return
        verification.bake(pairs, minutes=self._manifest.bake_minutes)
        self._progress.end(f"it runs release {release}, and its alarms are quiet")

    def _record(self) -> None:
        release, pairs = self._manifest.release, self._manifest.service.pairs
        self._progress.begin("record", f"do all regions run release {release}?")
        self._verification().regions(pairs)
        self._releases.note_good(
            release, commit=self._commit, execution=self._execution, regions=pairs
        )
        self._progress.end(f"release {release} is good")

    def _verification(self) -> Verification:
        return Verification(
            service=self._releases.service,
            record=Record.of_build(self._manifest, commit=self._commit, built="", by=""),
            cloud=self._cloud,
            progress=self._progress,
            overrides=self._releases.service.overrides,
            sleep=self._sleep,
        )
