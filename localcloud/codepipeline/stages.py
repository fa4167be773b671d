"""Carry an execution through one stage: its actions in run order, and what follows a failure."""

import asyncio
import time
from collections.abc import Callable

from localcloud import ministack_pipelines
from localcloud.clock import Clock
from localcloud.codepipeline import events, variables
from localcloud.codepipeline.clients import Clients
from localcloud.codepipeline.conditions import Conditions
from localcloud.codepipeline.failures import AbandonedError, ActionError
from localcloud.codepipeline.jobs import Job, explain, place, put
from localcloud.codepipeline.lines import run_orders
from localcloud.codepipeline.model import ActionRun, Artifact, Declaration, Execution, StageRun
from localcloud.codepipeline.performers import Perform, performers
from localcloud.codepipeline.providers.sources import Sources

FAILED_ACTIONS, ALL_ACTIONS = "FAILED_ACTIONS", "ALL_ACTIONS"


class Stages:
    """Run stages; actions at work are known by their run's id."""

    def __init__(self, clients: Clients, clock: Clock, sources: Sources) -> None:
        self._clients = clients
        self._clock = clock
        self._performers = performers(sources)
        self.jobs: dict[str, Job] = {}
        self._conditions = Conditions(self._job, self.jobs)

    async def run(self, execution: Execution, name: str, mode: str = ALL_ACTIONS) -> str:
        """Run a stage; return Succeeded, Skipped, Failed, Stopped or Cancelled."""
        stage, resumed = execution.stage(name), name in execution.stages
        known = execution.stages.setdefault(name, StageRun())
        started = known.entered = time.time()
        known.status, known.rolls_back = "InProgress", False
        events.stage(execution, name, "RESUMED" if resumed else "STARTED", started)
        status, result = await self._through(execution, stage, known, mode)
        if result == "RETRY" and not resumed:
            known.automatic_retries += 1
            known.latest_retry = "AutomatedStageRetry"
            events.stage(execution, name, "FAILED", started)
            events.stage(execution, name, "RESUMED", started)
            wanted = (stage["onFailure"].get("retryConfiguration") or {}).get("retryMode")
            status, result = await self._through(execution, stage, known, wanted or FAILED_ACTIONS)
        known.status, known.rolls_back = status, result == "ROLLBACK"
        events.stage(execution, name, events.state_of(status), started)
        return status

    async def _through(
        self, execution: Execution, stage: Declaration, known: StageRun, mode: str
    ) -> tuple[str, str | None]:
        """Run actions between conditions; return how it ends, and what a failure results in."""
        result = await self._judge(execution, stage, known, "beforeEntry")
        if result == "SKIP":
            return "Skipped", None
        if result is not None:
            return "Failed", None
        status = await self._attempt(execution, stage, known, mode)
        if status == "Succeeded":
            result = await self._judge(execution, stage, known, "onSuccess")
            return ("Succeeded", None) if result is None else ("Failed", result)
        if status != "Failed":
            return status, None
        on_failure = stage.get("onFailure") or {}
        if on_failure.get("conditions"):
            return "Failed", await self._judge(execution, stage, known, "onFailure")
        return "Failed", on_failure.get("result")

    async def _judge(
        self, execution: Execution, stage: Declaration, known: StageRun, hook: str
    ) -> str | None:
        result, judgement = await self._conditions.judge(execution, stage, hook)
        if judgement is not None:
            known.conditions[hook] = judgement.described()
        return result

    async def _attempt(
        self, execution: Execution, stage: Declaration, known: StageRun, mode: str
    ) -> str:
        skipped = {
            one["name"]
            for one in stage["actions"]
            if mode == FAILED_ACTIONS and known.succeeded(one["name"])
        }
        for group in run_orders(stage["actions"]):
            if execution.status == "Stopping":
                return "Stopped"
            if execution.outdated:
                return "Cancelled"
            todo = [one for one in group if one["name"] not in skipped]
            done = await asyncio.gather(
                *(self._action(execution, stage["name"], known, one) for one in todo)
            )
            if "Abandoned" in done:
                return "Cancelled" if execution.outdated else "Stopped"
            if "Failed" in done:
                return "Failed"
        return "Cancelled" if execution.outdated else "Succeeded"

    async def _action(
        self, execution: Execution, stage: str, known: StageRun, declared: Declaration
    ) -> str:
        """Run one action; return how it ended."""
        run = ActionRun(stage, declared, declared.get("region") or execution.place.region)
        execution.actions.append(run)
        known.latest[run.name] = run
        job = self._job(execution, run)
        self.jobs[run.run_id] = job
        try:
            self._prepare(execution, run)
            events.action(execution, run, "STARTED")
            perform = self._performers[declared["actionTypeId"]["provider"]]
            await ministack_pipelines.on_own_thread(_work(job, perform))
        except AbandonedError:
            run.end("Abandoned")
        except Exception as error:  # noqa: BLE001 - whatever it is, the action fails with it
            problem = explain(error)
            run.error = {"code": problem.code, "message": problem.message}
            run.end("Failed")
        else:
            self._keep(execution, run)
            run.end("Succeeded")
        finally:
            del self.jobs[run.run_id]
        cancelled = run.status == "Abandoned" and execution.outdated
        events.action(execution, run, "CANCELED" if cancelled else run.status.upper())
        return run.status

    def _job(self, execution: Execution, run: ActionRun) -> Job:
        return Job(execution, run, self._clients, lambda: self._clock.seconds(minutes=1))

    def _prepare(self, execution: Execution, run: ActionRun) -> None:
        """Resolve an action's configuration, and find its inputs."""
        given = {
            key: str(value) for key, value in (run.declared.get("configuration") or {}).items()
        }
        try:
            run.resolved = variables.resolve(given, execution.known())
        except variables.UnresolvedError as error:
            raise ActionError(
                "An action in this pipeline failed because one or more variables could not be "
                f"resolved: Action name=[{run.name}]. This can result when a variable is "
                "referenced that does not exist. Validate the pipeline action configuration. "
                f"Unresolved variables: {error}",
                "ConfigurationError",
            ) from error
        for one in run.declared.get("inputArtifacts") or []:
            places = execution.artifacts.get(one["name"])
            if not places:
                raise ActionError(
                    f"There is no artifact {one['name']} in this execution", "ConfigurationError"
                )
            run.inputs.append(places.get(run.region) or next(iter(places.values())))

    def _keep(self, execution: Execution, run: ActionRun) -> None:
        """Let later actions see what an action has made."""
        for artifact in run.outputs:
            execution.artifacts[artifact.name] = {artifact.region: artifact}
        namespace = run.declared.get("namespace")
        if namespace:
            execution.outputs[namespace] = dict(run.variables)
        if run.revision:
            execution.revisions[run.name] = run.revision


def _work(job: Job, perform: Perform) -> Callable[[], None]:
    """Return the work of an action's thread: the copies it needs, and the action itself."""

    def work() -> None:
        job.run.inputs = [_copied(job, artifact) for artifact in job.run.inputs]
        perform(job)

    return work


def _copied(job: Job, artifact: Artifact) -> Artifact:
    """Copy an artifact into the store of the action's region, if it is not there."""
    if artifact.region == job.run.region:
        return artifact
    copy = place(job.execution, artifact.name, job.run.region)
    put(job.client("s3"), job.execution, copy, job.read(artifact))
    job.execution.artifacts[artifact.name][copy.region] = copy
    return copy
