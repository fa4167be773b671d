"""Go on with what a failed or stopped operation left: only the instances that are behind."""

from __future__ import annotations

import uuid

from generator.aws import AwsError
from generator.deploy.operations.causes import named, remedy
from generator.deploy.operations.environment import Environment, NamedUnit
from generator.deploy.progress import Row, Status
from generator.deploy.release.releases import Releases
from generator.deploy.release.verify import Verification
from generator.errors import GenError, Problem
from generator.plan.resumption import Resumption, resumption
from generator.plan.state import Group, SetValues
from generator.releases import Service, What
from generator.units import SERVICE

_MOVED = {"OperationInProgressException", "StaleRequestException"}
"""Somebody else began an operation between our look and our call."""


class Resume:
    """Brings the instances of an environment's StackSets up to their sets as these are now."""

    def __init__(self, environment: Environment, *, by: str):
        """`by` is the ARN of whoever resumes."""
        self._environment = environment
        self._progress = environment.progress
        self._service = Service.of_config(environment.config)
        self._releases = Releases(environment.cloud, self._service, by=by)

    def run(self) -> list[str]:
        """Resume set by set, in the order of deployment; give the names of those with work to do.

        Raises GenError with the root cause of each instance that fails, and of each that only a
        person can help; what comes after is then left as it is.
        """
        return [unit.name for unit in self._environment.stack_sets if self._set(unit)]

    def _set(self, unit: NamedUnit) -> bool:
        actual = self._environment.sets.describe(unit.name)
        if actual is None:
            return False
        if not (changed := self._bring_up(unit, actual.values)):
            return False
        if unit.unit.name == SERVICE:
            self._see_that_it_runs(actual.values.parameters.get("Release"))
        self._progress.end("resumed")
        return changed

    def _bring_up(self, unit: NamedUnit, values: SetValues) -> bool:
        changed = False
        while True:
            watch = self._environment.watch(unit)
            watch.wait_until_idle()
            plan = self._plan(unit)
            if plan.groups and not changed:
                self._check_release(unit, values)
                self._progress.begin(unit.unit.name, "what is behind")
            self._notes(plan)
            try:
                for number, group in enumerate(plan.groups, 1):
                    operation = f"gen-resume-{uuid.uuid4()}"
                    self._environment.sets.update_instances(
                        unit.name, group, overrides=None, operation=operation
                    )
                    changed = True
                    ended = watch.follow(operation)
                    if not ended.succeeded:
                        self._not_started(plan.groups[number:])
                        raise watch.failure(ended, watch.failed(ended))
            except AwsError as error:
                if error.code in _MOVED:
                    continue
                raise
            self._check_stuck(unit, plan)
            return changed

    def _plan(self, unit: NamedUnit) -> Resumption:
        waves = unit.unit.waves(self._environment.config)
        return resumption(waves, self._environment.sets.instances(unit.name))

    def _check_release(self, unit: NamedUnit, values: SetValues) -> None:
        """Refuse to spread a release that was found bad."""
        release = values.parameters.get("Release")
        if unit.unit.name != SERVICE or release is None:
            return
        if self._releases.history().verdict(release) is What.BAD:
            raise GenError(
                Problem(
                    f"{unit.name} has release {release}, which was found bad: it is not spread",
                    hint="`gen rollback` gives every region a good one; or deploy another",
                )
            )

    def _see_that_it_runs(self, release: str | None) -> None:
        """Verify the release where it is, and note that it is good, as a deployment does."""
        if release is None or (record := self._releases.record(release)) is None:
            return
        sets, name = self._environment.sets, self._service.stack_set
        pairs = tuple(i.pair for i in sets.instances(name) if i.pair in set(self._service.pairs))
        Verification(
            service=self._service,
            record=record,
            cloud=self._environment.cloud,
            progress=self._progress,
            overrides={pair: sets.overrides(name, pair) for pair in pairs},
            sleep=self._environment.sleep,
        ).regions(pairs)
        if set(pairs) == set(self._service.pairs):
            self._releases.note_good(release, regions=pairs)

    def _check_stuck(self, unit: NamedUnit, plan: Resumption) -> None:
        if plan.stuck:
            raise GenError(
                Problem(
                    f"{unit.name} in {' '.join(one.pair)}: the instance is {one.status}"
                    + (f": {one.reason}" if one.reason else ""),
                    hint=remedy(unit.name, one),
                )
                for one in plan.stuck
            )

    def _notes(self, plan: Resumption) -> None:
        note = self._progress.note
        if plan.suspended:
            note(
                f"left out, for the account is suspended: {named([i.pair for i in plan.suspended])}"
            )
        if plan.untargeted:
            note(f"left out, for no targets any more: {named([i.pair for i in plan.untargeted])}")
        if plan.missing:
            note(f"not there yet, which `gen deploy` changes: {named(plan.missing)}")

    def _not_started(self, groups: tuple[Group, ...]) -> None:
        for account, region in (pair for group in groups for pair in group.pairs):
            self._progress.row(Row(account, region, Status.CANCELLED))
