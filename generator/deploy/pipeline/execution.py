"""An execution of a pipeline, as people want to see it: stages, actions, why it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from generator.aws.pipelines import ActionRun, Execution, Revision, Stage, State
from generator.deploy.pipeline.build_log import shortened

MEANINGS = {
    "Cancelled": "the pipeline was changed while this ran: push again, or release the change again",
    "Superseded": "a newer execution has overtaken this one",
}
"""What AWS means by how an execution ended, where it gives no reason of its own.
https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html"""


@dataclass(frozen=True, slots=True)
class Question:
    """What a waiting approval asks."""

    text: str
    url: str
    command: str
    """By which it is answered."""


@dataclass(frozen=True, slots=True)
class ActionView:
    """An action in an execution."""

    name: str
    status: str | None = None
    """AWS's own; None when it has not begun."""
    seconds: float | None = None
    summary: str = ""
    """The provider's words; for a failed action, why it failed."""
    url: str = ""
    log: tuple[str, ...] = ()
    """The end of a failed build's log."""
    question: Question | None = None
    """Of an approval that waits for an answer."""


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage in an execution."""

    name: str
    status: str | None
    actions: tuple[ActionView, ...]
    closed: str | None = None
    """Why nothing enters it; None when it is open, or was entered."""


@dataclass(frozen=True, slots=True)
class ExecutionView:
    """An execution of a pipeline."""

    pipeline: str
    id: str
    status: str
    reason: str
    type: str
    rollback_target: str | None
    trigger: str
    started: datetime
    seconds: float
    revisions: tuple[Revision, ...]
    release: str | None
    """What its build made."""
    changes: str | None
    """Key of the object that says what the release would change."""
    url: str
    """Its page in the AWS console; empty in the local cloud."""
    stages: tuple[StageView, ...]
    command: str
    """By which this pipeline is looked at."""
    waiting: str | None = None
    """Another execution, which waits for an approval."""

    @property
    def ended(self) -> bool:
        return self.status not in {"InProgress", "Stopping"}

    @property
    def succeeded(self) -> bool:
        return self.status == "Succeeded"


@dataclass(frozen=True, slots=True)
class Lens:
    """How executions of one pipeline are looked at."""

    pipeline: str
    stages: tuple[Stage, ...]
    log: Callable[[ActionRun], tuple[str, ...]]
    """Gives the end of a failed build's log."""
    page: Callable[[str], str] | None
    """Gives an execution's page in the console; None in the local cloud, where no link leads on."""
    command: str
    """By which the pipeline is looked at."""

    def view(
        self, execution: Execution, runs: list[ActionRun], state: State, *, now: datetime
    ) -> ExecutionView:
        """Put together what is known of an execution; `runs` are oldest first."""
        made = {name: value for run in runs for name, value in run.variables.items()}
        end = execution.updated if execution.ended else now
        others = [a.execution for a in state.approvals if a.execution != execution.id]
        return ExecutionView(
            pipeline=self.pipeline,
            id=execution.id,
            status=execution.status,
            reason=execution.reason or MEANINGS.get(execution.status, ""),
            type=execution.type,
            rollback_target=execution.rollback_target,
            trigger=execution.trigger,
            started=execution.started,
            seconds=_seconds(execution.started, end),
            revisions=execution.revisions,
            release=made.get("GEN_RELEASE"),
            changes=made.get("GEN_CHANGES"),
            url=self.page(execution.id) if self.page else "",
            stages=self._stage_views(execution, runs, state, now),
            command=self.command,
            waiting=others[0] if others else None,
        )

    def _stage_views(
        self, execution: Execution, runs: list[ActionRun], state: State, now: datetime
    ) -> tuple[StageView, ...]:
        # Of a retried action, the last run counts.
        ran: dict[str, dict[str, ActionRun]] = {}
        for run in runs:
            ran.setdefault(run.stage, {})[run.action] = run
        declared = {stage.name: stage.actions for stage in self.stages}
        # A rollback runs one stage; an older execution may have run stages that are gone.
        shown = [*({} if execution.is_rollback else declared), *ran]
        views = []
        for name in dict.fromkeys(shown):
            there = ran.get(name, {})
            actions = tuple(dict.fromkeys((*declared.get(name, ()), *there)))
            views.append(
                StageView(
                    name=name,
                    status=_status([there.get(a) for a in actions], over=execution.ended),
                    actions=tuple(
                        self._action_view(a, there.get(a), over=execution.ended, now=now)
                        for a in actions
                    ),
                    closed=state.closed.get(name) if not there and not execution.ended else None,
                )
            )
        return tuple(views)

    def _action_view(
        self, name: str, run: ActionRun | None, *, over: bool, now: datetime
    ) -> ActionView:
        if run is None:
            return ActionView(name)
        # Of an execution that was stopped, an action may say for ever that it is under way.
        over = over or run.ended
        view = ActionView(
            name=name,
            status=run.status,
            seconds=_seconds(run.started, run.updated if over else now),
            summary=run.summary,
            url=run.url if self.page else "",
        )
        if run.status == "Failed":
            return replace(view, summary=shortened(run.error or run.summary), log=self.log(run))
        if run.provider == "Manual" and not over:
            asked = run.configuration
            link = asked.get("ExternalEntityLink", "") if self.page else ""
            return replace(
                view,
                question=Question(asked.get("CustomData", ""), link, f"{self.command} --approve"),
            )
        return view


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())


def _status(runs: list[ActionRun | None], *, over: bool) -> str | None:
    """Tell a stage's status from its actions'; None stands for one that has not begun."""
    statuses = {run.status for run in runs if run}
    for status in ("Failed", "Abandoned", "InProgress"):
        if status in statuses:
            return status
    if not statuses:
        return None
    if all(runs):
        return "Succeeded"
    return "Stopped" if over else "InProgress"
