"""Show log lines of many places: narrow columns first, what is long goes on below itself."""

from __future__ import annotations

import json
from datetime import UTC, date

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from generator.deploy.pipeline.delivery_events import LogLine


class LogPicture:
    """Draws lines one after the other; the date is said when it changes."""

    def __init__(self, *, accounts: bool):
        """`accounts` says whether there is more than one to tell apart."""
        self._accounts = accounts
        self._date: date | None = None

    def line(self, line: LogLine) -> RenderableType:
        """Draw one line."""
        time = line.time.astimezone(UTC)
        grid = Table.grid(padding=(0, 1, 0, 0))
        # Wide enough for AWS's longest, so that the rows, each a table of its own, stand in line.
        for width in (8, 27 if self._accounts else 14, 9):
            grid.add_column(no_wrap=True, min_width=width)
        grid.add_column(overflow="fold")
        place = f"{line.account} {line.region}" if self._accounts else line.region
        grid.add_row(f"{time:%H:%M:%S}", place, line.source, _told(line))
        if time.date() == self._date:
            return grid
        self._date = time.date()
        return Group(Text(f"{time:%Y-%m-%d} UTC", style="dim"), grid)


def _told(line: LogLine) -> Text:
    if not line.status:
        return Text(_message(line.text))
    text = Text.assemble(f"{line.what} ", (line.status, _style(line.status)))
    if line.text:
        text.append(f"  {line.text}", style="red" if "FAIL" in line.status else "dim")
    return text


def _style(status: str) -> str:
    if "FAIL" in status or status in {"ALARM", "STOP", "STOPPED"} or "ROLLBACK" in status:
        return "bold red"
    if status.endswith("_COMPLETE") or status in {"SUCCEEDED", "SUCCESS", "OK"}:
        return "green"
    return "yellow" if status == "DELETE_SKIPPED" else "cyan"


def _message(text: str) -> str:
    """Say a function's JSON line as people would."""
    try:
        told = json.loads(text)
    except ValueError:
        return text
    if not isinstance(told, dict):
        return text
    words = [str(told[key]) for key in ("level", "message", "errorMessage") if told.get(key)]
    if trace := told.get("stackTrace"):
        words.append("\n" + "".join(map(str, trace)).rstrip())
    return " ".join(words) or text
