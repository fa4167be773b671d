"""CodePipeline: what a pipeline is made of, its executions, and who waits for an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as the pipeline declares it."""

    name: str
    actions: tuple[str, ...]
    rolls_back: bool
    """Whether its failure starts an execution that takes it back."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What an execution was started for."""

    id: str
    """A commit, or the version of an object."""
    summary: str
    url: str


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a pipeline."""

    id: str
    status: str
    """AWS's own: InProgress, Stopping, Stopped, Succeeded, Superseded, Cancelled, Failed."""
    reason: str
    type: str
    """STANDARD or ROLLBACK."""
    rollback_target: str | None
    """The execution that a rollback goes back to."""
    trigger: str
    started: datetime
    updated: datetime
    revisions: tuple[Revision, ...]

    @property
    def ended(self) -> bool:
        return self.status not in {"InProgress", "Stopping"}

    @property
    def is_rollback(self) -> bool:
        return self.type == "ROLLBACK"


@dataclass(frozen=True, slots=True)
class ActionRun:
    """One run of an action in an execution; a retried action has several."""

    id: str
    stage: str
    action: str
    provider: str
    region: str
    status: str
    """InProgress, Abandoned, Succeeded or Failed."""
    started: datetime
    updated: datetime
    summary: str
    error: str
    """AWS's words for why it failed."""
    external_id: str
    """The provider's own id: of a build, of an operation."""
    url: str
    configuration: dict[str, str]
    variables: dict[str, str]

    @property
    def ended(self) -> bool:
        return self.status != "InProgress"


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval that waits for somebody."""

    stage: str
    action: str
    execution: str
    token: str


@dataclass(frozen=True, slots=True)
class State:
    """What the executions' history does not tell."""

    approvals: tuple[Approval, ...]
    closed: dict[str, str]
    """Why nothing enters a stage, by stage: somebody has disabled the transition into it."""


class Pipelines:
    """The pipelines of one account and region."""

    def __init__(self, cloud: Cloud, *, account: str, region: str):
        self._client = cloud.client("codepipeline", region=region, account=account)
        self.region = region

    def declared(self, name: str) -> tuple[Stage, ...] | None:
        """List a pipeline's stages; None when there is no such pipeline."""
        try:
            with aws_errors(f"reading pipeline {name}"):
                found = self._client.get_pipeline(name=name)["pipeline"]
        except AwsError as error:
            if error.code == "PipelineNotFoundException":
                return None
            raise
        return tuple(
            Stage(
                name=stage["name"],
                actions=tuple(
                    action["name"]
                    for action in sorted(stage["actions"], key=lambda a: a.get("runOrder", 1))
                ),
                rolls_back=stage.get("onFailure", {}).get("result") == "ROLLBACK",
            )
            for stage in found["stages"]
        )

    def executions(self, name: str, *, limit: int, succeeded_in: str = "") -> list[Execution]:
        """List the newest executions, newest first; those that got through a stage, if named."""
        wanted = {"filter": {"succeededInStage": {"stageName": succeeded_in}}}
        pages = self._pages(
            "list_pipeline_executions", "pipelineExecutionSummaries", pipelineName=name,
            maxResults=min(limit, 100), **(wanted if succeeded_in else {}),
        )  # fmt: skip
        return [_execution(row) for row in islice(pages, limit)]

    def runs(self, name: str, execution: str) -> list[ActionRun]:
        """List all runs of actions in an execution, oldest first."""
        pages = self._pages(
            "list_action_executions", "actionExecutionDetails", pipelineName=name,
            filter={"pipelineExecutionId": execution},
        )  # fmt: skip
        return sorted(map(_run, pages), key=lambda run: run.started)

    def state(self, name: str) -> State:
        """Read which approvals wait, and which stages nothing enters."""
        with aws_errors(f"reading the state of pipeline {name}"):
            stages = self._client.get_pipeline_state(name=name)["stageStates"]
        approvals = [
            Approval(
                stage=stage["stageName"],
                action=action["actionName"],
                execution=stage["latestExecution"]["pipelineExecutionId"],
                token=latest["token"],
            )
            for stage in stages
            for action in stage.get("actionStates", ())
            if (latest := action.get("latestExecution", {})).get("token")
            and latest.get("status") == "InProgress"
        ]
        closed = {
            stage["stageName"]: transition.get("disabledReason", "")
            for stage in stages
            if not (transition := stage.get("inboundTransitionState", {})).get("enabled", True)
        }
        return State(tuple(approvals), closed)

    def answer(self, name: str, approval: Approval, *, approved: bool, comment: str) -> None:
        """Answer an approval that waits."""
        with aws_errors(f"answering the approval of execution {approval.execution}"):
            self._client.put_approval_result(
                pipelineName=name,
                stageName=approval.stage,
                actionName=approval.action,
                token=approval.token,
                result={"status": "Approved" if approved else "Rejected", "summary": comment},
            )

    def _pages(self, method: str, rows: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        while True:
            with aws_errors(f"reading pipeline {arguments['pipelineName']}"):
                page = getattr(self._client, method)(**arguments)
            yield from page[rows]
            if not (following := page.get("nextToken")):
                return
            arguments["nextToken"] = following


def _execution(row: dict[str, Any]) -> Execution:
    return Execution(
        id=row["pipelineExecutionId"],
        status=row["status"],
        reason=row.get("statusSummary") or row.get("stopTrigger", {}).get("reason", ""),
        type=row.get("executionType", "STANDARD"),
        rollback_target=row.get("rollbackMetadata", {}).get("rollbackTargetPipelineExecutionId"),
        trigger=row.get("trigger", {}).get("triggerType", ""),
        started=row["startTime"],
        updated=row.get("lastUpdateTime") or row["startTime"],
        revisions=tuple(
            Revision(
                id=revision.get("revisionId", ""),
                summary=revision.get("revisionSummary", ""),
                url=revision.get("revisionUrl", ""),
            )
            for revision in row.get("sourceRevisions", ())
        ),
    )


def _run(row: dict[str, Any]) -> ActionRun:
    given, made = row.get("input", {}), row.get("output", {})
    result = made.get("executionResult", {})
    return ActionRun(
        id=row["actionExecutionId"],
        stage=row["stageName"],
        action=row["actionName"],
        provider=given.get("actionTypeId", {}).get("provider", ""),
        region=given.get("region", ""),
        status=row["status"],
        started=row["startTime"],
        updated=row.get("lastUpdateTime") or row["startTime"],
        summary=result.get("externalExecutionSummary", ""),
        error=result.get("errorDetails", {}).get("message", ""),
        external_id=result.get("externalExecutionId", ""),
        url=result.get("externalExecutionUrl", ""),
        configuration={**given.get("configuration", {}), **given.get("resolvedConfiguration", {})},
        variables=made.get("outputVariables", {}),
    )
