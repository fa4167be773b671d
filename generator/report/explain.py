"""What `gen explain` shows people: what a code means, why, what to do, where to read more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from generator.codes import Code


def explanation(family: str, code: Code) -> RenderableType:
    """Tell all about one code but where to read more: an address must not be broken into lines."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("why", code.goes_wrong)
    grid.add_row("what to do", code.to_do)
    if family == "preflight":
        text = f"--ignore {code.number} goes on all the same" if code.ignorable else "no"
        grid.add_row("ignore it", text)
    head = Text.assemble((code.number, "bold"), (f"  {family}", "dim"), f"  {code.title}")
    return Group(head, Padding(grid, (0, 0, 0, 2), expand=False))


def listing(families: Mapping[str, Iterable[tuple[str, str]]]) -> RenderableType:
    """List codes with their titles, by family."""
    return Group(*_families(families))


def _families(families: Mapping[str, Iterable[tuple[str, str]]]) -> Iterator[RenderableType]:
    for number, (family, codes) in enumerate(families.items()):
        if number:
            yield Text()
        yield Text(family, "bold")
        grid = Table.grid(padding=(0, 2))
        grid.add_column(overflow="fold")
        grid.add_column(overflow="fold")
        for code, title in codes:
            grid.add_row(code, title)
        yield Padding(grid, (0, 0, 0, 2), expand=False)


def more(codes: Sequence[str]) -> Text:
    """Say how to read more about what an error named."""
    return Text(f"more about it: gen explain {' '.join(codes)}", style="dim")
