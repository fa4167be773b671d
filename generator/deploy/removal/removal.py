"""Carry a destruction out: unit by unit, each followed to its end, resumed by running it again."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

from generator.aws import AwsError, Cloud, Stacks, StackSets
from generator.deploy.operations.contact import Contact
from generator.deploy.operations.operation import OperationWatch
from generator.deploy.operations.watch import Tail, TemplateLines
from generator.deploy.progress import Progress, Row, Status
from generator.deploy.removal.destroy import DestroyPlan, Removal, SetRemoval, StackRemoval
from generator.deploy.stack import Pause
from generator.errors import GenError, Problem
from generator.plan import rectangles
from generator.plan.state import StackState
from generator.plan.text import same_text
from generator.releases import Service

_BUSY = {"OperationInProgressException", "StaleRequestException"}
"""Somebody else began an operation between our look and our call."""
_BEGINNINGS = 10
"""Looks at a stack that does not say yet that it is being deleted."""


class Destruction:
    """Deletes what a plan names, and nothing else."""

    def __init__(
        self, plan: DestroyPlan, service: Service, cloud: Cloud, progress: Progress,
        *, build: Path, sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        """`build` is the folder of the build, which knows where templates were written, if it is
        the deployed one."""
        self._plan = plan
        self._cloud = cloud
        self._progress = progress
        self._build = build
        self._pause: Pause = lambda: sleep(cloud.poll_seconds)
        self._sets = StackSets(cloud, account=service.tools_account, region=service.primary_region)

    def run(self) -> None:
        """Delete unit by unit.

        Raises GenError with the root causes of what failed; later units are then left as they are,
        and the same command goes on where it was.
        """
        for unit, removals in groupby(self._plan.removals, lambda removal: removal.unit):
            of_unit = list(removals)
            self._progress.begin(unit, of_unit[0].purpose)
            for stack_set in (one for one in of_unit if isinstance(one, SetRemoval)):
                self._set(stack_set)
            self._stacks([one for one in of_unit if isinstance(one, StackRemoval)])
            kept = any(isinstance(one, SetRemoval) and one.keeps for one in of_unit)
            self._progress.end("deleted, but for what stays" if kept else "deleted")

    def _set(self, removal: SetRemoval) -> None:
        watch = OperationWatch(
            removal.name,
            cloud=self._cloud,
            sets=self._sets,
            lines=self._lines(removal),
            progress=self._progress,
            pause=self._pause,
        )
        while True:
            watch.wait_until_idle()
            if self._sets.describe(removal.name) is None:
                return
            there = {instance.pair for instance in self._sets.instances(removal.name)}
            pairs = [pair for pair in removal.pairs if pair in there]
            try:
                for group in rectangles(pairs):
                    operation = f"gen-{uuid.uuid4()}"
                    self._sets.delete_instances(removal.name, group, operation=operation)
                    watch.check(watch.follow(operation))
                self._check_gone(removal)
                if not removal.keeps:
                    self._sets.delete(removal.name)
                return
            except AwsError as error:
                if error.code not in _BUSY:
                    raise

    def _check_gone(self, removal: SetRemoval) -> None:
        """Raise GenError for instances that no operation reaches, in suspended accounts say."""
        meant = set(removal.pairs)
        left = [i for i in self._sets.instances(removal.name) if i.pair in meant]
        if left:
            raise GenError(
                Problem(
                    f"{removal.name} in {one.account} {one.region} was not deleted:"
                    f" {one.reason or one.detailed_status or one.status}",
                    hint="where the account cannot be worked in any more, take the instance out of"
                    " the set with its stack retained (aws cloudformation delete-stack-instances"
                    " --retain-stacks), then run the same command again",
                )
                for one in left
            )

    def _stacks(self, removals: list[StackRemoval]) -> None:
        """Delete stacks of different places at the same time."""
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="destroy") as pool:
            problems = [one for found in pool.map(self._stack, removals) for one in found]
        if problems:
            raise GenError(problems)

    def _stack(self, removal: StackRemoval) -> tuple[Problem, ...]:
        try:
            self._delete(removal)
        except GenError as error:
            self._show(removal, Status.FAILED, error.problems[0].message)
            return error.problems
        self._show(removal, Status.DONE)
        return ()

    def _delete(self, removal: StackRemoval) -> None:
        """Delete one stack, by its id: there may be another one of its name by now."""
        stacks = Stacks(self._cloud, account=removal.account, region=removal.region)
        state = self._follow(stacks, removal)
        if state is None:
            return
        if removal.protected and state.protected:
            stacks.protect(removal.id, enabled=False)
        stacks.delete(removal.id)
        state = self._follow(stacks, removal, until_deleted=True)
        if state is not None:
            raise GenError(list(self._causes(stacks, removal, state)))

    def _follow(
        self, stacks: Stacks, removal: StackRemoval, *, until_deleted: bool = False
    ) -> StackState | None:
        """Watch until nothing is under way; give what the stack then is, None once it is gone."""
        contact = Contact(f"stack {removal.name}", self._progress.note)
        tail = Tail(stacks, removal.id)
        beginnings = _BEGINNINGS if until_deleted else 0

        def look() -> list[StackState | None]:
            return [stacks.describe(removal.id)]

        while True:
            if seen := contact.look(look):
                state = seen[0]
                if state is None:
                    return None
                if state.in_progress:
                    beginnings = 0
                    self._show(removal, Status.RUNNING, contact.look(tail.now) or "")
                elif beginnings == 0:
                    return state
                else:
                    beginnings -= 1
            self._pause()

    def _causes(
        self, stacks: Stacks, removal: StackRemoval, state: StackState
    ) -> Iterable[Problem]:
        """Tell each resource that could not be deleted, by the line it was written on."""
        where = f"{removal.name} in {removal.account} {removal.region}"
        lines = self._lines(removal)
        failed = [
            event
            for event in Tail(stacks, removal.id).poll()
            if event.status == "DELETE_FAILED" and event.physical_id != removal.id
        ]
        for event in failed:
            yield lines.problem(event, where)
        if not failed:
            yield Problem(f"{where} is {state.status}: {state.reason or 'no reason given'}")

    def _lines(self, removal: Removal) -> TemplateLines:
        """Find where resources were written, if the build here is what was deployed."""
        template = f"templates/{removal.unit}.yaml"
        sources = f"sources/{removal.unit}.json"
        try:
            if same_text((self._build / template).read_text("utf-8"), removal.template):
                return TemplateLines.of_build(self._build, template, sources)
        except OSError:
            pass
        return TemplateLines(removal.template, "[]")

    def _show(self, removal: StackRemoval, status: Status, detail: str = "") -> None:
        self._progress.row(Row(removal.account, removal.region, status, detail))
