"""Follow operations of a StackSet to their end, whoever began them."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC

from generator.aws import AwsError, Cloud, StackSets
from generator.deploy.operations.causes import Causes, named, stacks_of
from generator.deploy.operations.contact import Contact
from generator.deploy.operations.watch import Tail, TemplateLines
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.stack import Pause
from generator.errors import GenError
from generator.plan.state import Operation, Result
from generator.units import Pair

_STATUSES = {
    "PENDING": Status.WAITING,
    "RUNNING": Status.RUNNING,
    "SUCCEEDED": Status.DONE,
    "FAILED": Status.FAILED,
    "CANCELLED": Status.CANCELLED,
}
_UNSETTLED = {"PENDING", "RUNNING"}
_TAILED = 20
"""Stacks whose events are read at each look; of all others, only their status is shown."""
_MOST_PAUSES = 5
_LOOKS_EACH = 40
"""After so many looks the pauses grow by one: on AWS from 3 to 15 seconds, within 20 minutes."""
_SETTLING = 5
"""Looks at the results of an operation that has ended: listings lag behind.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackSetOperationResults.html
"""


class OperationWatch:
    """The operations of one StackSet."""

    def __init__(
        self, name: str, *, cloud: Cloud, sets: StackSets, lines: TemplateLines,
        progress: Progress, pause: Pause,
    ):  # fmt: skip
        self._name = name
        self._cloud = cloud
        self._sets = sets
        self._progress = progress
        self._pause = pause
        self._results: dict[str, list[Result]] = {}
        """Of the operations that were followed to their end."""
        self._causes = Causes(name, cloud=cloud, sets=sets, lines=lines, progress=progress)

    def wait_until_idle(self) -> None:
        """Follow what is under way on the set until nothing is."""
        while operations := self.under_way():
            for operation in operations:
                left = self.left(operation.id)
                self._progress.note(f"waiting for {told(self._name, operation, left)}")
                self._progress.note("`gen stop` would stop it")
                self.follow(operation.id)

    def left(self, operation: str) -> list[Pair]:
        """List the instances that an operation has yet to finish; none when nobody can tell."""
        try:
            results = self._sets.results(self._name, operation)
        except AwsError:
            return []
        return [(one.account, one.region) for one in results if one.status in _UNSETTLED]

    def under_way(self) -> list[Operation]:
        """List the set's operations that have not ended; none of a set that is not there."""
        try:
            return self._sets.under_way(self._name)
        except AwsError as error:
            if error.code == "StackSetNotFoundException":
                return []
            raise

    def follow(self, operation: str) -> Operation:
        """Watch an operation to its end, however long that takes; a row for each instance.

        Raises GenError only when it cannot be watched any more.
        """
        contact = Contact(f"operation {operation} on {self._name}", self._progress.note)
        tails = _Tails(self._name, self._cloud, self._sets)
        settling = 0
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="watch") as pool:
            for looks in itertools.count():
                if seen := contact.look(lambda: self._look(operation)):
                    state, results = seen
                    self._show(results, tails.now(results, pool))
                    if not state.in_progress:
                        settling += 1
                        settled = all(result.status not in _UNSETTLED for result in results)
                        if settled or settling >= _SETTLING:
                            self._results[operation] = results
                            return self._ended(state, results)
                for _ in range(min(_MOST_PAUSES, 1 + looks // _LOOKS_EACH)):
                    self._pause()
        raise AssertionError("unreachable")

    def _look(self, operation: str) -> tuple[Operation, list[Result]]:
        state = self._sets.operation(self._name, operation)
        return state, self._sets.results(self._name, operation)

    def _ended(self, state: Operation, results: Sequence[Result]) -> Operation:
        """Count what did fail: AWS skips the instances of a suspended account."""
        if all(result.status != "FAILED" for result in results):
            return state
        return dataclasses.replace(state, failed_instances=len(self._causes.failures(results)))

    def failed(self, operation: Operation) -> list[Result]:
        """List the instances that an operation failed on; suspended accounts are no failure."""
        results = self._results.get(operation.id)
        if results is None:
            results = self._sets.results(self._name, operation.id)
        return self._causes.failures(results)

    def failure(self, operation: Operation, failed: Sequence[Result]) -> GenError:
        """Describe a failed operation by the root cause of each failed instance."""
        return self._causes.failure(operation, failed)

    def check(self, operation: Operation) -> None:
        """Raise GenError with the root causes of an operation that did not wholly succeed."""
        if not operation.succeeded:
            raise self.failure(operation, self.failed(operation))

    def _show(self, results: Sequence[Result], resources: dict[Pair, str]) -> None:
        for result in results:
            pair = (result.account, result.region)
            status = _STATUSES.get(result.status, Status.CANCELLED)
            detail = resources.get(pair, result.reason)
            if result.status not in _STATUSES and not detail:
                detail = result.status  # SKIPPED_SUSPENDED_ACCOUNT, or what AWS adds one day.
            self._progress.row(Row(*pair, status, detail))


class _Tails:
    """The events of the stacks that an operation works on at the moment."""

    def __init__(self, name: str, cloud: Cloud, sets: StackSets):
        self._name = name
        self._cloud = cloud
        self._sets = sets
        self._tails: dict[Pair, Tail | None] = {}

    def now(self, results: Sequence[Result], pool: Executor) -> dict[Pair, str]:
        """Name the resource that each running instance is at, as far as it can be seen."""
        running = [(r.account, r.region) for r in results if r.status == "RUNNING"][:_TAILED]
        try:
            self._find(set(running) - set(self._tails))
        except AwsError:
            return {}
        tails = [self._tails.get(pair) for pair in running]
        return dict(zip(running, pool.map(_resource, tails), strict=True))

    def _find(self, missing: set[Pair]) -> None:
        """Open the event log of each instance whose stack has become known."""
        if not missing:
            return
        for instance in self._sets.instances(self._name):
            if instance.pair not in missing:
                continue
            if stacks := stacks_of(self._cloud, instance):
                self._tails[instance.pair] = Tail(stacks, instance.stack_id)
            elif not self._cloud.reaches(instance.account):
                self._tails[instance.pair] = None


def _resource(tail: Tail | None) -> str:
    try:
        return tail.now() if tail else ""
    except AwsError:
        # The picture of the moment is not worth a deployment; the operation itself is watched.
        return ""


def told(name: str, operation: Operation, left: Sequence[Pair] = ()) -> str:
    """Tell of an operation that is under way: what, whose, since when, what it has yet to do."""
    since = f"{operation.started.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    said = (
        f"{operation.action} of {name} by {starter(operation.id)}, {operation.status} since {since}"
        f" (operation {operation.id})"
    )
    return f"{said}; still to come: {named(left)}" if left else said


def starter(operation: str) -> str:
    """Say who began an operation, as far as its id tells.

    CloudTrail would know the person, but only a quarter of an hour later, and not everybody who
    may deploy may read it. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
    """
    if operation.startswith("gen-"):
        return "gen"
    if operation.startswith("restore-"):
        return "the rollback coordinator"
    return "the pipeline or the console"
