"""Run an operation: which target when, which failures are tolerated, what is cancelled."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from localcloud.stacksets.model import (
    Instance,
    Operation,
    Result,
    StackDrift,
    StackSet,
    Target,
    now,
)

TOLERANCE_EXCEEDED = "Cancelled since failure tolerance has exceeded"
SUSPENDED = "Skipped since the account is suspended"
STOPPED = "Cancelled since the operation was stopped"


class MemberError(Exception):
    """A member stack could not be brought to the wanted state."""

    def __init__(self, reason: str, *, inoperable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.inoperable = inoperable


class SuspendedError(Exception):
    """The account is suspended: operations pass it by."""


class Members(Protocol):
    """The stacks of a set in its accounts and regions."""

    async def deploy(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None:
        """Create or update the instance's stack, or raise MemberError or SuspendedError."""

    async def remove(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None:
        """Delete (or retain) the instance's stack, or raise MemberError."""

    async def adopt(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None:
        """Make an existing stack the instance's, or raise MemberError."""

    async def detect_drift(self, operation: Operation, instance: Instance) -> StackDrift:
        """Compare the instance's stack with what is there, or raise MemberError."""


class Announce(Protocol):
    """Told of every change of an operation and of an instance."""

    def operation(self, stack_set: StackSet, operation: Operation) -> None: ...

    def instance(self, stack_set: StackSet, operation: Operation, instance: Instance) -> None: ...


class Runner:
    """Run one operation of a set to its end."""

    def __init__(
        self, stack_set: StackSet, operation: Operation, members: Members, announce: Announce
    ) -> None:
        self._set = stack_set
        self._operation = operation
        self._members = members
        self._announce = announce
        self._exceeded = False

    async def run(self) -> None:
        """Work through the regions in their order, or all at once."""
        operation = self._operation
        if operation.status == "QUEUED":
            operation.status = "RUNNING"
        self._announce.operation(self._set, operation)
        regions = _in_order(operation)
        if operation.preferences.region_concurrency == "PARALLEL":
            await asyncio.gather(*map(self._run_region, regions))
        else:
            for region in regions:
                if self._exceeded:
                    break
                await self._run_region(region)
        self._finish()

    async def _run_region(self, region: str) -> None:
        waiting = [target for target in self._operation.results if target.region == region]
        accounts = len(waiting)
        preferences = self._operation.preferences
        tolerated = preferences.tolerated(accounts)
        running: set[asyncio.Task[None]] = set()
        while waiting or running:
            failed = self._operation.failed_count(region)
            if failed > tolerated or self._operation.status == "STOPPING":
                waiting.clear()
            slots = preferences.concurrent(accounts, failed=failed) - len(running)
            for target in waiting[: max(0, slots)]:
                running.add(asyncio.create_task(self._run_target(target)))
            del waiting[: max(0, slots)]
            if running:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        if self._operation.failed_count(region) > tolerated:
            self._exceeded = True

    async def _run_target(self, target: Target) -> None:
        operation = self._operation
        result, instance = operation.results[target], self._set.instances[target]
        if operation.action == "DETECT_DRIFT":
            await self._detect_drift(result, instance)
            return
        result.status = instance.detailed = "RUNNING"
        self._announce.instance(self._set, operation, instance)
        try:
            if operation.action == "DELETE":
                await self._members.remove(self._set, operation, instance)
            elif operation.imports:
                await self._members.adopt(self._set, operation, instance)
            else:
                await self._members.deploy(self._set, operation, instance)
        except MemberError as failure:
            _fail(result, instance, failure)
            if operation.imports:
                instance.detailed = "FAILED_IMPORT"
        except SuspendedError:
            _skip(result, instance)
        except Exception as problem:  # noqa: BLE001 - a broken member must not hang the operation
            _fail(result, instance, MemberError(f"Internal failure: {problem!r}"))
        else:
            result.status = instance.detailed = "SUCCEEDED"
            result.reason = instance.reason = ""
            instance.status = "CURRENT"
            if operation.action == "DELETE":
                del self._set.instances[target]
        self._announce.instance(self._set, operation, instance)

    async def _detect_drift(self, result: Result, instance: Instance) -> None:
        """Look at one instance; whether it is current or outdated stays as it is."""
        result.status = "RUNNING"
        try:
            found = await self._members.detect_drift(self._operation, instance)
        except MemberError as failure:
            result.status, result.reason = "FAILED", failure.reason
            instance.drift = "UNKNOWN"
        except SuspendedError:
            _skip(result, instance)
        else:
            result.status = "SUCCEEDED"
            self._operation.drifts[instance.target] = found
            instance.drift = found.status
        instance.drift_checked = now()

    def _finish(self) -> None:
        operation = self._operation
        stopped = operation.status == "STOPPING"
        for target, result in operation.results.items():
            if result.status == "PENDING":
                result.status = "CANCELLED"
                result.reason = STOPPED if stopped else TOLERANCE_EXCEEDED
                if operation.action == "DETECT_DRIFT":
                    continue
                instance = self._set.instances[target]
                instance.detailed = "CANCELLED"
                instance.reason = result.reason
                self._announce.instance(self._set, operation, instance)
        operation.status = "STOPPED" if stopped else "FAILED" if self._exceeded else "SUCCEEDED"
        operation.ended = now()
        self._announce.operation(self._set, operation)


def _fail(result: Result, instance: Instance, failure: MemberError) -> None:
    result.status = "FAILED"
    result.reason = instance.reason = failure.reason
    instance.detailed = "INOPERABLE" if failure.inoperable else "FAILED"
    instance.status = "INOPERABLE" if failure.inoperable else "OUTDATED"


def _skip(result: Result, instance: Instance) -> None:
    # [I] AWS documents the instance's status, and no status of results that would fit.
    result.status, result.reason = "CANCELLED", SUSPENDED
    instance.detailed, instance.reason = "SKIPPED_SUSPENDED_ACCOUNT", SUSPENDED


def _in_order(operation: Operation) -> list[str]:
    """Return the regions that have targets: those of RegionOrder first, the rest as given."""
    present: Iterable[str] = dict.fromkeys(target.region for target in operation.results)
    wished = [region for region in operation.preferences.region_order if region in present]
    return wished + [region for region in present if region not in wished]


class Queue:
    """Run the operations of a set one after the other."""

    def __init__(self, start: Callable[[StackSet, Operation], Runner]) -> None:
        self._start = start
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def add(self, stack_set: StackSet, operation: Operation) -> None:
        """Run an operation now, or, while another of its set runs, after that."""
        before = self._tasks.get(stack_set.arn)
        if before is not None and not before.done():
            operation.status = "QUEUED"
        run = self._run_after(before, stack_set, operation)
        self._tasks[stack_set.arn] = asyncio.create_task(run)

    async def _run_after(
        self, before: "asyncio.Task[None] | None", stack_set: StackSet, operation: Operation
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        # A queued operation may have been stopped meanwhile.
        if not operation.has_ended:
            await self._start(stack_set, operation).run()
