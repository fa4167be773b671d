"""Publish the state changes of pipelines, stages and actions.

https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
"""

from datetime import UTC, datetime
from typing import Any

from localcloud import ministack, ministack_events
from localcloud.codepipeline.model import ActionRun, Execution


def state_of(status: str) -> str:
    """Return an event's word for how an execution or a stage ended."""
    return {"Cancelled": "CANCELED", "Skipped": "SUCCEEDED"}.get(status, status.upper())


def pipeline(execution: Execution, state: str) -> None:
    """Tell what became of an execution: STARTED, SUCCEEDED, FAILED, STOPPED, ….

    The first event carries what triggered the execution.
    """
    detail: dict[str, Any] = {}
    if state == "STARTED":
        trigger = execution.trigger
        detail["execution-trigger"] = {
            "trigger-type": trigger["triggerType"],
            "trigger-detail": trigger.get("triggerDetail", ""),
        }
    _announce("Pipeline", execution, state, execution.started, detail)


def stage(execution: Execution, name: str, state: str, started: float) -> None:
    """Tell how a stage fares."""
    _announce("Stage", execution, state, started, {"stage": name})


def action(execution: Execution, run: ActionRun, state: str) -> None:
    """Tell how an action fares, with its artifacts and, at its end, its result."""
    kind = run.declared["actionTypeId"]
    detail: dict[str, Any] = {
        "stage": run.stage,
        "action": run.name,
        "action-execution-id": run.run_id,
        "region": run.region,
        "type": {key: kind[key] for key in ("owner", "provider", "category", "version")},
    }
    for key, artifacts in (("input-artifacts", run.inputs), ("output-artifacts", run.outputs)):
        if artifacts and (state != "STARTED" or key == "input-artifacts"):
            detail[key] = [one.described() for one in artifacts]
    if state != "STARTED":
        detail["execution-result"] = _result(run)
    _announce("Action", execution, state, run.started, detail)


def _result(run: ActionRun) -> dict[str, str]:
    error = run.error or {}
    found = {
        "external-execution-id": run.external_id,
        "external-execution-url": run.external_url,
        "external-execution-summary": error.get("message") or run.summary,
        "error-code": error.get("code", ""),
    }
    return {key: value for key, value in found.items() if value}


def _announce(
    what: str, execution: Execution, state: str, started: float, detail: dict[str, Any]
) -> None:
    place = execution.place
    arn = f"arn:aws:codepipeline:{place.region}:{place.account}:{execution.pipeline}"
    begun = datetime.fromtimestamp(started, UTC).isoformat(timespec="milliseconds")
    told = {
        "pipeline": execution.pipeline,
        "execution-id": execution.execution_id,
        "start-time": begun.replace("+00:00", "Z"),
        **detail,
        "state": state,
        "version": execution.version,
        "pipeline-execution-attempt": execution.attempt,
    }
    with ministack.at(place):
        ministack_events.put_event(
            "aws.codepipeline", f"CodePipeline {what} Execution State Change", told, [arn]
        )
