"""What is deployed of an environment, as far as its parameter file names it; no build is needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.aws import Cloud, Stacks, StackSets
from generator.build.folder import folder_of
from generator.build.manifest import Manifest
from generator.config import Config, Names
from generator.deploy.operations.operation import OperationWatch
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.progress import Progress
from generator.plan.text import same_text
from generator.units import Kind, Pair, Unit, units_of


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit, and the name of its stack or StackSet."""

    unit: Unit
    name: str


class Environment:
    """The stacks and StackSets of one environment."""

    def __init__(
        self, root: Path, config: Config, cloud: Cloud, progress: Progress,
        *, sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        self.config = config
        self.cloud = cloud
        self.progress = progress
        self.home = {"account": config.targets.tools_account, "region": config.regions.primary}
        self.sets = StackSets(cloud, **self.home)
        self.sleep = sleep
        self._root = root

    def pause(self) -> None:
        """Wait before the next look."""
        self.sleep(self.cloud.poll_seconds)

    @property
    def stack_sets(self) -> list[NamedUnit]:
        """Name the StackSets, in the order of deployment."""
        return list(self._named(Kind.STACK_SET))

    @property
    def stacks(self) -> list[tuple[NamedUnit, Pair]]:
        """Name the stacks that can be looked into, in the order of deployment."""
        return [
            (named, pair)
            for named in self._named(Kind.STACK)
            for wave in named.unit.waves(self.config)
            for pair in wave
            if self.cloud.reaches(pair[0])
        ]

    def _named(self, kind: Kind) -> Iterator[NamedUnit]:
        names = Names.of(self.config)
        for unit in units_of(self.config):
            if unit.kind is kind:
                yield NamedUnit(unit, names.stack(unit.name))

    def watch(self, named: NamedUnit) -> OperationWatch:
        """Give what follows the operations of a StackSet."""
        actual = self.sets.describe(named.name)
        return OperationWatch(
            named.name,
            cloud=self.cloud,
            sets=self.sets,
            lines=self._lines(named.unit, actual.template if actual else ""),
            progress=self.progress,
            pause=self.pause,
        )

    def lines_of_stack(self, named: NamedUnit, stacks: Stacks) -> TemplateLines:
        """Say where the resources of a deployed stack were written."""
        return self._lines(named.unit, stacks.template(named.name))

    def _lines(self, unit: Unit, deployed: str) -> TemplateLines:
        """Say where the resources of a template were written, if it is the one that is built."""
        folder = folder_of(self._root, self.config.environment)
        try:
            manifest = Manifest.from_json((folder / "manifest.json").read_text(encoding="utf-8"))
            if built := manifest.unit(unit.name):
                text = (folder / built.template).read_text(encoding="utf-8")
                if same_text(text, deployed):
                    return TemplateLines.of_build(folder, built.template, built.sources)
        except (OSError, ValueError, KeyError, TypeError):
            pass  # No build, or another gen's: the causes are told without lines.
        return TemplateLines(deployed, "[]")
