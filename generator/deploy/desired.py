"""What a build wants each unit to be, completed by what only the accounts and regions know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generator.aws import Cloud
from generator.build.manifest import BuiltUnit, Manifest
from generator.deploy.account import UNIT as ACCOUNT
from generator.deploy.account import account_overrides
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.prefix_lists import prefix_list_overrides
from generator.deploy.release.signing import signing_overrides
from generator.errors import GenError
from generator.plan import DesiredSet, DesiredStack, stack_policy
from generator.plan.state import SetValues


class Desired:
    """The units of one build as they should be."""

    def __init__(self, manifest: Manifest, folder: Path, cloud: Cloud, *, prune: bool = False):
        self._manifest = manifest
        self._folder = folder
        self._cloud = cloud
        self._prune = prune

    def stack(self, unit: BuiltUnit, *, account: str, region: str) -> DesiredStack:
        """Give a unit's stack."""
        template = self.template(unit)
        return DesiredStack(
            name=unit.stack_name,
            account=account,
            region=region,
            template=template,
            parameters=unit.parameters,
            tags=self._manifest.tags,
            capabilities=unit.capabilities,
            protected=self._manifest.termination_protection,
            policy=stack_policy(template) if self._manifest.stack_policy else None,
        )

    def stack_set(
        self, unit: BuiltUnit, *, note: Callable[[str], None], ahead: bool = False
    ) -> DesiredSet:
        """Give a unit's set; looks up in each region what only that knows, and tells of it.

        `ahead` of the units before it, what they have not made yet is left open. Else raises
        GenError for it.
        """
        overrides = {(o.account, o.region): o.parameters for o in unit.overrides}
        if unit.name == ACCOUNT:
            prefix = unit.stack_name.removesuffix(f"-{ACCOUNT}")
            overrides |= account_overrides(unit, prefix, cloud=self._cloud, note=note)
        overrides |= prefix_list_overrides(unit, cloud=self._cloud)
        try:
            overrides |= signing_overrides(unit, self._manifest, self._cloud, overrides)
        except GenError:
            if not ahead:
                raise
            note("the regions' signing profiles are known once the artifacts unit is deployed")
        return DesiredSet(
            name=unit.stack_name,
            template=self.template(unit),
            values=self.values(unit),
            waves=unit.waves,
            overrides=overrides,
            prune=self._prune,
        )

    def values(self, unit: BuiltUnit) -> SetValues:
        """Give all that a unit's set has besides its template."""
        return SetValues(
            parameters=unit.parameters,
            tags=self._manifest.tags,
            capabilities=tuple(sorted(unit.capabilities)),
            administration_role=self._manifest.administration_role,
            execution_role=self._manifest.execution_role,
        )

    def template(self, unit: BuiltUnit) -> str:
        """Read a unit's rendered template."""
        return (self._folder / unit.template).read_text(encoding="utf-8")

    def lines(self, unit: BuiltUnit) -> TemplateLines:
        """Tell where the lines of a unit's template were written."""
        return TemplateLines.of_build(self._folder, unit.template, unit.sources)
