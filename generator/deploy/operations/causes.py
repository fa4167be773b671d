"""Why an operation of a StackSet failed: the root cause in each account and region."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from generator.aws import AwsError, Cloud, Stacks, StackSets, deployment_error
from generator.deploy.operations.watch import TemplateLines, root_causes
from generator.deploy.progress import Progress, Row, Status
from generator.errors import GenError, Problem
from generator.plan.state import Instance, Operation, Result, StackEvent
from generator.units import Pair

_DEPLOYMENT = re.compile(r"\bd-[0-9A-Z]{9}\b")
_NAMED = 3
"""Accounts and regions that are named one by one where many have the same trouble."""
Cause = tuple[Pair, StackEvent | None, Problem]


class Causes:
    """What went wrong with the instances of one StackSet."""

    def __init__(
        self, name: str, *, cloud: Cloud, sets: StackSets, lines: TemplateLines,
        progress: Progress,
    ):  # fmt: skip
        self._name = name
        self._cloud = cloud
        self._sets = sets
        self._lines = lines
        self._progress = progress

    def failures(self, results: Sequence[Result]) -> list[Result]:
        """Pick the failed ones out of an operation's results; suspended accounts are no failure."""
        failed = [result for result in results if result.status == "FAILED"]
        if not failed:
            return []
        suspended = {pair for pair, one in self._instances().items() if one.is_suspended}
        return [result for result in failed if (result.account, result.region) not in suspended]

    def failure(self, operation: Operation, failed: Sequence[Result]) -> GenError:
        """Describe a failed operation by the root causes of its failed instances.

        The same cause in many accounts or regions is told once.
        """
        stacks = self._instances()

        def look(result: Result) -> list[Cause]:
            return self._causes(operation, result, stacks.get((result.account, result.region)))

        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="causes") as pool:
            found = [cause for causes in pool.map(look, failed) for cause in causes]
        return GenError(self._told(found) or self._without_instances(operation))

    def _instances(self) -> dict[Pair, Instance]:
        try:
            return {one.pair: one for one in self._sets.instances(self._name)}
        except AwsError as error:
            self._progress.note(f"{self._name}: its instances cannot be listed: {error.message}")
            return {}

    def _without_instances(self, operation: Operation) -> Problem:
        if operation.status == "STOPPED":
            return Problem(
                f"{self._name}: operation {operation.id} was stopped before it had reached every"
                " instance",
                hint="`gen status` shows which are behind; `gen resume` goes on with them",
            )
        reason = operation.reason or "no reason given, and no instance failed"
        return Problem(f"{self._name}: operation {operation.id} is {operation.status}: {reason}")

    def _causes(
        self, operation: Operation, result: Result, instance: Instance | None
    ) -> list[Cause]:
        pair = (result.account, result.region)
        where = f"{self._name} in {' '.join(pair)}"
        events: list[StackEvent] = []
        if instance and (stacks := stacks_of(self._cloud, instance)):
            try:
                found = root_causes(stacks, instance.stack_id, since=operation.started)
                # What failed before the stack was touched has no events; older ones don't count.
                events = [self._why(e, pair) for e in found if e.time >= operation.started]
            except AwsError as error:
                # The operation's own word is left, and is better than an error about an error.
                self._progress.note(f"{where}: no events to be read: {error.message}")
        hint = remedy(self._name, instance) if instance else None
        if not events:
            said = Problem(f"{where}: {result.reason or 'no reason given'}", hint=hint)
            return [(pair, None, said)]
        self._progress.row(Row(*pair, Status.FAILED, events[0].reason))
        return [(pair, event, self._lines.problem(event, where, hint=hint)) for event in events]

    def _why(self, event: StackEvent, pair: Pair) -> StackEvent:
        """Let CodeDeploy say why an alias did not move, where CloudFormation only names it."""
        deployment = _DEPLOYMENT.search(event.reason)
        if event.type != "AWS::Lambda::Alias" or not deployment:
            return event
        try:
            why = deployment_error(self._cloud, deployment[0], account=pair[0], region=pair[1])
        except AwsError:
            return event
        # Its own message may be in the reason already.
        if not why or why.rpartition(" (")[0] in event.reason:
            return event
        return dataclasses.replace(event, reason=f"{event.reason}: {why}")

    def _told(self, causes: list[Cause]) -> list[Problem]:
        """Give the problems, those of one cause in many places in one."""
        alike: dict[object, list[Cause]] = {}
        for cause in causes:
            _, event, problem = cause
            same = (event.logical_id, event.type, event.reason) if event else problem
            alike.setdefault(same, []).append(cause)
        return [problem for same in alike.values() for problem in self._of_one_cause(same)]

    def _of_one_cause(self, same: list[Cause]) -> list[Problem]:
        event = same[0][1]
        if event is None or len(same) <= _NAMED:
            return [problem for _, _, problem in same]
        where = f"{self._name} in {named([pair for pair, _, _ in same])}"
        return [self._lines.problem(event, where, hint=same[0][2].hint)]


def stacks_of(cloud: Cloud, instance: Instance) -> Stacks | None:
    """Reach an instance's stack where it lives; None when there is none, or no way to it."""
    if not instance.stack_id or not cloud.reaches(instance.account):
        return None
    return Stacks(cloud, account=instance.account, region=instance.region)


def remedy(name: str, instance: Instance) -> str | None:
    """Say what a person must do about an instance that operations leave out from now on.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstance.html
    """
    if instance.detailed_status == "FAILED_IMPORT":
        return "put right why the import failed, then import the stack again"
    if instance.status != "INOPERABLE":
        return None
    return (
        "operations leave it out from now on. Take it out of the set, which leaves its stack alone:"
        f" `aws cloudformation delete-stack-instances --stack-set-name {name} --accounts"
        f" {instance.account} --regions {instance.region} --retain-stacks`; repair or delete the"
        " stack; then deploy again"
    )


def named(
    pairs: Sequence[Pair], *, most: int = _NAMED, spell: Callable[[Pair], str] = " ".join
) -> str:
    """Name accounts and regions, the first few of many."""
    said = ", ".join(spell(pair) for pair in pairs[:most])
    return f"{said} and {len(pairs) - most} more" if len(pairs) > most else said
