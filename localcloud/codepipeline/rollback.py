"""Which execution a stage may be rolled back to.

https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
"""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from localcloud.errors import AwsError


class Candidate(Protocol):
    """What decides about an execution as a target."""

    @property
    def execution_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def kind(self) -> str: ...


C = TypeVar("C", bound=Candidate)


def check(candidate: Candidate, *, succeeded: bool, version: int, source: bool) -> None:
    """Refuse a target that AWS refuses."""
    named = candidate.execution_id
    if source:
        raise _unable("a source stage cannot be rolled back")
    if candidate.kind == "ROLLBACK":
        raise _unable(f"the target pipeline execution {named} is itself a rollback")
    if candidate.version != version:
        raise AwsError(
            "PipelineExecutionOutdatedException",
            f"The pipeline execution {named} is outdated and cannot be used as a target pipeline "
            f"execution for rollback: it ran version {candidate.version} of the pipeline, which "
            f"is at version {version}",
        )
    if not succeeded:
        raise _unable(f"the target pipeline execution {named} did not succeed in this stage")


def automatic_target(
    executions: Iterable[C], *, succeeded: Callable[[C], bool], version: int
) -> C | None:
    """Return the newest execution that a failed stage goes back to by itself, if there is one.

    `executions` are in the order in which they were started.
    """
    fit = [
        one
        for one in executions
        if one.kind == "STANDARD" and one.version == version and succeeded(one)
    ]
    return fit[-1] if fit else None


def _unable(why: str) -> AwsError:
    return AwsError("UnableToRollbackStageException", f"Unable to roll back the stage: {why}")
