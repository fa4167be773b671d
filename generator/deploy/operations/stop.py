"""Stop an operation of a StackSet: what runs is finished, what has not begun is left as it was."""

from __future__ import annotations

from dataclasses import dataclass

from generator.aws import AwsError
from generator.deploy.operations.environment import Environment, NamedUnit
from generator.deploy.operations.operation import told
from generator.errors import GenError
from generator.plan.state import Operation, Result
from generator.units import Pair


@dataclass(frozen=True, slots=True)
class Stoppable:
    """An operation that has not ended, and how far it is."""

    unit: NamedUnit
    operation: Operation
    results: tuple[Result, ...]

    @property
    def said(self) -> str:
        return told(self.unit.name, self.operation)

    def pairs(self, *statuses: str) -> list[Pair]:
        """List the accounts and regions where it is so far."""
        return [(r.account, r.region) for r in self.results if r.status in statuses]


@dataclass(frozen=True, slots=True)
class Stopped:
    """How an operation ended that was to be stopped."""

    unit: NamedUnit
    operation: Operation
    done: list[Pair]
    left: list[Pair]
    """Those that it did not reach."""
    failure: GenError | None
    """With the root causes of the instances that failed before it stopped."""


def stoppable(environment: Environment) -> list[Stoppable]:
    """List the operations of an environment's StackSets that have not ended, the newest first."""
    found = []
    for unit in environment.stack_sets:
        try:
            operations = environment.sets.under_way(unit.name)
        except AwsError as error:
            if error.code == "StackSetNotFoundException":
                continue
            raise
        for operation in operations:
            results = tuple(environment.sets.results(unit.name, operation.id))
            found.append(Stoppable(unit, operation, results))
    return found


def stop(environment: Environment, one: Stoppable) -> Stopped:
    """Stop an operation, and watch until it has stopped; one that has ended is left as it is."""
    name, operation = one.unit.name, one.operation.id
    environment.progress.begin(one.unit.unit.name, one.unit.unit.purpose)
    if not environment.sets.stop(name, operation):
        environment.progress.note(f"operation {operation} has ended, or is being stopped already")
    watch = environment.watch(one.unit)
    ended = watch.follow(operation)
    environment.progress.end(ended.status)
    results = environment.sets.results(name, operation)
    failed = watch.failed(ended)
    return Stopped(
        unit=one.unit,
        operation=ended,
        done=[(r.account, r.region) for r in results if r.status == "SUCCEEDED"],
        left=[(r.account, r.region) for r in results if r.status not in {"SUCCEEDED", "FAILED"}],
        failure=watch.failure(ended, failed) if failed else None,
    )
