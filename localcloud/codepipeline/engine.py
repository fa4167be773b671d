"""Carry executions through their stages, one behind the other, and roll back what fails."""

import asyncio
import logging

from localcloud import ministack
from localcloud.codepipeline import events, rollback
from localcloud.codepipeline.model import Execution, Pipeline, Store
from localcloud.codepipeline.stages import ALL_ACTIONS, Stages

PATIENCE_SECONDS = 5.0
SUPERSEDED, CANCELLED = "Superseded", "Cancelled"
log = logging.getLogger("localcloud")


class Engine:
    """Run executions, each as a task of its own."""

    def __init__(self, store: Store, stages: Stages) -> None:
        self._store = store
        self.stages = stages
        # The executions that wait before a stage, and what they are told: go in, or how they end.
        self._turns: dict[str, asyncio.Future[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, pipeline: Pipeline, execution: Execution, *, only: str | None = None) -> None:
        """Begin an execution at its first stage, or run one stage only; callable on any thread."""
        pipeline.executions[execution.execution_id] = execution
        names = [only] if only else [str(one["name"]) for one in execution.declaration["stages"]]
        ministack.on_the_loop(lambda: self._begin(pipeline, execution, names, "STARTED"))

    def resume(self, pipeline: Pipeline, execution: Execution, stage: str, mode: str) -> None:
        """Go on at a stage that has failed."""
        execution.change("InProgress")
        execution.attempt += 1
        execution.stop_reason = None
        execution.abandoned.clear()
        names = [str(one["name"]) for one in execution.declaration["stages"]]
        rest = [stage] if execution.rollback_of else names[names.index(stage) :]
        ministack.on_the_loop(lambda: self._begin(pipeline, execution, rest, "RESUMED", mode))

    def roll_back(
        self, pipeline: Pipeline, stage: str, target: Execution, trigger: dict[str, str]
    ) -> Execution:
        """Run a stage with the artifacts and variables of an execution that succeeded there."""
        back = Execution(
            place=pipeline.place,
            declaration=target.declaration,
            trigger=trigger,
            variables=dict(target.variables),
            rollback_of=target.execution_id,
            artifacts={name: dict(places) for name, places in target.artifacts.items()},
            outputs={name: dict(values) for name, values in target.outputs.items()},
            revisions=dict(target.revisions),
        )
        # At once, so that nobody who waits goes in before it.
        pipeline.lines[stage].arrive(back.execution_id, back.mode, rollback=True)
        self.start(pipeline, back, only=stage)
        return back

    def open(self, pipeline: Pipeline) -> None:
        """Let in whoever may go in now."""
        for name, line in list(pipeline.lines.items()):
            enabled = pipeline.transitions[name].enabled
            while (
                admitted := line.admit(str(pipeline.declaration["executionMode"]), enabled=enabled)
            ) is not None:
                self._tell(admitted, "in")

    def cancel_outdated(self, pipeline: Pipeline) -> None:
        """End executions of earlier versions, once the actions that run have ended.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-edit.html
        """
        for execution in pipeline.running():
            if execution.version != pipeline.version:
                execution.outdated = True
                self._tell(execution.execution_id, CANCELLED)

    def stop_waiting(self, execution: Execution) -> None:
        """End an execution that waits before a stage."""
        self._tell(execution.execution_id, "Stopped")

    async def end(self) -> None:
        """End everything without a trace, and wait until no action calls anything any more."""
        for pipeline in self._store.all():
            self._abandon(pipeline)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE_SECONDS)
        self._turns.clear()
        self._store.clear()

    def forget(self, pipeline: Pipeline) -> None:
        """End the executions of a pipeline that is deleted."""
        self._abandon(pipeline)
        tasks = [one.task for one in pipeline.executions.values() if one.task is not None]

        def cancel() -> None:
            for task in tasks:
                task.cancel()

        ministack.on_the_loop(cancel)

    def _abandon(self, pipeline: Pipeline) -> None:
        for execution in pipeline.executions.values():
            execution.abandoned.set()

    def _tell(self, execution_id: str, what: str) -> None:
        turn = self._turns.pop(execution_id, None)
        if turn is not None and not turn.done():
            turn.set_result(what)

    def _begin(
        self,
        pipeline: Pipeline,
        execution: Execution,
        names: list[str],
        state: str,
        mode: str = ALL_ACTIONS,
    ) -> None:
        work = self._run(pipeline, execution, names, state, mode)
        execution.task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(execution.task)
        execution.task.add_done_callback(self._tasks.discard)

    async def _run(
        self, pipeline: Pipeline, execution: Execution, names: list[str], state: str, mode: str
    ) -> None:
        try:
            await self._go_through(pipeline, execution, names, state, mode)
        except Exception as error:
            # Nobody would learn of it otherwise: an execution must not stay in progress.
            log.exception("execution %s of %s", execution.execution_id, pipeline.arn)
            execution.summary = f"Internal error of the local cloud: {error!r}"
            self._finish(execution, "Failed")
            self.open(pipeline)

    async def _go_through(
        self, pipeline: Pipeline, execution: Execution, names: list[str], state: str, mode: str
    ) -> None:
        with ministack.at(execution.place):
            events.pipeline(execution, state)
            for name in names:
                told = await self._enter(pipeline, execution, name)
                if told != "in":
                    self._finish(execution, told)
                    self.open(pipeline)
                    return
                line = pipeline.lines[name]
                try:
                    ended = await self.stages.run(execution, name, mode)
                finally:
                    line.leave(execution.execution_id)
                if ended not in ("Succeeded", "Skipped"):
                    self._finish(execution, ended)
                    if ended == "Failed":
                        self._react(pipeline, execution, name)
                    self.open(pipeline)
                    return
                mode = ALL_ACTIONS
                self.open(pipeline)
                if execution.status == "Stopping":
                    self._finish(execution, "Stopped")
                    return
            self._finish(execution, "Succeeded")

    async def _enter(self, pipeline: Pipeline, execution: Execution, stage: str) -> str:
        """Wait for a turn in a stage; return "in", or how the execution ends instead."""
        line, own = pipeline.lines[stage], execution.execution_id
        if execution.status == "Stopping":
            line.leave(own)
            return "Stopped"
        if execution.outdated:
            line.leave(own)
            return CANCELLED
        if own in line.inside:
            return "in"
        turn: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._turns[own] = turn
        if own not in line.waiting:
            for other in line.arrive(own, execution.mode):
                self._tell(other, SUPERSEDED)
        self.open(pipeline)
        try:
            told = await turn
        finally:
            self._turns.pop(own, None)
        if told != "in":
            line.leave(own)
        return told

    def _finish(self, execution: Execution, status: str) -> None:
        execution.change(status)
        events.pipeline(execution, events.state_of(status))

    def _react(self, pipeline: Pipeline, failed: Execution, stage: str) -> None:
        """Roll a failed stage back by itself, where it says so and there is a way back."""
        if (
            not failed.stages[stage].rolls_back
            or failed.rollback_of
            or failed.version != pipeline.version
        ):
            return
        target = rollback.automatic_target(
            pipeline.executions.values(),
            succeeded=lambda one: succeeded_in(one, stage),
            version=pipeline.version,
        )
        if target is not None:
            trigger = {"triggerType": "AutomatedRollback", "triggerDetail": failed.execution_id}
            self.roll_back(pipeline, stage, target, trigger)


def succeeded_in(execution: Execution, stage: str) -> bool:
    """Tell whether an execution has succeeded in a stage."""
    known = execution.stages.get(stage)
    return known is not None and known.status == "Succeeded"
