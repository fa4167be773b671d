"""Bring one StackSet and its instances to where they should be, wave by wave."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from generator.aws import AwsError, Cloud, StackSets, TemplateSource
from generator.deploy.operations.operation import OperationWatch
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.reality import read_set
from generator.deploy.stack import Pause
from generator.errors import GenError, Problem
from generator.plan import (
    CreateInstances,
    CreateSet,
    DeleteInstances,
    DesiredSet,
    Step,
    UpdateInstances,
    UpdateSet,
    steps,
)
from generator.plan.document import Change, PairPlan
from generator.plan.matrix import matrix
from generator.plan.operation_ids import operation_id
from generator.plan.state import ActualSet, Operation
from generator.units import Pair

_MOVED = {
    "OperationInProgressException", "StaleRequestException", "NameAlreadyExistsException",
    "StackInstanceNotFoundException", "StackSetNotFoundException",
}  # fmt: skip
"""Somebody else changed the set between our look and our call."""
_MOVES = 40
"""How often is planned anew, before what keeps moving is called an error."""
_ROLE_ATTEMPTS = 6
_ROLE_PAUSES = 4
"""Pauses between attempts: a new role takes up to half a minute to be known everywhere."""


class _MovedError(Exception):
    """What was planned no longer fits what is there."""

    def __init__(self, cause: GenError):
        super().__init__(str(cause))
        self.cause = cause


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
        self._moves_left = _MOVES
        self._changed = False
        self._watch = OperationWatch(
            desired.name, cloud=cloud, sets=sets, lines=lines, progress=progress, pause=pause
        )

    def run(self) -> bool:
        """Carry out what is needed; say whether anything was done.

        An operation that is under way (ours from an interrupted run, or somebody else's) is waited
        for, and the plan is made from what it left. Raises GenError with the root cause of each
        failed instance; later waves are then not begun.
        """
        while True:
            actual, planned = self._plan()
            if actual.latest and actual.latest.in_progress:
                self._watch.wait_until_idle()
                continue
            try:
                for number, step in enumerate(planned, 1):
                    self._changed = True
                    self._carry_out(step, actual, later=planned[number:])
            except _MovedError as error:
                self._moves_left -= 1
                if self._moves_left == 0:
                    raise error.cause from error
                self._pause()
                continue
            return self._changed

    def _plan(self) -> tuple[ActualSet, list[Step]]:
        """Read what is there and plan the way from it; show what stays as it is."""
        actual = read_set(self._sets, self._desired)
        planned = steps(self._desired, actual)
        pairs = matrix(self._desired, actual, planned)
        if stuck := [pair for pair in pairs if pair.change is Change.STUCK]:
            raise GenError(self._stuck(pair) for pair in stuck)
        for pair in pairs:
            if pair.change is Change.RETAIN:
                self._progress.note(f"{pair.account} {pair.region} {pair.why[0]}")
            elif pair.change is Change.SKIP:
                self._show((pair.account, pair.region), Status.UNCHANGED, pair.why[0])
            elif pair.change is Change.UNCHANGED:
                status = Status.DONE if self._changed else Status.UNCHANGED
                self._show((pair.account, pair.region), status)
        return actual, planned

    def _stuck(self, pair: PairPlan) -> Problem:
        return Problem(
            f"{self._desired.name} in {pair.account} {pair.region}: {'; '.join(pair.why)}",
            hint="operations leave such an instance out: delete it from the set with its stack"
            " retained, put the stack right (or delete it), then run the same command again",
        )

    def _carry_out(self, step: Step, actual: ActualSet, *, later: list[Step]) -> None:
        name, values = self._desired.name, self._desired.values
        operation = operation_id(self._desired, actual, step)
        tolerant = self._desired.at_once
        self._before_change()
        for pair in step.pairs:
            self._show(pair, Status.WAITING)
        match step:
            case CreateSet():
                token = f"gen-{uuid.uuid4()}"
                self._start(lambda: self._sets.create(name, self._source, values, token=token))
                return
            case UpdateSet(reaches):
                self._start(
                    lambda: self._sets.update(
                        name, self._source, values,
                        reaches=reaches, operation=operation, tolerant=tolerant,
                    )
                )  # fmt: skip
            case CreateInstances(group, overrides):
                self._start(
                    lambda: self._sets.create_instances(
                        name, group, overrides=overrides, operation=operation
                    )
                )
            case UpdateInstances(group, own):
                self._start(
                    lambda: self._sets.update_instances(
                        name, group, overrides=own, operation=operation, tolerant=tolerant
                    )
                )
            case DeleteInstances(group):
                self._start(lambda: self._sets.delete_instances(name, group, operation=operation))
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
                raise _MovedError(error) from error
            raise

    def _fail(self, operation: Operation) -> None:
        failed = self._watch.failed(operation)
        failure = self._watch.failure(operation, failed)
        if self._attempts_left > 0 and any("role with trust" in r.reason for r in failed):
            self._attempts_left -= 1
            self._progress.note("the new roles are not known everywhere yet: trying again")
            for _ in range(_ROLE_PAUSES):
                self._pause()
            raise _MovedError(failure)
        raise failure

    def _show(self, pair: Pair, status: Status, detail: str = "") -> None:
        self._progress.row(Row(pair[0], pair[1], status, detail))
