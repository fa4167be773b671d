"""Say in words what operations of StackSets did and do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from generator.deploy.operations.causes import named
from generator.deploy.operations.operation import starter
from generator.deploy.operations.stop import Stoppable, Stopped
from generator.plan.state import Operation
from generator.report.looks import duration, moment
from generator.units import SERVICE, Pair


def latest(operations: Iterable[tuple[str, Operation]], *, again: str) -> Iterator[Text]:
    """Tell of the last operation of each StackSet, and how to go on after one that ended badly."""
    for name, operation in operations:
        style = "" if operation.succeeded else "bold red"
        yield Text(f"  {name}: {past(operation)}", style=style)
        if not operation.succeeded:
            yield Text(f"    → to go on with what it left: {again}", style="cyan")


def past(operation: Operation) -> str:
    """Tell how an operation ended: what, whose, when."""
    said = f"{operation.action} by {starter(operation.id)} {operation.status}"
    if operation.status == "SUCCEEDED" and not operation.succeeded:
        said += f" with {operation.failed_instances} failed"
    said += f"  {moment(operation.started)}"
    if operation.ended:
        said += f"  {duration((operation.ended - operation.started).total_seconds())}"
    return f"{said}  {operation.reason}" if operation.reason else said


def under_way(one: Stoppable, *, coordinated: bool) -> Text:
    """Tell of an operation that can be stopped: whose, how far, and what stopping it does.

    `coordinated` is an environment whose rollback coordinator hears of it.
    """
    text = Text(f"{one.said}\n")
    facts = (
        ("finished", one.pairs("SUCCEEDED", "FAILED")),
        ("runs, and will be finished", one.pairs("RUNNING")),
        ("will not be begun", one.pairs("PENDING")),
    )
    for what, pairs in facts:
        if pairs:
            text.append(f"  {what}: {_listed(pairs)}\n")
    if starter(one.operation.id).startswith("the pipeline"):
        text.append(
            "  if it is the pipeline's, its stage fails by it and may roll back\n", style="yellow"
        )
    if coordinated and one.unit.unit.name == SERVICE:
        text.append(
            "  the rollback coordinator hears of it: it gives every region the last good release"
            " again, unless that is what is being stopped\n",
            style="yellow",
        )
    text.rstrip()
    return text


def ended(one: Stopped, *, options: str) -> Text:
    """Tell how an operation ended that was stopped, and what to do with the rest."""
    operation = one.operation
    said = f"operation {operation.id} on {one.unit.name}: {operation.status}\n"
    text = Text.assemble((said, "bold"))
    if one.done:
        text.append(f"  have what it brought: {_listed(one.done)}\n")
    if one.left:
        text.append(f"  are as they were: {_listed(one.left)}\n", style="yellow")
        text.append(f"  to go on: gen resume {options}\n", style="cyan")
    text.rstrip()
    return text


def _listed(pairs: Sequence[Pair]) -> str:
    return named(pairs, most=10)
