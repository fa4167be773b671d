"""Bring one StackSet and its instances to where they should be, wave by wave."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from generator.aws import AwsError, Cloud, Stacks, StackSets, TemplateSource
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.stack import Pause
from generator.deploy.watch import Tail, TemplateLines, root_causes
from generator.errors import GenError, Problem
from generator.plan import (
    CreateInstances,
    CreateSet,
    DesiredSet,
    Step,
    UpdateInstances,
    UpdateSet,
    kept,
    steps,
)
from generator.plan.state import Instance, Operation, Result, StackEvent
from generator.units import Pair

_STATUSES = {
    "PENDING": Status.WAITING,
    "RUNNING": Status.RUNNING,
    "SUCCEEDED": Status.DONE,
    "FAILED": Status.FAILED,
    "CANCELLED": Status.CANCELLED,
}
_MOVED = {"OperationInProgressException", "StaleRequestException", "NameAlreadyExistsException"}
"""Somebody else changed the set between our look and our call."""
_ROLE_ATTEMPTS = 6
_ROLE_PAUSES = 4
"""Pauses between attempts: a new role takes up to half a minute to be known everywhere."""


class _MovedError(Exception):
    """What was planned no longer fits what is there."""


class StackSetDeployment:
    """One StackSet's way to its desired state."""

    def __init__(
        self, desired: DesiredSet, *, source: TemplateSource, cloud: Cloud, sets: StackSets,
        lines: TemplateLines, progress: Progress, pause: Pause, new_roles: bool = False,
        before_change: Callable[[], None] = lambda: None,
    ):  # fmt: skip
        """`before_change` is called before each operation, and may raise GenError to stop."""
        self._desired = desired
        self._source = source
        self._cloud = cloud
        self._sets = sets
        self._lines = lines
        self._progress = progress
        self._pause = pause
        self._before_change = before_change
        self._attempts_left = _ROLE_ATTEMPTS if new_roles else 0

    def run(self) -> bool:
        """Carry out what is needed; say whether anything was done.

        An operation that is under way (ours from an interrupted run, or somebody else's) is waited
        for, and the plan is made from what it left. Raises GenError with the root cause of each
        failed instance; later waves are then not begun.
        """
        changed = False
        while True:
            self._wait_until_idle()
            plan, untouched = self._plan()
            for pair in untouched:
                self._show(pair, Status.DONE if changed else Status.UNCHANGED)
            try:
                for number, step in enumerate(plan, 1):
                    changed = True
                    self._carry_out(step, later=plan[number:])
            except _MovedError:
                continue
            return changed

    def _plan(self) -> tuple[list[Step], list[Pair]]:
        name = self._desired.name
        actual = self._sets.describe(name)
        instances = self._sets.instances(name) if actual else []
        wanted = [i.pair for i in instances if i.pair in set(self._desired.pairs)]
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="overrides") as pool:
            read = pool.map(lambda pair: self._sets.overrides(name, pair), wanted)
            overrides = dict(zip(wanted, read, strict=True))
        for instance in kept(self._desired, instances):
            self._progress.note(
                f"{instance.account} {instance.region} is no target any more: its stack is kept"
            )
        plan = steps(self._desired, actual, instances, overrides)
        if any(isinstance(step, UpdateSet) and step.reaches is None for step in plan):
            return plan, []
        busy = {pair for step in plan for pair in step.pairs}
        return plan, [pair for pair in self._desired.pairs if pair not in busy]

    def _carry_out(self, step: Step, *, later: list[Step]) -> None:
        name, operation = self._desired.name, f"gen-{uuid.uuid4()}"
        tolerant = self._desired.at_once
        self._before_change()
        for pair in step.pairs:
            self._show(pair, Status.WAITING)
        match step:
            case CreateSet():
                self._start(
                    lambda: self._sets.create(
                        name, self._source, self._desired.values, token=operation
                    )
                )
                return
            case UpdateSet(reaches):
                self._start(
                    lambda: self._sets.update(
                        name,
                        self._source,
                        self._desired.values,
                        reaches=reaches,
                        operation=operation,
                        tolerant=tolerant,
                    )
                )
            case CreateInstances(group, overrides):
                self._start(
                    lambda: self._sets.create_instances(
                        name, group, overrides=overrides, operation=operation
                    )
                )
            case UpdateInstances(group, overrides):
                self._start(
                    lambda: self._sets.update_instances(
                        name, group, overrides=overrides, operation=operation, tolerant=tolerant
                    )
                )
        ended = self._follow(operation)
        if not ended.succeeded:
            for pair in (pair for after in later for pair in after.pairs):
                self._show(pair, Status.CANCELLED)
            self._fail(ended)

    @staticmethod
    def _start(call: Callable[[], None]) -> None:
        try:
            call()
        except AwsError as error:
            if error.code in _MOVED:
                raise _MovedError from error
            raise

    def _wait_until_idle(self) -> None:
        while operations := self._under_way():
            for operation in operations:
                self._progress.note(
                    f"waiting for operation {operation.id} ({operation.action.lower()}) on"
                    f" {self._desired.name}, which is {operation.status.lower()}"
                )
                self._follow(operation.id)

    def _under_way(self) -> list[Operation]:
        try:
            return self._sets.under_way(self._desired.name)
        except AwsError as error:
            if error.code == "StackSetNotFoundException":
                return []
            raise

    def _follow(self, operation: str) -> Operation:
        """Watch an operation to its end, a row for each instance."""
        tails: dict[Pair, Tail] = {}
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="watch") as pool:
            while True:
                state = self._sets.operation(self._desired.name, operation)
                results = self._sets.results(self._desired.name, operation)
                running = [r for r in results if r.status == "RUNNING"]
                self._find_tails(tails, running)
                now = pool.map(lambda r: self._resource(tails.get((r.account, r.region))), running)
                resources = dict(zip([(r.account, r.region) for r in running], now, strict=True))
                for result in results:
                    pair = (result.account, result.region)
                    self._show(
                        pair,
                        _STATUSES.get(result.status, Status.WAITING),
                        resources.get(pair, result.reason),
                    )
                if not state.in_progress:
                    return state
                self._pause()

    def _find_tails(self, tails: dict[Pair, Tail], running: list[Result]) -> None:
        """Open the event log of each instance whose stack has become known."""
        missing = {(r.account, r.region) for r in running} - set(tails)
        if not missing:
            return
        for instance in self._sets.instances(self._desired.name):
            if instance.pair in missing and (stacks := self._stacks_of(instance)):
                tails[instance.pair] = Tail(stacks, instance.stack_id)

    def _stacks_of(self, instance: Instance) -> Stacks | None:
        """Reach the instance's stack where it lives; None when there is none, or no way to it."""
        if not instance.stack_id or not self._cloud.reaches(instance.account):
            return None
        return Stacks(self._cloud, account=instance.account, region=instance.region)

    @staticmethod
    def _resource(tail: Tail | None) -> str:
        try:
            return tail.now() if tail else ""
        except AwsError:
            # The picture of the moment is not worth a deployment; the operation itself is watched.
            return ""

    def _fail(self, operation: Operation) -> None:
        results = self._sets.results(self._desired.name, operation.id)
        failed = [r for r in results if r.status == "FAILED"]
        if self._attempts_left > 0 and any("role with trust" in r.reason for r in failed):
            self._attempts_left -= 1
            self._progress.note("the new roles are not known everywhere yet: trying again")
            for _ in range(_ROLE_PAUSES):
                self._pause()
            raise _MovedError
        stacks = {i.pair: i for i in self._sets.instances(self._desired.name)}
        problems = [
            problem
            for result in failed
            for problem in self._root_causes(
                operation, result, stacks.get((result.account, result.region))
            )
        ]
        raise GenError(
            problems
            or Problem(
                f"{self._desired.name}: operation {operation.id} is {operation.status}:"
                f" {operation.reason or 'no reason given'}"
            )
        )

    def _root_causes(
        self, operation: Operation, result: Result, instance: Instance | None
    ) -> list[Problem]:
        where = f"{self._desired.name} in {result.account} {result.region}"
        causes: list[StackEvent] = []
        if instance and (stacks := self._stacks_of(instance)):
            try:
                found = root_causes(stacks, instance.stack_id)
                # What failed before the stack was touched has no events; older ones don't count.
                causes = [cause for cause in found if cause.time >= operation.started]
            except AwsError as error:
                # The operation's own word is left, and is better than an error about an error.
                self._progress.note(f"{where}: no events to be read: {error.message}")
        if not causes:
            return [Problem(f"{where}: {result.reason or 'no reason given'}")]
        self._show((result.account, result.region), Status.FAILED, causes[0].reason)
        return [self._lines.problem(cause, where) for cause in causes]

    def _show(self, pair: Pair, status: Status, detail: str = "") -> None:
        self._progress.row(Row(pair[0], pair[1], status, detail))
