"""A whole deployment, in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from generator.aws import Cloud, Identity, Stacks, StackSets
from generator.build.manifest import BuiltUnit, Manifest
from generator.deploy.account import UNIT as ACCOUNT
from generator.deploy.account import account_overrides
from generator.deploy.announcement import Announcement
from generator.deploy.identity import check_account
from generator.deploy.prefix_lists import prefix_list_overrides
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.publish import publish, template_source
from generator.deploy.releases import Releases
from generator.deploy.signing import signing_overrides
from generator.deploy.stack import StackDeployment
from generator.deploy.stack_set import StackSetDeployment
from generator.deploy.verify import Verification
from generator.deploy.watch import TemplateLines
from generator.errors import GenError
from generator.plan import DesiredSet, DesiredStack, stack_policy
from generator.plan.state import SetValues
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
        *, commit: str | None = None, sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        """`commit` is what the build was made from, as far as that is known."""
        self._manifest = manifest
        self._folder = folder
        self._cloud = cloud
        self._progress = progress
        self._commit = commit
        self._sleep = sleep
        self._pause = lambda: sleep(cloud.poll_seconds)
        self._purposes = {unit.name: unit.purpose for unit in UNITS}

    def run(self) -> Outcome:
        """Deploy every unit in order.

        Raises GenError for the wrong account before any other call, and with the root cause of the
        first unit that fails; later units are then left as they are.
        """
        releases = self._releases(self.check_account())
        outcome = Outcome()
        for unit in self._manifest.units:
            if unit.needs_code and self.publish():
                outcome.changed.append("code")
            self._progress.begin(unit.name, self._purposes.get(unit.name, ""))
            new_roles = "roles" in outcome.changed
            if unit.name == SERVICE:
                changed = self._release(unit, releases, new_roles=new_roles)
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
        return releases.keep(record, self._template(self._manifest.service))

    def _release(self, unit: BuiltUnit, releases: Releases, *, new_roles: bool) -> bool:
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
            changed = self._stack_set(
                unit, new_roles=new_roles, before_change=announcement.before_change
            )
            recorded = announcement.arrived(verify=lambda: verification.regions(unit.pairs))
        except GenError as error:
            raise announcement.failed(error) from error
        return changed or recorded

    def _stacks(self, unit: BuiltUnit) -> bool:
        template, changed = self._template(unit), False
        source = template_source(self._manifest, template, unit.name, self._cloud)
        for account, region in unit.pairs:
            if not self._cloud.reaches(account):
                self._progress.note(
                    f"account {account}: have its owner deploy build/{self._manifest.environment}/"
                    f"{unit.template} as {unit.stack_name} in {region}, or set targets.assume_role"
                )
                continue
            changed |= StackDeployment(
                DesiredStack(
                    name=unit.stack_name,
                    account=account,
                    region=region,
                    template=template,
                    parameters=unit.parameters,
                    tags=self._manifest.tags,
                    capabilities=unit.capabilities,
                    protected=self._manifest.termination_protection,
                    policy=stack_policy(template) if self._manifest.stack_policy else None,
                ),
                source=source,
                stacks=Stacks(self._cloud, account=account, region=region),
                lines=self._lines(unit),
                progress=self._progress,
                pause=self._pause,
            ).run()
        return changed

    def _stack_set(
        self, unit: BuiltUnit, *, new_roles: bool, before_change: Callable[[], None] = lambda: None
    ) -> bool:
        template = self._template(unit)
        overrides = {(o.account, o.region): o.parameters for o in unit.overrides}
        if unit.name == ACCOUNT:
            prefix = unit.stack_name.removesuffix(f"-{ACCOUNT}")
            overrides |= account_overrides(unit, prefix, cloud=self._cloud, progress=self._progress)
        overrides |= prefix_list_overrides(unit, cloud=self._cloud, progress=self._progress)
        overrides |= signing_overrides(unit, self._manifest, self._cloud, overrides)
        home = {"account": self._manifest.tools_account, "region": self._manifest.primary_region}
        return StackSetDeployment(
            DesiredSet(
                name=unit.stack_name,
                template=template,
                values=SetValues(
                    parameters=unit.parameters,
                    tags=self._manifest.tags,
                    capabilities=tuple(sorted(unit.capabilities)),
                    administration_role=self._manifest.administration_role,
                    execution_role=self._manifest.execution_role,
                ),
                waves=unit.waves,
                overrides=overrides,
            ),
            source=template_source(self._manifest, template, unit.name, self._cloud),
            cloud=self._cloud,
            sets=StackSets(self._cloud, **home),
            lines=self._lines(unit),
            progress=self._progress,
            pause=self._pause,
            new_roles=new_roles,
            before_change=before_change,
        ).run()

    def _template(self, unit: BuiltUnit) -> str:
        return (self._folder / unit.template).read_text(encoding="utf-8")

    def _lines(self, unit: BuiltUnit) -> TemplateLines:
        return TemplateLines.of_build(self._folder, unit.template, unit.sources)
