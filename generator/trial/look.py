"""Look at what was deployed: did it come up, why not, and what do its checks say?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.aws import AwsError, Cloud, Stacks
from generator.build.manifest import Manifest
from generator.deploy.operations.watch import TemplateLines, root_causes
from generator.errors import GenError, Problem
from generator.plan.state import StackState
from generator.trial.checks import DEPLOYED, Scene, ask, names_of
from generator.trial.copies import outputs_of
from generator.trial.design import Subject, Trial
from generator.units import SERVICE


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one question about a unit in a region."""

    unit: str
    region: str
    check: str
    problems: tuple[Problem, ...] = ()
    asked: bool = True
    """False when there was no stack to look at."""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.asked and not self.problems


@dataclass(frozen=True, slots=True)
class Look:
    """The eye of one run."""

    _trial: Trial
    _manifest: Manifest
    _build: Path
    _cloud: Cloud
    _refused: Mapping[tuple[str, str], str]
    """Why CloudFormation did not even begin, by test and region."""

    def at(self, subject: Subject) -> list[Result]:
        """Ask all that is asked of a unit in a region; only the first where it did not come up."""
        began = time.monotonic()
        stacks = Stacks(self._cloud, account=self._trial.account, region=subject.region)
        unit = self._manifest.unit(subject.unit)
        assert unit is not None  # it was chosen from them
        problems: list[Problem] = []
        state = None
        try:
            state = self._own_stack(subject, stacks)
            if state is None or state.status != "CREATE_COMPLETE":
                problems = self._causes(subject, stacks, state)
            else:
                resources = tuple(stacks.resources(state.id))
        except GenError as error:
            problems = list(error.problems)
        took = time.monotonic() - began
        first = Result(subject.unit, subject.region, DEPLOYED, tuple(problems), seconds=took)
        if problems or state is None:
            rest = (
                Result(subject.unit, subject.region, name, asked=False)
                for name in names_of(subject.unit)
            )
            return [first, *rest]
        template = (self._build / unit.template).read_text(encoding="utf-8")
        scene = Scene(
            subject.unit, subject.region, state, resources, tuple(outputs_of(template)),
            self._trial, self._manifest, self._cloud,
        )  # fmt: skip
        answers = ask(scene)
        return [
            first,
            *(
                Result(subject.unit, subject.region, name, tuple(wrong), seconds=seconds)
                for name, wrong, seconds in answers
            ),
        ]

    def _own_stack(self, subject: Subject, stacks: Stacks) -> StackState | None:
        if subject.nested is None:
            return stacks.describe(subject.stack)
        if stacks.describe(subject.stack) is None:
            return None
        found = next(
            (one for one in stacks.resources(subject.stack) if one.logical_id == subject.nested),
            None,
        )
        if found is None or not found.physical_id:
            return None
        return stacks.describe(found.physical_id)

    def _causes(self, subject: Subject, stacks: Stacks, state: StackState | None) -> list[Problem]:
        """Say why a unit's stack did not come up, by the lines of its template."""
        where = f"{subject.unit} in {subject.region}"
        test = SERVICE if subject.nested else subject.unit
        if reason := self._refused.get((test, subject.region)):
            return [Problem(f"{where}: {reason}")]
        try:
            events = root_causes(stacks, state.id if state else subject.stack)
        except AwsError as error:
            return [Problem(f"{where}: {error.message}")]
        if state is None:
            failed = events[0].logical_id.partition("/")[0].lower() if events else "its stack"
            return [Problem(f"{where}: it was not begun, for {failed} failed")]
        said = [self._lines(subject.unit).problem(event, where) for event in events]
        return said or [Problem(f"{where}: its stack is {state.status}: {state.reason}")]

    def _lines(self, name: str) -> TemplateLines:
        unit = self._manifest.unit(name)
        assert unit is not None
        return TemplateLines.of_build(self._build, unit.template, unit.sources)
