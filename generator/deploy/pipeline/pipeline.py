"""Read a pipeline's executions, and follow one to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from datetime import UTC, datetime

from generator.aws import AwsError, Builds, Cloud, Pipelines
from generator.aws.console import pipeline_page
from generator.aws.pipelines import ActionRun, Execution
from generator.config import Config, Names
from generator.deploy.pipeline.build_log import READ, last_output
from generator.deploy.pipeline.execution import ExecutionView, Lens
from generator.errors import GenError, Problem, UsageError

LOOKS_FOR_ROLLBACK = 20
"""How often to look for the rollback of a failed stage until none is expected any more."""
LOOKS_FOR_START = 200
"""How often to look for the execution that a push starts."""
RECENT = 20
"""Executions among which a failed one and its rollback are found."""
LOOK_BACK = 500
"""Executions among which one is looked for by its id: some months of a busy pipeline."""


class PipelineReader:
    """Reads the executions of one pipeline."""

    def __init__(
        self, name: str, pipelines: Pipelines, builds: Builds,
        *, environment: str, is_local: bool, now: Callable[[], datetime] | None = None,
    ):  # fmt: skip
        self.name = name
        self.pipelines = pipelines
        self._builds = builds
        self._environment = environment
        self._is_local = is_local
        self._now = now or (lambda: datetime.now(UTC))
        self._logs: dict[str, tuple[str, ...]] = {}
        self._lens: Lens | None = None

    @classmethod
    def of(cls, cloud: Cloud, config: Config) -> PipelineReader:
        """Read the pipeline of an environment."""
        where = {"account": config.targets.tools_account, "region": config.regions.primary}
        return cls(
            Names.of(config).stack("pipeline"), Pipelines(cloud, **where),
            Builds(cloud, account=where["account"]),
            environment=config.environment, is_local=cloud.is_local,
        )  # fmt: skip

    @property
    def lens(self) -> Lens:
        """How to look at its executions; raises GenError when the pipeline is not deployed."""
        if self._lens is None:
            stages = self.pipelines.declared(self.name)
            if stages is None:
                local = " --local" if self._is_local else ""
                raise GenError(
                    f"there is no pipeline {self.name} yet",
                    hint=f"run `gen deploy -e {self._environment}{local}`",
                )
            page = None if self._is_local else self._page
            local = " --local" if self._is_local else ""
            command = f"gen pipeline -e {self._environment}{local}"
            self._lens = Lens(self.name, stages, self._log, page, command)
        return self._lens

    def executions(self, limit: int = RECENT) -> list[Execution]:
        """List the newest executions, newest first."""
        return self.pipelines.executions(self.lens.pipeline, limit=limit)

    def newest(self) -> tuple[ExecutionView, ...]:
        """Show the newest execution, and what it takes back when it is an automatic rollback.

        Empty when nothing has been pushed yet.
        """
        if not (executions := self.executions()):
            return ()
        newest, *earlier = executions
        failed = next((e for e in earlier if e.status == "Failed" and not e.is_rollback), None)
        if failed and newest.trigger == "AutomatedRollback":
            return self.view(failed), self.view(newest)
        return (self.view(newest),)

    def find(self, id_: str) -> Execution:
        """Find an execution by its id, or by the beginning of it."""
        executions = self.executions(LOOK_BACK)
        found = [execution for execution in executions if execution.id.startswith(id_)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(execution.id[:8] for execution in executions[:5])
        raise UsageError(
            f"{len(found)} executions of {self.name} begin with '{id_}'"
            if found
            else f"no execution of {self.name} begins with '{id_}'",
            hint=f"the newest are {known}" if known else "nothing has been pushed yet",
        )

    def view(self, execution: Execution) -> ExecutionView:
        """Show an execution as it is now."""
        return self.lens.view(
            execution,
            self.pipelines.runs(self.name, execution.id),
            self.pipelines.state(self.name),
            now=self._now(),
        )

    def again(self, view: ExecutionView) -> ExecutionView:
        """Look at the same execution again."""
        return self.view(
            next((e for e in self.executions() if e.id == view.id), None) or self.find(view.id)
        )

    def rollback_of(self, view: ExecutionView) -> ExecutionView | None:
        """Find the execution that takes a failed one back."""
        later = [e for e in self.executions() if e.is_rollback and e.started > view.started]
        return self.view(min(later, key=lambda e: e.started)) if later else None

    def rolls_back(self, view: ExecutionView) -> bool:
        """Say whether CodePipeline takes this failure back by itself.

        It does so where an earlier execution got through the stage that failed.
        https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback-auto.html
        """
        if view.status != "Failed" or view.type == "ROLLBACK":
            return False
        return any(
            self.pipelines.executions(self.name, limit=1, succeeded_in=stage)
            for stage in self._failed_with_a_way_back(view)
        )

    def left_behind(self, views: tuple[ExecutionView, ...]) -> str | None:
        """Say who takes back a failed release that the pipeline does not; None when it does.

        Nothing is to be taken back, either, where it failed before it reached a region.
        """
        last = views[-1]
        failed = last.status == "Failed" and self._failed_with_a_way_back(last)
        if not failed or self.rolls_back(last):
            return None
        local = " --local" if self._is_local else ""
        return (
            "the pipeline takes nothing back by itself now: the rollback coordinator gives every "
            "region the last good release, where there has been one. What runs: "
            f"gen status -e {self._environment}{local}"
        )

    def _failed_with_a_way_back(self, view: ExecutionView) -> list[str]:
        """List the stages that failed and are declared to roll back."""
        failed = {stage.name for stage in view.stages if stage.status == "Failed"}
        return [s.name for s in self.lens.stages if s.rolls_back and s.name in failed]

    def _page(self, execution: str) -> str:
        return pipeline_page(self.pipelines.region, self.name, execution)

    def _log(self, run: ActionRun) -> tuple[str, ...]:
        """Read the end of a failed build's log, once: it does not grow any more."""
        if run.provider != "CodeBuild" or not run.external_id:
            return ()
        if not self._logs.get(run.id):
            region = run.region or self.pipelines.region
            try:
                lines = self._builds.log_end(run.external_id, region=region, lines=READ)
            except AwsError as error:
                # That the log cannot be read must not hide the failure itself.
                lines = [f"(the build's log cannot be read: {error.code or error.message})"]
            self._logs[run.id] = last_output(lines)
        return self._logs[run.id]


def follow(
    reader: PipelineReader, views: tuple[ExecutionView, ...], *, pause: Callable[[], None]
) -> Iterator[tuple[ExecutionView, ...]]:
    """Yield executions again and again until the last has ended, and the rollback it causes."""
    yield views
    *before, view = views
    while not view.ended:
        pause()
        view = reader.again(view)
        yield (*before, view)
    if not reader.rolls_back(view):
        return
    for _ in range(LOOKS_FOR_ROLLBACK):
        if rollback := reader.rollback_of(view):
            yield from follow(reader, (*before, view, rollback), pause=pause)
            return
        pause()


def started_by(
    reader: PipelineReader, revision: str, *, before: Set[str], pause: Callable[[], None]
) -> Execution:
    """Wait for the execution that a push starts; `before` were there when it was made."""
    for _ in range(LOOKS_FOR_START):
        for execution in reader.executions():
            # Until its source action has run, an execution may not know what it is for.
            known = {known.id for known in execution.revisions} or {revision}
            if execution.id not in before and not execution.is_rollback and revision in known:
                return execution
        pause()
    raise GenError(
        f"the push has started no execution of {reader.name}",
        hint="see what waits for you: `gen status`",
    )


def no_pipeline(environment: str) -> Problem:
    """Say that a configuration has no pipeline."""
    return Problem(
        f"'{environment}' has no pipeline",
        file=f"params/{environment}.yaml",
        hint="say under `pipeline` where its source is, then `gen render` and `gen deploy`",
    )
