"""Follow one operation of a StackSet to its end, and find out why it failed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from generator.aws import AwsError, Cloud, Stacks, StackSets
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.stack import Pause
from generator.deploy.watch import Tail, TemplateLines, root_causes
from generator.errors import GenError, Problem
from generator.plan.state import Instance, Operation, Result, StackEvent
from generator.units import Pair

_STATUSES = {
    "PENDING": Status.WAITING,
    "RUNNING": Status.RUNNING,
    "SUCCEEDED": Status.DONE,
    "FAILED": Status.FAILED,
    "CANCELLED": Status.CANCELLED,
}


class OperationWatch:
    """The operations of one StackSet, whoever started them."""

    def __init__(
        self, name: str, *, cloud: Cloud, sets: StackSets, lines: TemplateLines,
        progress: Progress, pause: Pause,
    ):  # fmt: skip
        self._name = name
        self._cloud = cloud
        self._sets = sets
        self._lines = lines
        self._progress = progress
        self._pause = pause

    def wait_until_idle(self) -> None:
        """Follow what is under way on the set until nothing is."""
        while operations := self._under_way():
            for operation in operations:
                self._progress.note(
                    f"waiting for operation {operation.id} ({operation.action.lower()}) on"
                    f" {self._name}, which is {operation.status.lower()}"
                )
                self.follow(operation.id)

    def _under_way(self) -> list[Operation]:
        try:
            return self._sets.under_way(self._name)
        except AwsError as error:
            if error.code == "StackSetNotFoundException":
                return []
            raise

    def follow(self, operation: str) -> Operation:
        """Watch an operation to its end, a row for each instance."""
        tails: dict[Pair, Tail] = {}
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="watch") as pool:
            while True:
                state = self._sets.operation(self._name, operation)
                results = self._sets.results(self._name, operation)
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
        for instance in self._sets.instances(self._name):
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

    def failed(self, operation: Operation) -> list[Result]:
        """List the instances that an operation failed on."""
        results = self._sets.results(self._name, operation.id)
        return [result for result in results if result.status == "FAILED"]

    def failure(self, operation: Operation, failed: Sequence[Result]) -> GenError:
        """Describe a failed operation by the root cause of each failed instance."""
        stacks = {i.pair: i for i in self._sets.instances(self._name)}
        problems = [
            problem
            for result in failed
            for problem in self._root_causes(
                operation, result, stacks.get((result.account, result.region))
            )
        ]
        return GenError(
            problems
            or Problem(
                f"{self._name}: operation {operation.id} is {operation.status}:"
                f" {operation.reason or 'no reason given'}"
            )
        )

    def _root_causes(
        self, operation: Operation, result: Result, instance: Instance | None
    ) -> list[Problem]:
        where = f"{self._name} in {result.account} {result.region}"
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
