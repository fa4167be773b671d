"""Find what was changed behind CloudFormation's back, in every account and region at once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from generator.aws import AwsError, Cloud, Stacks, StackSets
from generator.aws.drift import InstanceDrift, SetDrifts, StackDrifts
from generator.config import Config, Names
from generator.deploy.board import Board
from generator.deploy.inspection.drift_report import (
    DRIFTED,
    IN_SYNC,
    NOT_CHECKED,
    UNKNOWN,
    DriftedResource,
    DriftReport,
    StackDrift,
    UncheckedResource,
    UnitDrift,
)
from generator.deploy.operations.operation import OperationWatch
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.progress import Progress, Status
from generator.deploy.stack import Pause
from generator.errors import GenError, Problem
from generator.plan.drifts import CHANGED, Mask, ResourceDrift
from generator.plan.state import Result
from generator.units import Kind, Pair, Unit, units_of

_BUSY = {"OperationInProgressException", "StaleRequestException"}
"""Somebody else's operation has begun between our look and our call."""
_FAR_AWAY = "this account cannot be looked into from here"
_NO_LINES = TemplateLines("{}", "[]")
_Looked = tuple[StackDrift, tuple[UncheckedResource, ...]]


class DriftDetection:
    """Looks for drift in the stacks of one environment."""

    def __init__(
        self, config: Config, cloud: Cloud, progress: Progress,
        *, lines: Mapping[str, TemplateLines], sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        """`lines` are those of each unit's template, as far as they are known."""
        self._config = config
        self._cloud = cloud
        self._progress = progress
        self._board = Board(progress)
        self._lines = lines
        self._pause: Pause = lambda: sleep(cloud.poll_seconds)
        self._home = {"account": config.targets.tools_account, "region": config.regions.primary}

    def run(self, units: Sequence[str] = ()) -> DriftReport:
        """Look at some units, or at all; a unit's failure leaves the others' results as they are.

        What nobody has changed is looked at, too: CloudFormation compares only when it is told to.
        """
        chosen = [one for one in units_of(self._config) if not units or one.name in units]
        self._progress.begin("drift", "was anything changed behind CloudFormation's back?")
        with ThreadPoolExecutor(
            max_workers=max(1, len(chosen)), thread_name_prefix="units"
        ) as pool:
            looks = list(pool.map(self._look, chosen))
        found = tuple(unit for unit, _ in looks)
        drifted = any(unit.drifted for unit in found)
        self._progress.end("drifted" if drifted else "nothing has drifted")
        problems = [problem for _, problems in looks for problem in problems]
        return DriftReport(
            project=self._config.project,
            environment=self._config.environment,
            drifted=drifted,
            units=found,
            problems=tuple(dict.fromkeys(problems)),
        )

    def _look(self, unit: Unit) -> tuple[UnitDrift, Sequence[Problem]]:
        name = Names.of(self._config).stack(unit.name)
        try:
            looked = self._stacks(unit, name) if unit.kind is Kind.STACK else self._set(unit, name)
        except GenError as error:
            return UnitDrift(unit.name, name, ()), error.problems
        stacks = tuple(stack for stack, _ in looked)
        unchecked = {one.logical_id: one for _, resources in looked for one in resources}
        for stack in stacks:
            status = Status.FAILED if stack.status == UNKNOWN else Status.DONE
            self._board.show(unit.name, (stack.account, stack.region), status, _told(stack))
        return UnitDrift(unit.name, name, stacks, tuple(unchecked.values())), [
            Problem(f"{name} in {stack.account} {stack.region}: {stack.reason}")
            for stack in stacks
            if stack.status == UNKNOWN
        ]

    # ---- Single stacks

    def _stacks(self, unit: Unit, name: str) -> list[_Looked]:
        pairs = [pair for wave in unit.waves(self._config) for pair in wave]
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="drift") as pool:
            found = pool.map(lambda pair: self._stack(unit, name, pair), pairs)
            return [looked for looked in found if looked]

    def _stack(self, unit: Unit, name: str, pair: Pair) -> _Looked | None:
        """Look at one stack; None when there is none."""
        if not self._cloud.reaches(pair[0]):
            return StackDrift(*pair, NOT_CHECKED, _FAR_AWAY), ()
        stacks = Stacks(self._cloud, account=pair[0], region=pair[1])
        self._board.show(unit.name, pair, Status.RUNNING)
        if not self._settled(stacks, name):
            return None
        drifts = StackDrifts(self._cloud, account=pair[0], region=pair[1])
        try:
            detection = drifts.detection(started := self._start(drifts, name))
            while detection.status == "DETECTION_IN_PROGRESS":
                self._pause()
                detection = drifts.detection(started)
        except AwsError as error:
            if error.code != "ValidationError":
                raise
            return StackDrift(*pair, UNKNOWN, error.message), ()
        resources = drifts.resources(name)
        template = stacks.template(name) if detection.drift == DRIFTED else "{}"
        # One resource that cannot be compared hides none of those that can.
        failed = detection.status == "DETECTION_FAILED" and detection.drift != DRIFTED
        status = UNKNOWN if failed else detection.drift
        return self._stack_drift(unit, pair, status, detection.reason, resources, template)

    def _settled(self, stacks: Stacks, name: str) -> bool:
        """Wait while the stack is being changed; say whether there is one."""
        said = False
        while (state := stacks.describe(name)) and state.in_progress:
            if not said:
                self._board.note(f"waiting for stack {name}, which is {state.status}")
            said = True
            self._pause()
        return state is not None

    def _start(self, drifts: StackDrifts, name: str) -> str:
        said = False
        while True:
            try:
                return drifts.detect(name)
            except AwsError as error:
                if "already in progress" not in error.message:
                    raise
            if not said:
                self._board.note(f"waiting for somebody else's drift detection of stack {name}")
            said = True
            self._pause()

    # ---- StackSets

    def _set(self, unit: Unit, name: str) -> list[_Looked]:
        sets, drifts = StackSets(self._cloud, **self._home), SetDrifts(self._cloud, **self._home)
        actual = sets.describe(name)
        if actual is None or not (instances := drifts.instances(name)):
            return []
        for one in instances:
            self._board.show(unit.name, one.pair, Status.WAITING)
        watch = OperationWatch(
            name, cloud=self._cloud, sets=sets, lines=self._lines.get(unit.name, _NO_LINES),
            progress=self._board.of(unit.name), pause=self._pause,
        )  # fmt: skip
        operation = self._detect(watch, drifts, name)
        ended = watch.follow(operation)
        results = {(r.account, r.region): r for r in sets.results(name, operation)}
        instances = drifts.instances(name)
        # What cannot be compared is the same wherever the template is: one instance tells.
        near = (one for one in instances if one.drift == IN_SYNC)
        sample = next((one for one in near if self._cloud.reaches(one.account)), None)

        def look(one: InstanceDrift) -> _Looked:
            result = results.get(one.pair)
            if result is None or result.status != "SUCCEEDED":
                return _unlooked(one, result, ended.reason), ()
            resources: list[ResourceDrift] = []
            if one.drift == DRIFTED and not self._cloud.reaches(one.account):
                resources = drifts.resources(name, one.pair, operation=operation)
            elif one.drift == DRIFTED or one is sample:
                where = {"account": one.account, "region": one.region}
                resources = StackDrifts(self._cloud, **where).resources(one.stack_id)
            return self._stack_drift(unit, one.pair, one.drift, "", resources, actual.template)

        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="drift") as pool:
            return list(pool.map(look, instances))

    def _detect(self, watch: OperationWatch, drifts: SetDrifts, name: str) -> str:
        """Start an operation, after whatever is under way on the set; give its id."""
        operation = f"gen-drift-{uuid.uuid4()}"
        while True:
            watch.wait_until_idle()
            try:
                drifts.detect(name, operation=operation)
            except AwsError as error:
                if error.code not in _BUSY:
                    raise
                self._pause()
            else:
                return operation

    def _stack_drift(
        self, unit: Unit, pair: Pair, status: str, reason: str, resources: list[ResourceDrift],
        template: str,
    ) -> _Looked:  # fmt: skip
        lines = self._lines.get(unit.name, _NO_LINES)
        changed = [one for one in resources if one.status in CHANGED]
        mask = Mask(template) if changed else None
        drifted = []
        for one in (mask.masked(one) if mask else one for one in changed):
            origin = lines.origin(one.logical_id)
            drifted.append(
                DriftedResource(
                    logical_id=one.logical_id,
                    physical_id=one.physical_id,
                    type=one.type,
                    status=one.status,
                    differences=one.differences,
                    file=origin.file if origin else None,
                    line=origin.line if origin else None,
                )
            )
        unchecked = tuple(
            UncheckedResource(one.logical_id, one.type, one.reason)
            for one in resources
            if one.status not in {IN_SYNC, *CHANGED}
        )
        return StackDrift(*pair, status, reason, tuple(drifted)), unchecked


def _unlooked(one: InstanceDrift, result: Result | None, reason: str) -> StackDrift:
    """Say why an instance was not compared: it is new, its account suspended, or it failed."""
    if one.detailed_status == "SKIPPED_SUSPENDED_ACCOUNT":
        return StackDrift(*one.pair, NOT_CHECKED, "its account is suspended")
    if result is None:
        return StackDrift(*one.pair, NOT_CHECKED, "it was added meanwhile")
    if result.status in {"FAILED", "CANCELLED"}:
        return StackDrift(*one.pair, UNKNOWN, result.reason or reason or result.status)
    return StackDrift(*one.pair, NOT_CHECKED, result.reason or result.status)


def _told(stack: StackDrift) -> str:
    if stack.status == DRIFTED:
        count = len(stack.resources)
        return f"{count} resource{'s' * (count != 1)} drifted"
    return {IN_SYNC: "in sync", NOT_CHECKED: "not checked"}.get(stack.status, stack.reason)
