"""Follow whatever is under way in an environment, whoever began it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from generator.aws import AwsError, Stacks
from generator.deploy.operations.contact import Contact
from generator.deploy.operations.environment import Environment, NamedUnit
from generator.deploy.operations.operation import told
from generator.deploy.operations.watch import Tail, root_causes
from generator.deploy.progress import Progress, Row, Status
from generator.errors import GenError, Problem
from generator.plan.state import Operation, StackEvent, StackState
from generator.units import Pair


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Something that has not ended."""

    operation: str | None
    """Id of the StackSet's operation; None for a stack."""
    follow: Callable[[], str]
    """Watch it to its end, and say how it ended; raises GenError with the root cause when badly."""
    unit: NamedUnit
    said: str


class Attachment:
    """Watches an environment until nothing of it is under way."""

    def __init__(self, environment: Environment):
        self._environment = environment
        self._progress = environment.progress

    def run(self) -> bool:
        """Follow all that is under way, and what begins meanwhile; False when there is nothing.

        Raises GenError with the root causes of everything that ended badly.
        """
        seen: set[str] = set()
        followed = False
        problems: list[Problem] = []
        # What a listing still shows as running although it has ended is not followed again.
        while found := [one for one in self.look() if one.operation not in seen]:
            followed = True
            for one in found:
                if one.operation:
                    seen.add(one.operation)
                self._progress.begin(one.unit.unit.name, one.unit.unit.purpose)
                self._progress.note(one.said)
                try:
                    self._progress.end(one.follow())
                except GenError as error:
                    self._progress.end("failed")
                    problems += error.problems
        if problems:
            raise GenError(problems)
        return followed

    def look(self) -> list[UnderWay]:
        """List what is under way, in the order of deployment."""
        environment = self._environment
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="attach") as pool:
            operations = pool.map(self._operations, environment.stack_sets)
            stacks = pool.map(self._stack, environment.stacks)
            return [one for found in (*operations, *stacks) for one in found]

    def latest(self) -> list[tuple[str, Operation]]:
        """List the newest operation of each StackSet that there is."""

        def read(unit: NamedUnit) -> tuple[str, Operation] | None:
            try:
                newest = self._environment.sets.latest_operation(unit.name)
            except AwsError as error:
                if error.code == "StackSetNotFoundException":
                    return None
                raise
            return (unit.name, newest) if newest else None

        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="latest") as pool:
            return [found for found in pool.map(read, self._environment.stack_sets) if found]

    def _operations(self, unit: NamedUnit) -> list[UnderWay]:
        try:
            operations = self._environment.sets.under_way(unit.name)
        except AwsError as error:
            if error.code == "StackSetNotFoundException":
                return []
            raise
        # Newest first as AWS lists them: a queued one begins when the one before it has ended.
        return [
            UnderWay(o.id, self._follower(unit, o), unit, told(unit.name, o))
            for o in reversed(operations)
        ]

    def _follower(self, unit: NamedUnit, operation: Operation) -> Callable[[], str]:
        def follow() -> str:
            watch = self._environment.watch(unit)
            ended = watch.follow(operation.id)
            watch.check(ended)
            return ended.status

        return follow

    def _stack(self, where: tuple[NamedUnit, Pair]) -> list[UnderWay]:
        unit, (account, region) = where
        stacks = Stacks(self._environment.cloud, account=account, region=region)
        state = stacks.describe(unit.name)
        if state is None or not state.in_progress:
            return []
        said = f"stack {unit.name} in {account} {region} is {state.status}"
        watch = _StackWatch(self._environment, unit, (account, region), stacks, state)
        return [UnderWay(None, watch.follow, unit, said)]


class _StackWatch:
    """One stack on its way."""

    def __init__(
        self, environment: Environment, unit: NamedUnit, pair: Pair, stacks: Stacks,
        state: StackState,
    ):  # fmt: skip
        self._environment = environment
        self._unit = unit
        self._pair = pair
        self._stacks = stacks
        # By its id it can be read after its deletion, too.
        self._id = state.id

    def follow(self) -> str:
        tail = Tail(self._stacks, self._id)
        contact = Contact(f"stack {self._unit.name} in {' '.join(self._pair)}", self._progress.note)
        while True:
            if seen := contact.look(lambda: (self._look(tail),)):
                (state,) = seen
                if state is None or not state.in_progress:
                    return self._ended(state)
            self._environment.pause()

    def _look(self, tail: Tail) -> StackState | None:
        state = self._stacks.describe(self._id)
        if state is not None and state.in_progress:
            self._show(Status.RUNNING, tail.now())
        return state

    @property
    def _progress(self) -> Progress:
        return self._environment.progress

    def _ended(self, state: StackState | None) -> str:
        ended = state.status if state else "DELETE_COMPLETE"
        if state is None or ended in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}:
            self._show(Status.DONE)
            return ended
        causes: list[StackEvent] = root_causes(self._stacks, self._id)
        self._show(Status.FAILED, causes[0].reason if causes else "")
        where = f"{self._unit.name} in {' '.join(self._pair)}"
        lines = self._environment.lines_of_stack(self._unit, self._stacks)
        raise GenError(
            [lines.problem(cause, where) for cause in causes]
            or Problem(f"{where}: {ended}: {state.reason}")
        )

    def _show(self, status: Status, detail: str = "") -> None:
        self._progress.row(Row(*self._pair, status, detail))
