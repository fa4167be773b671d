"""Show what another template would change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from generator.plan import ResourceChange
from generator.plan.changes import RESOURCES
from generator.plan.wording import Line, Look, lines_of, summary

_STYLES = {
    Look.ADD: "green",
    Look.REMOVE: "red",
    Look.MODIFY: "yellow",
    Look.REPLACE: "magenta",
    Look.LOSS: "bold red",
    Look.NOTE: "dim",
}


def picture(changes: Sequence[ResourceChange]) -> Group:
    """Draw changes: resources first, then the other sections, then how many."""
    return Group(*_parts(changes))


def as_json(changes: Iterable[ResourceChange]) -> list[dict[str, Any]]:
    """Give changes for a machine, in full; secrets are masked here, too."""
    return [asdict(change) for change in changes]


def _parts(changes: Sequence[ResourceChange]) -> Iterator[RenderableType]:
    sections: dict[str, list[ResourceChange]] = {RESOURCES: []}
    for change in changes:
        sections.setdefault(change.section, []).append(change)
    for name, found in sections.items():
        if found:
            yield Text(name, style="bold")
            yield from (_line(line) for change in found for line in lines_of(change))
    yield Text(summary(changes), style="bold red" if any(c.data_loss for c in changes) else "bold")


def _line(line: Line) -> RenderableType:
    """Show a line; a long one goes on below its own text."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, width=1)
    grid.add_column(overflow="fold")
    style = _STYLES[line.look]
    # Within a resource only the signs have colours, so that the resources stand out.
    quiet = line.depth and line.look not in (Look.LOSS, Look.NOTE)
    grid.add_row(Text(line.look, style=style), Text(line.text, style="" if quiet else style))
    return Padding(grid, (0, 0, 0, 2 + 2 * line.depth))
