"""What is true now: read from AWS, typed, nothing changed and nothing decided."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from history import PREFIX, Entry, History
from operations import Operation
from settings import Cloud, Settings, code_of, pages

MOST_ATTEMPTS_READ = 10
"""How many undecided deployments are read; normally there is one, or none."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A deployment that nobody has judged."""

    entry: Entry
    execution: str | None
    """Of the pipeline; None for one from a terminal."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The pipeline's stage that deploys."""

    status: str
    is_rollback: bool = False
    changed: datetime | None = None
    """When one of its actions last began or ended."""
    has_target: bool = False
    """Whether there is an execution that the stage can roll back to by itself."""

    @property
    def under_way(self) -> bool:
        """Say whether an execution is in the stage."""
        return self.status in ("InProgress", "Stopping")

    @property
    def rolls_back(self) -> bool:
        """Say whether it failed so that the pipeline rolls it back."""
        return self.status == "Failed" and not self.is_rollback and self.has_target

    @property
    def gave_up(self) -> bool:
        """Say whether its rollback failed, so that the pipeline does nothing more."""
        return self.status == "Failed" and self.is_rollback


@dataclass(frozen=True, slots=True)
class Situation:
    """The set, its operations, the history and the pipeline, as they are.

    While an operation is under way, or the set is gone, what follows `operations` is not read.
    """

    now: datetime
    history: History
    operations: tuple[Operation, ...] = ()
    """The newest first."""
    exists: bool = True
    stage: Stage | None = None
    release: str | None = None
    """What the set is told to run."""
    has_outdated: bool = False
    attempts: tuple[Attempt, ...] = ()
    """The newest first."""

    @property
    def under_way(self) -> Operation | None:
        """Name an operation that has not ended."""
        return next((one for one in self.operations if one.under_way), None)

    @property
    def last(self) -> Operation | None:
        """Name the last operation that brought a release anywhere."""
        return next((one for one in self.operations if one.changes_instances), None)

    @property
    def base(self) -> str:
        """Name the last one of these that was no restore."""
        changes = (one for one in self.operations if one.changes_instances)
        return next((one.id for one in changes if not one.restore), "")

    @property
    def newest_restore(self) -> Operation | None:
        """Name the last operation that was a restore."""
        return next((one for one in self.operations if one.restore), None)

    def operation(self, id: str) -> Operation | None:
        """Find an operation."""
        return next((one for one in self.operations if one.id == id), None)


def look(cloud: Cloud, settings: Settings) -> Situation:
    """Look at the cloud; what takes many calls comes last, and only if nothing is under way."""
    now = cloud.now()
    history = History.of(_entries(cloud, settings))
    try:
        # Before its operations: a restore that somebody begins in between is then seen as one, and
        # not as a good release whose last operation failed.
        described = cloud.cloudformation.describe_stack_set(StackSetName=settings.stack_set)
        operations = _operations(cloud, settings)
    except ClientError as error:
        if code_of(error) != "StackSetNotFoundException":
            raise
        return Situation(now, history, exists=False)
    seen = Situation(now, history, operations)
    if seen.under_way:
        return seen
    parameters = {
        p["ParameterKey"]: p.get("ParameterValue", "")
        for p in described["StackSet"].get("Parameters", ())
    }
    return Situation(
        now,
        history,
        operations,
        stage=_stage(cloud, settings),
        release=parameters.get("Release") or None,
        has_outdated=_has_outdated(cloud, settings),
        attempts=tuple(
            Attempt(entry, _execution(cloud, settings, entry))
            for entry in history.undecided()[:MOST_ATTEMPTS_READ]
        ),
    )


def _entries(cloud: Cloud, settings: Settings) -> Iterator[Entry]:
    for listed in pages(
        cloud.s3.list_objects_v2,
        "Contents",
        token="ContinuationToken",
        following="NextContinuationToken",
        Bucket=settings.bucket,
        Prefix=PREFIX,
        Delimiter="/",
    ):
        if entry := Entry.of(listed["Key"]):
            yield entry


def _operations(cloud: Cloud, settings: Settings) -> tuple[Operation, ...]:
    # In which order they are listed is not documented, so all are read.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackSetOperations.html
    listed = pages(
        cloud.cloudformation.list_stack_set_operations, "Summaries", StackSetName=settings.stack_set
    )
    found = map(Operation.of, listed)
    return tuple(sorted(found, key=lambda one: (one.created, one.id), reverse=True))


def _has_outdated(cloud: Cloud, settings: Settings) -> bool:
    """Say whether a region has something else than the set; the first such instance is enough.

    INOPERABLE instances and those of suspended accounts don't count: no update reaches them.
    """
    return any(
        one["Status"] == "OUTDATED"
        and one.get("StackInstanceStatus", {}).get("DetailedStatus") != "SKIPPED_SUSPENDED_ACCOUNT"
        for one in pages(
            cloud.cloudformation.list_stack_instances, "Summaries", StackSetName=settings.stack_set
        )
    )


def _execution(cloud: Cloud, settings: Settings, entry: Entry) -> str | None:
    body = cloud.s3.get_object(Bucket=settings.bucket, Key=entry.key)["Body"].read()
    found = json.loads(body)
    return found.get("execution") or None if isinstance(found, dict) else None


def _stage(cloud: Cloud, settings: Settings) -> Stage | None:
    """Read the stage that deploys; None while nothing was ever in it."""
    try:
        state = cloud.codepipeline.get_pipeline_state(name=settings.pipeline)
    except ClientError as error:
        if code_of(error) != "PipelineNotFoundException":
            raise
        return None
    none: dict[str, Any] = {}
    found = next((s for s in state["stageStates"] if s["stageName"] == settings.stage), none)
    if not (latest := found.get("latestExecution")):
        return None
    times = [
        action["latestExecution"]["lastStatusChange"].astimezone(UTC)
        for action in found.get("actionStates", ())
        if action.get("latestExecution", {}).get("lastStatusChange")
    ]
    stage = Stage(latest["status"], latest.get("type") == "ROLLBACK", max(times, default=None))
    if stage.status != "Failed" or stage.is_rollback:
        return stage
    return Stage(
        stage.status,
        changed=stage.changed,
        has_target=_has_target(cloud, settings, state["pipelineVersion"]),
    )


def _has_target(cloud: Cloud, settings: Settings, version: int) -> bool:
    """Say whether the newest execution that succeeded in the stage is one it can roll back to.

    It must have been started in the pipeline's present version, and must be no rollback itself.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
    """
    succeeded = pages(
        cloud.codepipeline.list_pipeline_executions,
        "pipelineExecutionSummaries",
        token="nextToken",
        pipelineName=settings.pipeline,
        filter={"succeededInStage": {"stageName": settings.stage}},
    )
    newest = next((e for e in succeeded if e.get("executionType") != "ROLLBACK"), None)
    if newest is None:
        return False
    found = cloud.codepipeline.get_pipeline_execution(
        pipelineName=settings.pipeline, pipelineExecutionId=newest["pipelineExecutionId"]
    )
    return bool(found["pipelineExecution"]["pipelineVersion"] == version)
