"""A whole deployment, in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from generator.aws import Cloud, Identity, Stacks, StackSets, TemplateSource
from generator.build.manifest import BuiltUnit, Manifest
from generator.deploy.checks import findings
from generator.deploy.desired import Desired
from generator.deploy.identity import check_account
from generator.deploy.planning import Planner
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.release.announcement import Announcement
from generator.deploy.release.publish import publish, template_source
from generator.deploy.release.releases import Releases
from generator.deploy.release.verify import Verification
from generator.deploy.stack import StackDeployment
from generator.deploy.stack_set import StackSetDeployment
from generator.errors import GenError
from generator.plan.document import Change, Plan, UnitPlan
from generator.preflight import Finding
from generator.releases import Record, Service
from generator.units import SERVICE, UNITS, Kind


@dataclass(slots=True)
class Outcome:
    """What a deployment did."""

    changed: list[str] = field(default_factory=list)
    """Names of the units that were created or updated."""


class Deployment:
    """Deploys one build."""

    def __init__(
        self, manifest: Manifest, folder: Path, cloud: Cloud, progress: Progress,
        *, commit: str | None = None, prune: bool = False,
        allow_replace: frozenset[str] = frozenset(),
        sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        """`commit` is what the build was made from, as far as that is known.

        With `prune` the stacks of instances that are no targets any more are deleted.
        `allow_replace` names stateful resources, by logical id, that may be replaced or deleted.
        """
        self._manifest = manifest
        self._folder = folder
        self._cloud = cloud
        self._progress = progress
        self._commit = commit
        self._prune = prune
        self._allow_replace = allow_replace
        self._desired = Desired(manifest, folder, cloud, prune=prune)
        self._sleep = sleep
        self._pause = lambda: sleep(cloud.poll_seconds)
        self._purposes = {unit.name: unit.purpose for unit in UNITS}

    def plan(self, *, deep: bool = False) -> Plan:
        """Say what a deployment would do now, and change nothing."""
        self.check_account()
        return Planner(self._manifest, self._folder, self._cloud, prune=self._prune).plan(deep=deep)

    def findings(self, plan: Plan, *, ignore: frozenset[str] = frozenset()) -> list[Finding]:
        """Say what speaks against a plan: what would fail half-way, and what would lose data."""
        return findings(
            plan, self._manifest, self._folder, self._cloud,
            allow_replace=self._allow_replace, ignore=ignore,
        )  # fmt: skip

    def run(self, plan: Plan) -> Outcome:
        """Deploy every unit in order, as far as the plan of this moment has anything to do.

        Raises GenError with the root cause of the first unit that fails; later units are then left
        as they are.
        """
        releases = self._releases(self.check_account())
        outcome = Outcome()
        for unit in self._manifest.units:
            if unit.needs_code and (plan.uploads or outcome.changed) and self.publish():
                outcome.changed.append("code")
            self._progress.begin(unit.name, self._purposes.get(unit.name, ""))
            planned = plan.unit(unit.name)
            # What was done to the units before may change what is to be done to this one.
            idle = planned if planned and not planned.changes and not outcome.changed else None
            new_roles = "roles" in outcome.changed
            if unit.name == SERVICE:
                changed = self._release(unit, releases, new_roles=new_roles, idle=idle)
            elif idle:
                changed = self._leave(idle)
            elif unit.kind is Kind.STACK:
                changed = self._stacks(unit)
            else:
                changed = self._stack_set(unit, new_roles=new_roles)
            self._progress.end("deployed" if changed else "nothing to do")
            if changed:
                outcome.changed.append(unit.name)
        return outcome

    def check_account(self) -> Identity:
        """Refuse credentials of another account than the pinned one."""
        return check_account(self._cloud, self._manifest)

    def publish_release(self) -> tuple[Record, Releases]:
        """Put packages, template and record where a deployment finds them; give the record."""
        releases = self._releases(self.check_account())
        self.publish()
        return self._record(releases), releases

    def publish(self) -> bool:
        """Put the packages into every region; say whether any was new."""
        self._progress.begin("code", "the functions' packages in every region")
        account = self._manifest.tools_account

        def said(region: str, packages: int, new: int) -> None:
            status = Status.DONE if new else Status.UNCHANGED
            detail = f"{packages} package{'s' * (packages != 1)}, {new} new"
            self._progress.row(Row(account, region, status, detail))

        changed = publish(self._manifest, self._folder, self._cloud, said=said)
        self._progress.end("uploaded" if changed else "nothing to do")
        return changed

    def _releases(self, identity: Identity) -> Releases:
        return Releases(self._cloud, Service.of_build(self._manifest), by=identity.arn)

    def _record(self, releases: Releases) -> Record:
        """Write the release's record, or find the one that is there."""
        built = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        record = Record.of_build(self._manifest, commit=self._commit, built=built, by=releases.by)
        return releases.keep(record, self._desired.template(self._manifest.service))

    def _leave(self, unit: UnitPlan) -> bool:
        """Show a unit that is as it should be."""
        for note in unit.notes:
            self._progress.note(note)
        for pair in unit.pairs:
            if pair.change is Change.RETAIN:
                self._progress.note(f"{pair.account} {pair.region} {pair.why[0]}")
            else:
                detail = "; ".join(pair.why)
                self._progress.row(Row(pair.account, pair.region, Status.UNCHANGED, detail))
        return False

    def _release(
        self, unit: BuiltUnit, releases: Releases, *, new_roles: bool, idle: UnitPlan | None
    ) -> bool:
        """Give every region the release, see that it runs there, and note all of it."""
        record = self._record(releases)
        announcement = Announcement(releases, record, commit=self._commit)
        verification = Verification(
            service=releases.service,
            record=record,
            cloud=self._cloud,
            progress=self._progress,
            overrides=releases.service.overrides,
            sleep=self._sleep,
        )
        try:
            changed = (
                self._leave(idle)
                if idle
                else self._stack_set(
                    unit, new_roles=new_roles, before_change=announcement.before_change
                )
            )
            recorded = announcement.arrived(verify=lambda: verification.regions(unit.pairs))
        except GenError as error:
            raise announcement.failed(error) from error
        return changed or recorded

    def _stacks(self, unit: BuiltUnit) -> bool:
        source, changed = self._source(unit), False
        for account, region in unit.pairs:
            if not self._cloud.reaches(account):
                self._progress.note(
                    f"account {account}: have its owner deploy build/{self._manifest.environment}/"
                    f"{unit.template} as {unit.stack_name} in {region}, or set targets.assume_role"
                )
                continue
            changed |= StackDeployment(
                self._desired.stack(unit, account=account, region=region),
                source=source,
                stacks=Stacks(self._cloud, account=account, region=region),
                lines=self._desired.lines(unit),
                progress=self._progress,
                pause=self._pause,
                allow_replace=self._allow_replace,
            ).run()
        return changed

    def _stack_set(
        self, unit: BuiltUnit, *, new_roles: bool, before_change: Callable[[], None] = lambda: None
    ) -> bool:
        home = {"account": self._manifest.tools_account, "region": self._manifest.primary_region}
        return StackSetDeployment(
            self._desired.stack_set(unit, note=self._progress.note),
            source=self._source(unit),
            cloud=self._cloud,
            sets=StackSets(self._cloud, **home),
            lines=self._desired.lines(unit),
            progress=self._progress,
            pause=self._pause,
            new_roles=new_roles,
            before_change=before_change,
        ).run()

    def _source(self, unit: BuiltUnit) -> TemplateSource:
        text = self._desired.template(unit)
        return template_source(self._manifest, text, unit.name, self._cloud)
