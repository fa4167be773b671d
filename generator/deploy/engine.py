"""A whole deployment, in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from generator.aws import Cloud, Parameters, Stacks, StackSets
from generator.build.manifest import BuiltUnit, Manifest
from generator.deploy.account import UNIT as ACCOUNT
from generator.deploy.account import account_overrides
from generator.deploy.prefix_lists import prefix_list_overrides
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.publish import publish, template_source
from generator.deploy.stack import StackDeployment
from generator.deploy.stack_set import StackSetDeployment
from generator.deploy.watch import TemplateLines
from generator.errors import GenError, Problem
from generator.plan import DesiredSet, DesiredStack
from generator.plan.state import SetValues
from generator.units import UNITS, Kind


@dataclass(slots=True)
class Outcome:
    """What a deployment did."""

    changed: list[str] = field(default_factory=list)
    """Names of the units that were created or updated."""


class Deployment:
    """Deploys one build."""

    def __init__(
        self, manifest: Manifest, folder: Path, cloud: Cloud, progress: Progress,
        *, sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        self._manifest = manifest
        self._folder = folder
        self._cloud = cloud
        self._progress = progress
        self._pause = lambda: sleep(cloud.poll_seconds)
        self._purposes = {unit.name: unit.purpose for unit in UNITS}

    def run(self) -> Outcome:
        """Deploy every unit in order.

        Raises GenError for the wrong account before any other call, and with the root cause of the
        first unit that fails; later units are then left as they are.
        """
        self.check_account()
        outcome = Outcome()
        for unit in self._manifest.units:
            if unit.needs_code and self.publish():
                outcome.changed.append("code")
            self._progress.begin(unit.name, self._purposes.get(unit.name, ""))
            deploy = self._stacks if unit.kind is Kind.STACK else self._stack_set
            changed = deploy(unit, new_roles="roles" in outcome.changed)
            self._progress.end("deployed" if changed else "nothing to do")
            if changed:
                outcome.changed.append(unit.name)
            if unit.needs_code:
                self._record()
        return outcome

    def check_account(self) -> None:
        """Refuse credentials of another account than the pinned one."""
        pinned = self._manifest.tools_account
        identity = self._cloud.identity(self._manifest.primary_region)
        if identity.account != pinned:
            raise GenError(
                Problem(
                    f"these credentials belong to account {identity.account} ({identity.arn}),"
                    f" but '{self._manifest.environment}' is pinned to {pinned}",
                    hint="use credentials of that account (--profile), or change"
                    f" targets.tools_account in params/{self._manifest.environment}.yaml",
                )
            )

    def _record(self) -> None:
        """Point `current` at the release that every region now runs."""
        parameters = Parameters(self._cloud, region=self._manifest.primary_region)
        name = self._manifest.current_release_parameter
        if parameters.get(name) != self._manifest.release:
            parameters.put(name, self._manifest.release)

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

    def _stacks(self, unit: BuiltUnit, *, new_roles: bool) -> bool:
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
                ),
                source=source,
                stacks=Stacks(self._cloud, account=account, region=region),
                lines=self._lines(unit),
                progress=self._progress,
                pause=self._pause,
            ).run()
        return changed

    def _stack_set(self, unit: BuiltUnit, *, new_roles: bool) -> bool:
        template = self._template(unit)
        overrides = {(o.account, o.region): o.parameters for o in unit.overrides}
        if unit.name == ACCOUNT:
            prefix = unit.stack_name.removesuffix(f"-{ACCOUNT}")
            overrides |= account_overrides(unit, prefix, cloud=self._cloud, progress=self._progress)
        overrides |= prefix_list_overrides(unit, cloud=self._cloud, progress=self._progress)
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
        ).run()

    def _template(self, unit: BuiltUnit) -> str:
        return (self._folder / unit.template).read_text(encoding="utf-8")

    def _lines(self, unit: BuiltUnit) -> TemplateLines:
        return TemplateLines.of_build(self._folder, unit.template, unit.sources)
