"""Show a deployment: a live table at a terminal, plain lines everywhere else."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from generator.deploy.progress import Progress, Row, Status
from generator.report.looks import folding

_STYLES = {
    Status.WAITING: "dim",
    Status.RUNNING: "cyan",
    Status.DONE: "green",
    Status.UNCHANGED: "dim",
    Status.FAILED: "bold red",
    Status.CANCELLED: "yellow",
}
_SYMBOLS = {
    Status.WAITING: "·",
    Status.RUNNING: "…",
    Status.DONE: "✓",
    Status.UNCHANGED: "=",
    Status.FAILED: "✗",
    Status.CANCELLED: "-",
}
_OPEN = {Status.WAITING, Status.RUNNING}
_MANY = 40
"""Rows of a unit from which on only their sums are shown, and what fails or runs."""
_SHOWN = 10
"""Rows of the latter, of each kind."""
_SUMS = 20
"""Times that a log tells the sums of many rows: at every twentieth that is done."""


def progress_on(console: Console) -> Progress:
    """Choose the form that fits: a terminal can be redrawn, a log can't."""
    return LiveProgress(console) if console.is_interactive else LineProgress(console)


class LineProgress:
    """One line for each change of a row."""

    def __init__(self, console: Console):
        self._console = console
        self._unit = ""
        self._rows: dict[tuple[str, str], Row] = {}
        self._open = 0
        # Regions report from threads of their own.
        self._lock = threading.Lock()

    def begin(self, unit: str, purpose: str) -> None:
        self._unit = unit
        self._rows = {}
        self._open = 0
        self._print(Text(f"{unit}: {purpose}", style="bold"))

    def row(self, row: Row) -> None:
        with self._lock:
            key = (row.account, row.region)
            before = self._rows.get(key)
            if before == row:
                return
            self._rows[key] = row
            self._open += (row.status in _OPEN) - (before is not None and before.status in _OPEN)
            if len(self._rows) <= _MANY:
                self._print(Text.assemble("  ", *_cells(row)))
            elif before is None or before.status is not row.status:
                self._one_of_many(row)

    def _one_of_many(self, row: Row) -> None:
        if row.status is Status.FAILED:
            self._print(Text.assemble("  ", *_cells(row)))
        settled = len(self._rows) - self._open
        if row.status not in _OPEN and settled % max(1, len(self._rows) // _SUMS) == 0:
            self._print(Text.assemble("  ", _sums(self._rows.values())))

    def note(self, text: str) -> None:
        self._print(Text(f"  {text}", style="yellow"))

    def end(self, result: str) -> None:
        if len(self._rows) > _MANY:
            self._print(Text.assemble("  ", _sums(self._rows.values())))
        self._print(Text(f"{self._unit}: {result}"))

    def close(self) -> None:
        """Nothing to put back: what was printed stays."""

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)


class LiveProgress:
    """A table of the unit at hand that is redrawn in place, and stays when the unit ends."""

    def __init__(self, console: Console):
        self._console = console
        self._title = ""
        self._result = ""
        self._rows: dict[tuple[str, str], Row] = {}
        self._live: Live | None = None
        self._lock = threading.Lock()

    def begin(self, unit: str, purpose: str) -> None:
        self._stop()
        self._title, self._result = f"{unit}: {purpose}", ""
        self._rows = {}
        # Drawn when it is time to, not at each row: there may be thousands.
        self._live = Live(get_renderable=self._picture, console=self._console, refresh_per_second=8)
        self._live.start()

    def row(self, row: Row) -> None:
        with self._lock:
            self._rows[(row.account, row.region)] = row

    def note(self, text: str) -> None:
        self._console.print(Text(f"  {text}", style="yellow"))

    def end(self, result: str) -> None:
        self._result = result
        self._stop()

    def close(self) -> None:
        """Leave the terminal as it should be, whatever happened."""
        self._stop()

    def _stop(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def _picture(self) -> Group:
        table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
        with self._lock:
            rows = list(self._rows.values())
        for row in _worth_showing(rows):
            table.add_row(*(Text(text.strip(), style) for text, style in _cells(row)))
        title = Text.assemble((self._title, "bold"), f"  {self._result}" if self._result else "")
        return (
            Group(title, _sums(rows), folding(table))
            if len(rows) > _MANY
            else Group(title, folding(table))
        )


def _worth_showing(rows: Collection[Row]) -> Iterator[Row]:
    """Give all rows of a few; of many, the first that failed and the first that run."""
    if len(rows) <= _MANY:
        yield from rows
        return
    for status in (Status.FAILED, Status.RUNNING):
        yield from [row for row in rows if row.status is status][:_SHOWN]


def _sums(rows: Collection[Row]) -> Text:
    """Count rows by status: `500 instances: 120 done, 3 failed, 377 waiting`."""
    counts = Counter(row.status for row in rows)
    parts = [(f"{counts[s]} {s}", _STYLES[s]) for s in Status if counts[s]]
    text = Text(f"{len(rows)} instances: ")
    return text.append_text(Text(", ").join(Text(said, style) for said, style in parts))


def _cells(row: Row) -> list[tuple[str, str]]:
    style = _STYLES[row.status]
    return [
        (f"{_SYMBOLS[row.status]} ", style),
        (f"{row.account} ", ""),
        (f"{row.region:15}", ""),
        (f"{row.status:12}", style),
        (row.detail, "dim" if row.status is not Status.FAILED else style),
    ]
