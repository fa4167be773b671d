"""Plan a deployment: read everything as it is, all units at once, and change nothing."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from generator.aws import Cloud, Stacks, StackSets
from generator.build.manifest import BuiltUnit, Manifest
from generator.deploy.change_sets import AskChangeSets
from generator.deploy.desired import Desired
from generator.deploy.reality import read_set, read_stack
from generator.deploy.release.publish import new_packages
from generator.errors import GenError
from generator.plan import (
    DesiredSet,
    StackAction,
    decide,
    differences,
    differences_of_set,
    read_schemas,
    steps,
)
from generator.plan.calls import calls_of_set, calls_of_stack
from generator.plan.document import (
    Announcement,
    Call,
    Change,
    PairPlan,
    Plan,
    UnitPlan,
    Upload,
    parameters_of,
)
from generator.plan.evaluation import secret_parameters
from generator.plan.matrix import matrix, stack_reasons
from generator.plan.plain import canonical
from generator.plan.schemas import FILE
from generator.plan.state import ActualSet, ActualStack
from generator.plan.templates import read_template
from generator.units import UNITS, Kind, Pair

OwnValues = dict[Pair, dict[str, str]]
_CHANGES = {
    StackAction.NOTHING: Change.UNCHANGED,
    StackAction.CREATE: Change.ADD,
    StackAction.UPDATE: Change.UPDATE,
    StackAction.PROTECT: Change.UPDATE,
    StackAction.RECREATE: Change.RETRY,
    StackAction.WAIT: Change.WAIT,
    StackAction.STUCK: Change.STUCK,
}
_PURPOSES = {unit.name: unit.purpose for unit in UNITS}


class Planner:
    """Plans what a deployment of one build would do."""

    def __init__(self, manifest: Manifest, folder: Path, cloud: Cloud, *, prune: bool = False):
        self._manifest = manifest
        self._folder = folder
        self._cloud = cloud
        self._prune = prune
        self._ask: AskChangeSets | None = None
        self._desired = Desired(manifest, folder, cloud, prune=prune)
        self._schemas = read_schemas((folder / FILE).read_text(encoding="utf-8"))
        self._home = {"account": manifest.tools_account, "region": manifest.primary_region}

    def plan(self, *, deep: bool = False) -> Plan:
        """Read all units at the same time and say what would be done.

        A deep plan asks CloudFormation, too, by change sets of the stacks of the first wave.
        Raises GenError with everything that keeps from looking, and for packages that are not the
        bytes that were built.
        """
        self._ask = AskChangeSets(self._manifest, self._desired, self._cloud) if deep else None
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="plan") as pool:
            uploads = pool.submit(new_packages, self._manifest, self._cloud)
            units = [pool.submit(self._unit, unit) for unit in self._manifest.units]
            errors = [uploads.exception(), *(job.exception() for job in units)]
            problems = [
                p for error in errors if isinstance(error, GenError) for p in error.problems
            ]
            if problems:
                raise GenError(problems)
            return Plan(
                project=self._manifest.project,
                environment=self._manifest.environment,
                release=self._manifest.release,
                build=self._manifest.inputs,
                prune=self._prune,
                uploads=tuple(Upload(*one) for one in uploads.result()),
                units=tuple(job.result() for job in units),
            )

    def _unit(self, unit: BuiltUnit) -> UnitPlan:
        return self._stacks(unit) if unit.kind is Kind.STACK else self._stack_set(unit)

    def _stacks(self, unit: BuiltUnit) -> UnitPlan:
        pairs, calls, found = list[PairPlan](), list[Call](), dict[str, ActualStack]()
        asked: list[Announcement] = []
        for account, region in unit.pairs:
            if not self._cloud.reaches(account):
                owners = "cannot be reached from here: its owner deploys it"
                pairs.append(PairPlan(account, region, Change.SKIP, (owners,), 1))
                continue
            desired = self._desired.stack(unit, account=account, region=region)
            actual = read_stack(Stacks(self._cloud, account=account, region=region), desired.name)
            action = decide(desired, actual)
            why = stack_reasons(desired, actual, action)
            pairs.append(PairPlan(account, region, _CHANGES[action], why, 1))
            calls += calls_of_stack(desired, actual, action)
            if self._ask and action is StackAction.UPDATE:
                asked.append(self._ask(unit, (account, region), desired.name, desired.parameters))
            found[f"{account} {region}"] = actual
        before = next(iter(found.values()), ActualStack())
        return UnitPlan(
            name=unit.name,
            kind=unit.kind.value,
            purpose=_PURPOSES.get(unit.name, ""),
            stack_name=unit.stack_name,
            why=(),
            pairs=tuple(pairs),
            **self._contents(
                unit,
                before.template,
                before.state.parameters if before.state else None,
                unit.parameters,
            ),
            calls=tuple(calls),
            notes=(),
            announced=tuple(asked),
            basis=_basis(found),
        )

    def _stack_set(self, unit: BuiltUnit) -> UnitPlan:
        notes: list[str] = []
        desired = self._desired.stack_set(unit, note=notes.append, ahead=True)
        actual = read_set(StackSets(self._cloud, **self._home), desired)
        planned = steps(desired, actual)
        pairs = matrix(desired, actual, planned)
        busy = actual.latest is not None and actual.latest.in_progress
        if busy and actual.latest:
            notes.append(
                f"operation {actual.latest.id} is {actual.latest.status}: a deployment waits for"
                " it, then plans from what it left"
            )
        return UnitPlan(
            name=unit.name,
            kind=unit.kind.value,
            purpose=_PURPOSES.get(unit.name, ""),
            stack_name=unit.stack_name,
            why=("the set does not exist",) if actual.state is None
            else tuple(f"the set's {n} changed" for n in differences_of_set(desired, actual)),
            pairs=pairs,
            **self._contents(
                unit,
                actual.state.template if actual.state else None,
                actual.state.values.parameters if actual.state else None,
                desired.values.parameters,
                own_before=actual.overrides,
                own_after=desired.overrides,
            ),
            calls=calls_of_set(desired, actual, planned, **self._home),
            notes=tuple(notes),
            announced=self._ask_first_wave(unit, desired, actual, pairs),
            basis=_basis(_plain(actual)),
            latest_operation=actual.latest.id if actual.latest else None,
        )  # fmt: skip

    def _ask_first_wave(
        self, unit: BuiltUnit, desired: DesiredSet, actual: ActualSet, pairs: tuple[PairPlan, ...]
    ) -> tuple[Announcement, ...]:
        ask = self._ask
        stacks = {one.pair: one.stack_id for one in actual.instances}
        first = [
            pair
            for one in pairs
            if one.wave == 1 and one.change in {Change.UPDATE, Change.RETRY}
            if stacks.get(pair := (one.account, one.region))
        ]
        if ask is None or not first:
            return ()
        known = desired.values.parameters
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="ask") as pool:
            jobs = [
                pool.submit(ask, unit, pair, stacks[pair], known | desired.overrides.get(pair, {}))
                for pair in first
            ]
            return tuple(job.result() for job in jobs)

    def _contents(
        self, unit: BuiltUnit, template: str | None, before: dict[str, str] | None,
        after: dict[str, str], *, own_before: OwnValues | None = None,
        own_after: OwnValues | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Compare templates and values."""
        new = self._desired.template(unit)
        secret = secret_parameters(read_template(new))
        if template is not None:
            secret |= secret_parameters(read_template(template))
        return {
            "parameters": parameters_of(
                before, after, own_before=own_before or {}, own_after=own_after or {},
                secret=secret,
            ),
            "resources": tuple(
                differences(
                    template, new, schemas=self._schemas,
                    parameters_before=before or {}, parameters_after=after,
                )
            ) if template is not None else (),
        }  # fmt: skip


def _plain(actual: ActualSet) -> dict[str, object]:
    own = {" ".join(pair): values for pair, values in actual.overrides.items()}
    return {"set": replace(actual, overrides={}), "own": own}


def _basis(found: object) -> str:
    """Digest what was found, so that a saved plan can tell whether it still is so."""
    return hashlib.sha256(canonical(found).encode()).hexdigest()[:16]
