"""Refuse calls that do not fit the state of a stack set."""

from localcloud.errors import AwsError, validation_error
from localcloud.stacksets.model import StackSet, Target


def missing_instance(stack_set: StackSet, target: Target) -> AwsError:
    """Return the refusal of a target that is no instance of the set."""
    return AwsError(
        "StackInstanceNotFoundException",
        f"Stack instance for stack set {stack_set.set_id}, account {target.account} and region "
        f"{target.region} not found",
        404,
    )


def required(targets: list[Target]) -> list[Target]:
    """Refuse a call that names no targets."""
    if not targets:
        raise validation_error("Accounts and Regions must be specified")
    return targets


def refuse_missing(stack_set: StackSet, targets: list[Target]) -> None:
    """Refuse a call of which one target is no instance of the set."""
    for target in targets:
        if target not in stack_set.instances:
            raise missing_instance(stack_set, target)


def refuse_in_progress(stack_set: StackSet) -> None:
    """Refuse a change while an operation of the set runs or waits."""
    running = stack_set.unfinished()
    if running is not None:
        raise AwsError(
            "OperationInProgressException",
            f"Another Operation on StackSet {stack_set.arn} is in progress: {running.operation_id}",
            409,
        )
