"""Show what was changed behind CloudFormation's back."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from generator.deploy.inspection.drift_report import (
    DRIFTED,
    IN_SYNC,
    NOT_CHECKED,
    DriftedResource,
    DriftReport,
    StackDrift,
    UncheckedResource,
    UnitDrift,
)

_LOOKS = {IN_SYNC: ("✓", "green"), DRIFTED: ("!", "bold yellow"), NOT_CHECKED: ("·", "dim")}


def picture(report: DriftReport) -> Group:
    """Draw a report: units, their stacks, what differs in them."""
    return Group(*_parts(report))


def _parts(report: DriftReport) -> Iterator[RenderableType]:
    yield Text(f"{report.project}-{report.environment}", style="bold")
    for unit in report.units:
        yield Text()
        yield Text.assemble((unit.unit, "bold"), (f"  {unit.name}", "dim"))
        if not unit.stacks:
            yield Text("  not deployed, or not looked at", style="dim")
        for stack in unit.stacks:
            yield from _stack(stack)
        if unit.unchecked:
            yield from _unchecked(unit)


def _stack(stack: StackDrift) -> Iterator[RenderableType]:
    symbol, style = _LOOKS.get(stack.status, ("✗", "bold red"))
    line = Text(f"  {symbol} {stack.account} {stack.region:14}  {stack.status}", style=style)
    yield line.append(f"  {stack.reason}", style="") if stack.reason else line
    for resource in stack.resources:
        yield from _resource(resource)


def _resource(resource: DriftedResource) -> Iterator[RenderableType]:
    style = "bold red" if resource.status == "DELETED" else "yellow"
    line = Text.assemble((resource.logical_id, "bold"), f" ({resource.type})  ")
    line.append(resource.status, style=style)
    line.append(f"  {resource.physical_id}", style="dim")
    yield Padding(line, (0, 0, 0, 6), expand=False)
    if resource.file:
        where = Text(f"{resource.file}:{resource.line}", style="cyan")
        yield Padding(where, (0, 0, 0, 8), expand=False)
    if resource.differences:
        grid = Table.grid(padding=(0, 2))
        for one in resource.differences:
            grid.add_row(
                Text(one.path, overflow="fold"),
                Text(one.type, style="dim"),
                Text(f"{one.expected} → {one.actual}", style="yellow", overflow="fold"),
            )
        yield Padding(grid, (0, 0, 0, 8), expand=False)


def _unchecked(unit: UnitDrift) -> Iterator[RenderableType]:
    """Name what CloudFormation cannot compare, by type."""
    types: dict[str, list[UncheckedResource]] = {}
    for one in unit.unchecked:
        types.setdefault(one.type, []).append(one)
    yield Text("  not checked, for CloudFormation cannot compare them:", style="dim")
    for name, found in sorted(types.items()):
        said = ", ".join(one.logical_id for one in found)
        yield Padding(Text(f"{name}  {said}", style="dim"), (0, 0, 0, 6), expand=False)
