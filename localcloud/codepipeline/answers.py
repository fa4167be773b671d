"""Describe pipelines at work: executions, actions, and where each stage stands."""

from collections.abc import Sequence
from typing import Any

from localcloud.codepipeline.engine import succeeded_in
from localcloud.codepipeline.executions import Executions, execution_of, latest
from localcloud.codepipeline.model import ActionRun, Execution, Pipeline
from localcloud.codepipeline.service import Message, Service

PAGE = 100


class Answers:
    """Answer the API's actions that only look."""

    def __init__(self, service: Service, executions: Executions) -> None:
        self._service = service
        self._executions = executions

    def execution(self, message: Message) -> dict[str, Any]:
        _, execution = self._executions.find_execution(message)
        revisions = [
            {"name": output["name"], **execution.revisions[action["name"]]}
            for stage in execution.declaration["stages"]
            for action in stage["actions"]
            for output in action["outputArtifacts"]
            if action["name"] in execution.revisions
        ]
        return {
            "pipelineExecution": {
                "pipelineName": execution.pipeline,
                "pipelineVersion": execution.version,
                **_summary(execution),
                "artifactRevisions": revisions,
                "variables": [
                    {"name": name, "resolvedValue": value}
                    for name, value in execution.variables.items()
                ],
            }
        }

    def executions(self, message: Message) -> dict[str, Any]:
        pipeline = self._service.find(message, "pipelineName")
        found = list(reversed(pipeline.executions.values()))
        wanted = (message.get("filter") or {}).get("succeededInStage")
        if wanted:
            # https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_SucceededInStageFilter.html
            name = wanted["stageName"]
            version = pipeline.version
            found = [one for one in found if succeeded_in(one, name) and one.version == version]
        page, more = _page(found, message)
        return {"pipelineExecutionSummaries": [_listed(one) for one in page], **more}

    def actions(self, message: Message) -> dict[str, Any]:
        pipeline = self._service.find(message, "pipelineName")
        given = message.get("filter") or {}
        newest = (given.get("latestInPipelineExecution") or {}).get("pipelineExecutionId")
        only = given.get("pipelineExecutionId") or newest
        if only:
            execution_of(pipeline, only)
        runs = [
            (execution, run)
            for execution in reversed(pipeline.executions.values())
            if only in (None, execution.execution_id)
            for run in reversed(execution.actions)
            if not newest or execution.stages[run.stage].latest.get(run.name) is run
        ]
        page, more = _page(runs, message)
        return {"actionExecutionDetails": [_action(*one) for one in page], **more}

    def state(self, message: Message) -> dict[str, Any]:
        pipeline = self._service.find(message)
        return {
            "pipelineName": pipeline.name,
            "pipelineVersion": pipeline.version,
            "stageStates": [_stage(pipeline, stage) for stage in pipeline.declaration["stages"]],
            "created": pipeline.created,
            "updated": pipeline.updated,
        }


def _page(found: Sequence[Any], message: Message) -> tuple[Sequence[Any], dict[str, str]]:
    start = int(message.get("nextToken") or 0)
    end = start + int(message.get("maxResults") or PAGE)
    return found[start:end], {"nextToken": str(end)} if end < len(found) else {}


def _summary(execution: Execution) -> dict[str, Any]:
    found: dict[str, Any] = {
        "pipelineExecutionId": execution.execution_id,
        "status": execution.status,
        "trigger": execution.trigger,
        "executionMode": execution.mode,
        "executionType": execution.kind,
    }
    if execution.summary:
        found["statusSummary"] = execution.summary
    if execution.rollback_of:
        found["rollbackMetadata"] = {"rollbackTargetPipelineExecutionId": execution.rollback_of}
    return found


def _listed(execution: Execution) -> dict[str, Any]:
    found = {
        **_summary(execution),
        "startTime": execution.started,
        "lastUpdateTime": execution.updated,
        "sourceRevisions": [
            {"actionName": name, **revision} for name, revision in execution.revisions.items()
        ],
    }
    if execution.stop_reason is not None:
        found["stopTrigger"] = {"reason": execution.stop_reason}
    return found


def _action(execution: Execution, run: ActionRun) -> dict[str, Any]:
    declared = run.declared
    given: dict[str, Any] = {
        "actionTypeId": declared["actionTypeId"],
        "configuration": declared["configuration"],
        "resolvedConfiguration": run.resolved,
        "region": run.region,
        "inputArtifacts": [one.described() for one in run.inputs],
    }
    given.update({key: declared[key] for key in ("roleArn", "namespace") if key in declared})
    return {
        "pipelineExecutionId": execution.execution_id,
        "actionExecutionId": run.run_id,
        "pipelineVersion": execution.version,
        "stageName": run.stage,
        "actionName": run.name,
        "startTime": run.started,
        "lastUpdateTime": run.updated,
        "status": run.status,
        "input": given,
        "output": {
            "outputArtifacts": [one.described() for one in run.outputs],
            "executionResult": _present(
                externalExecutionId=run.external_id,
                externalExecutionSummary=(run.error or {}).get("message") or run.summary,
                externalExecutionUrl=run.external_url,
                errorDetails=run.error,
            ),
            "outputVariables": run.variables,
        },
        **_present(updatedBy=run.updated_by),
    }


def _stage(pipeline: Pipeline, stage: dict[str, Any]) -> dict[str, Any]:
    name = stage["name"]
    transition, newest = pipeline.transitions[name], latest(pipeline, name)
    found: dict[str, Any] = {
        "stageName": name,
        "inboundTransitionState": {
            "enabled": transition.enabled,
            **_present(
                lastChangedBy=transition.changed_by,
                lastChangedAt=transition.changed_at,
                disabledReason=transition.reason,
            ),
        },
        "actionStates": [
            _action_state(newest, name, action["name"]) for action in stage["actions"]
        ],
    }
    waiting = [pipeline.executions[one] for one in pipeline.lines[name].waiting]
    if waiting:
        inbound = [_stage_execution(one, "InProgress") for one in waiting]
        found["inboundExecution"], found["inboundExecutions"] = inbound[0], inbound
    if newest is not None:
        known = newest.stages[name]
        found["latestExecution"] = _stage_execution(newest, known.status)
        found.update({f"{hook}ConditionState": one for hook, one in known.conditions.items()})
        if known.latest_retry:
            found["retryStageMetadata"] = {
                "autoStageRetryAttempt": known.automatic_retries,
                "manualStageRetryAttempt": known.manual_retries,
                "latestRetryTrigger": known.latest_retry,
            }
    return found


def _stage_execution(execution: Execution, status: str) -> dict[str, str]:
    shown = "Stopping" if status == "InProgress" and execution.status == "Stopping" else status
    return {
        "pipelineExecutionId": execution.execution_id,
        "status": shown,
        "type": execution.kind,
    }


def _action_state(newest: Execution | None, stage: str, name: str) -> dict[str, Any]:
    run = newest.stages[stage].latest.get(name) if newest is not None else None
    if run is None:
        return {"actionName": name}
    found: dict[str, Any] = {
        "actionName": name,
        "latestExecution": {
            "actionExecutionId": run.run_id,
            "status": run.status,
            "lastStatusChange": run.updated,
            **_present(
                summary=run.summary,
                lastUpdatedBy=run.updated_by,
                externalExecutionId=run.external_id,
                externalExecutionUrl=run.external_url,
                errorDetails=run.error,
                # A token is of use only while somebody is asked.
                token=run.token if run.status == "InProgress" else "",
            ),
        },
    }
    if run.revision:
        found["currentRevision"] = {
            "revisionId": run.revision["revisionId"],
            "revisionChangeId": run.revision["revisionId"],
            "created": run.updated,
        }
    return found


def _present(**given: Any) -> dict[str, Any]:
    return {key: value for key, value in given.items() if value}
