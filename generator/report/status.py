"""Show the state of an environment."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from generator.deploy.inspection.set_status import OperationStatus, SetStatus
from generator.deploy.inspection.status import InstanceStatus, Status, TakenBack
from generator.errors import Problem
from generator.report.looks import duration, fact, first_line, moment
from generator.units import SERVICE

_SUSPENDED = "SKIPPED_SUSPENDED_ACCOUNT"


def picture(status: Status) -> Group:
    """Draw the state of an environment."""
    return Group(*_parts(status))


def _parts(status: Status) -> Iterator[RenderableType]:
    yield Text(f"{status.project}-{status.environment}", style="bold")
    yield fact("release", Text(status.current or "none"))
    if status.last_good != status.current:
        yield fact("last good", Text(status.last_good or "none", style="yellow"))
    if status.taken_back:
        yield fact("bad", _taken_back(status.taken_back))
    yield Text()
    for instance in status.instances:
        yield from _instance(instance, expected=status.current)
    yield Text()
    yield fact("operation", _operation(status))
    for one in status.sets:
        yield from _set(one)
    yield fact("pipeline", _pipeline(status))
    if status.to_do:
        yield Text()
        yield Text("To do", style="bold yellow")
        for problem in status.to_do:
            yield from _problem(problem)


def _instance(instance: InstanceStatus, *, expected: str | None) -> Iterator[RenderableType]:
    symbol, style = _look(instance, expected=expected)
    line = Text(f"  {symbol} {instance.account} {instance.region:14}", style=style)
    other = instance.release != expected
    line.append(f"  {instance.release or '-':12}", style="yellow" if other else "")
    line.append(f"  {instance.status or 'not deployed'}", style=style)
    if instance.in_progress:
        line.append(f"  {instance.stack_status}", style="cyan")
    yield line
    if instance.status and instance.has_stack and instance.stack_status is None:
        yield _below("this account cannot be looked into from here", style="dim")
    if instance.failed and instance.stack_status:
        yield _below(f"its stack is {instance.stack_status}", style=style)
    if instance.detailed_status == _SUSPENDED:
        yield _below("left out: the account is suspended", style="yellow")
    if instance.reason and instance.status != "CURRENT":
        yield _below(instance.reason)
    if instance.to_do:
        yield _below(f"→ {instance.to_do}", style="cyan")
    if not instance.configured:
        yield _below("the parameter file does not name it any more", style="yellow")
    for alarm in instance.alarms:
        yield _below(f"ALARM {alarm.name}", style="bold red")
        if alarm.reason:
            yield _below(alarm.reason, style="dim", indent=8)


def _look(instance: InstanceStatus, *, expected: str | None) -> tuple[str, str]:
    if instance.status is None:
        return "·", "dim"
    if instance.failed or instance.alarms:
        return "✗", "bold red"
    if instance.in_progress:
        return "…", "cyan"
    unknown = instance.stack_status is None
    if instance.status == "CURRENT" and (unknown or instance.release == expected):
        return "✓", "green"
    return "!", "yellow"


def _set(one: SetStatus) -> Iterator[RenderableType]:
    """Show what is under way on a set; of others than the service, also what is behind."""
    for each in one.under_way:
        yield fact("under way", Text(progress_of(one, each), style="cyan"))
    if one.unit == SERVICE:
        return
    for behind in one.behind:
        text = f"{one.name} in {behind.account} {behind.region} is {behind.status}"
        if behind.detailed_status == _SUSPENDED:
            text += ": the account is suspended"
        elif behind.reason:
            text += f": {behind.reason}"
        yield fact("behind", Text(text, style="bold red" if behind.reason else "yellow"))
        if behind.to_do:
            yield _below(f"→ {behind.to_do}", style="cyan")


def progress_of(one: SetStatus, each: OperationStatus) -> str:
    """Say how far an operation is: whose it is, and how many of its instances are done."""
    said = (
        f"{one.name}: {each.operation.action} by {each.by} {each.operation.status} since"
        f" {moment(each.operation.started)}, {each.done} of {each.instances} done"
    )
    return f"{said}, {each.failed} failed" if each.failed else said


def _taken_back(bad: TakenBack) -> Text:
    line = Text.assemble((bad.release, "bold red"), f"  {moment(bad.time)}")
    return line.append(f"  {first_line(bad.reason)}") if bad.reason else line


def _operation(status: Status) -> Text:
    if (operation := status.operation) is None:
        return Text("none yet")
    if operation.in_progress:
        said = f"{operation.action} {operation.status} since {moment(operation.started)}"
        return Text(said, style="cyan")
    said = f"{operation.action} {operation.status}  {moment(operation.started)}"
    if operation.ended:
        said += f"  {duration((operation.ended - operation.started).total_seconds())}"
    if operation.reason:
        said += f"  {operation.reason}"
    return Text(said, style="" if operation.succeeded else "bold red")


def _pipeline(status: Status) -> Text:
    if status.pipeline is None:
        return Text("none")
    if (execution := status.execution) is None:
        return Text("nothing has been pushed yet")
    style = {"Succeeded": "green", "Failed": "bold red", "InProgress": "cyan"}
    what = "rollback" if execution.is_rollback else "execution"
    look = style.get(execution.status, "yellow")
    line = Text.assemble((f"{what} {execution.id[:8]} {execution.status}", look))
    line.append(f"  {moment(execution.started)}", style="dim")
    for revision in execution.revisions[:1]:
        line.append(f"  {revision.id[:7]} {first_line(revision.summary)}")
    return line


def _problem(problem: Problem) -> Iterator[RenderableType]:
    yield Padding(Text(f"! {problem.message}", style="yellow"), (0, 0, 0, 2), expand=False)
    if problem.hint:
        text = Text(f"→ {problem.hint}", style="cyan", overflow="fold")
        yield Padding(text, (0, 0, 0, 4), expand=False)


def _below(text: str, *, style: str = "", indent: int = 6) -> Padding:
    return Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, indent), expand=False)
