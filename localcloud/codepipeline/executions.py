"""Start, stop, retry and roll back executions; describe what they did; take answers."""

import time
from typing import Any

from localcloud import ministack_access
from localcloud.codepipeline import events, rollback
from localcloud.codepipeline.engine import Engine, succeeded_in
from localcloud.codepipeline.jobs import Job
from localcloud.codepipeline.model import Execution, Pipeline
from localcloud.codepipeline.service import Message, Service
from localcloud.errors import AwsError

REVISION_TYPES = ("COMMIT_ID", "S3_OBJECT_VERSION_ID")


class Executions:
    """Answer the API's actions on executions."""

    def __init__(self, service: Service, engine: Engine) -> None:
        self._service = service
        self._engine = engine

    def start(self, message: Message) -> dict[str, Any]:
        pipeline = self._service.find(message)
        given = {one["name"]: one["value"] for one in message.get("variables") or []}
        overrides: dict[str, dict[str, str]] = {}
        for one in message.get("sourceRevisions") or []:
            if one["revisionType"] not in REVISION_TYPES:
                raise AwsError(
                    "ValidationException",
                    f"The local cloud knows revisions of the types {', '.join(REVISION_TYPES)}",
                )
            overrides[one["actionName"]] = {one["revisionType"]: one["revisionValue"]}
        trigger = {
            "triggerType": "StartPipelineExecution",
            "triggerDetail": ministack_access.caller(),
        }
        execution = self._service.begin(pipeline, trigger, given, overrides)
        return {"pipelineExecutionId": execution.execution_id}

    def stop(self, message: Message) -> dict[str, Any]:
        _, execution = self.find_execution(message)
        abandon = bool(message.get("abandon"))
        if execution.status not in ("InProgress", "Stopping"):
            raise AwsError(
                "PipelineExecutionNotStoppableException",
                f"Unable to stop the pipeline execution {execution.execution_id}: it is "
                f"{execution.status}",
            )
        if execution.status == "Stopping" and (not abandon or execution.abandoned.is_set()):
            raise AwsError(
                "DuplicatedStopRequestException",
                f"The pipeline execution {execution.execution_id} is already stopping",
            )
        if execution.status == "InProgress":
            execution.change("Stopping")
            events.pipeline(execution, "STOPPING")
        execution.stop_reason = str(message.get("reason") or "")
        if abandon:
            execution.abandoned.set()
        self._engine.stop_waiting(execution)
        return {"pipelineExecutionId": execution.execution_id}

    def retry(self, message: Message) -> dict[str, Any]:
        pipeline, execution = self.find_execution(message)
        name = self._service.stage_name(pipeline, message)
        known = execution.stages.get(name)
        if known is None or known.status not in ("Failed", "Stopped"):
            raise _not_retryable("the stage contains no failed actions of this execution")
        if execution.version != pipeline.version:
            raise _not_retryable("the pipeline has been changed since")
        if latest(pipeline, name) is not execution:
            raise AwsError(
                "NotLatestPipelineExecutionException",
                f"The stage has been run by a later execution than {execution.execution_id}",
            )
        if pipeline.lines[name].inside or execution.status in ("InProgress", "Stopping"):
            raise AwsError("ConflictException", "The pipeline is busy: try again later")
        known.manual_retries += 1
        known.latest_retry = "ManualStageRetry"
        self._engine.resume(pipeline, execution, name, str(message["retryMode"]))
        return {"pipelineExecutionId": execution.execution_id}

    def roll_back(self, message: Message) -> dict[str, Any]:
        pipeline = self._service.find(message, "pipelineName")
        name = self._service.stage_name(pipeline, message)
        target = execution_of(pipeline, message.get("targetPipelineExecutionId"))
        rollback.check(
            target,
            succeeded=succeeded_in(target, name),
            version=pipeline.version,
            source=name == pipeline.stage_names[0],
        )
        if pipeline.lines[name].inside:
            raise AwsError(
                "UnableToRollbackStageException",
                "Unable to roll back the stage: the stage is currently running",
            )
        trigger = {
            "triggerType": "ManualRollback",
            "triggerDetail": ministack_access.caller(),
        }
        back = self._engine.roll_back(pipeline, name, target, trigger)
        return {"pipelineExecutionId": back.execution_id}

    # --- answers from outside

    def approve(self, message: Message) -> dict[str, Any]:
        pipeline = self._service.find(message, "pipelineName")
        stage = self._service.stage_name(pipeline, message)
        name, token = str(message.get("actionName")), message.get("token")
        declared = next(one for one in pipeline.declaration["stages"] if one["name"] == stage)
        if name not in [one["name"] for one in declared["actions"]]:
            raise AwsError("ActionNotFoundException", f"Stage {stage} has no action {name}")
        runs = [
            run
            for execution in pipeline.executions.values()
            for run in execution.actions
            if (run.stage, run.name) == (stage, name) and run.token
        ]
        run = next((one for one in runs if one.token == token), None)
        if run is None:
            raise AwsError("InvalidApprovalTokenException", "The approval token is not valid")
        job = self._engine.stages.jobs.get(run.run_id)
        if job is None or job.answer is not None:
            raise AwsError(
                "ApprovalAlreadyCompletedException",
                "The approval has already been completed",
            )
        run.updated_by = ministack_access.caller()
        job.answer = dict(message["result"])
        return {"approvedAt": time.time()}

    def job_succeeded(self, message: Message) -> dict[str, Any]:
        self._job(message).answer = dict(message)
        return {}

    job_failed = job_succeeded

    def _job(self, message: Message) -> Job:
        found = self._engine.stages.jobs.get(str(message.get("jobId")))
        provider = found and found.run.declared["actionTypeId"]["provider"]
        if found is None or provider not in ("Lambda", "LambdaInvoke"):
            raise AwsError("JobNotFoundException", f"There is no job {message.get('jobId')}")
        return found

    def find_execution(self, message: Message) -> tuple[Pipeline, Execution]:
        pipeline = self._service.find(message, "pipelineName")
        return pipeline, execution_of(pipeline, message.get("pipelineExecutionId"))


def execution_of(pipeline: Pipeline, execution_id: Any) -> Execution:
    """Return an execution of a pipeline, or refuse its id."""
    found = pipeline.executions.get(str(execution_id))
    if found is None:
        raise AwsError(
            "PipelineExecutionNotFoundException",
            f"Pipeline '{pipeline.name}' does not have an execution with id '{execution_id}'",
        )
    return found


def latest(pipeline: Pipeline, stage: str) -> Execution | None:
    """Return the execution that came last into a stage."""
    found = [one for one in pipeline.executions.values() if stage in one.stages]
    return max(found, key=lambda one: one.entered(stage), default=None)


def _not_retryable(why: str) -> AwsError:
    return AwsError("StageNotRetryableException", f"Unable to retry: {why}")
