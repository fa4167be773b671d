"""Bring one StackSet and its instances to where they should be, wave by wave."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from generator.aws import AwsError, Cloud, StackSets, TemplateSource
from generator.deploy.operation import OperationWatch
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.stack import Pause
from generator.deploy.watch import TemplateLines
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
from generator.plan.state import Operation
from generator.units import Pair

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
        self._sets = sets
        self._progress = progress
        self._pause = pause
        self._before_change = before_change
        self._attempts_left = _ROLE_ATTEMPTS if new_roles else 0
        self._watch = OperationWatch(
            desired.name, cloud=cloud, sets=sets, lines=lines, progress=progress, pause=pause
        )

    def run(self) -> bool:
        """Carry out what is needed; say whether anything was done.

        An operation that is under way (ours from an interrupted run, or somebody else's) is waited
        for, and the plan is made from what it left. Raises GenError with the root cause of each
        failed instance; later waves are then not begun.
        """
        changed = False
        while True:
            self._watch.wait_until_idle()
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
        ended = self._watch.follow(operation)
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

    def _fail(self, operation: Operation) -> None:
        failed = self._watch.failed(operation)
        if self._attempts_left > 0 and any("role with trust" in r.reason for r in failed):
            self._attempts_left -= 1
            self._progress.note("the new roles are not known everywhere yet: trying again")
            for _ in range(_ROLE_PAUSES):
                self._pause()
            raise _MovedError
        raise self._watch.failure(operation, failed)

    def _show(self, pair: Pair, status: Status, detail: str = "") -> None:
        self._progress.row(Row(pair[0], pair[1], status, detail))
