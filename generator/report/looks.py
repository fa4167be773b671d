"""How things are said wherever they are shown: facts, lengths of time, moments."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

_CONTROL = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def duration(seconds: float) -> str:
    """Write a length of time as people say it: `8 s`, `4 min 12 s`, `2 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def moment(time: datetime) -> str:
    """Write a moment, the same wherever it is read."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def first_line(text: str) -> str:
    """Give the first line of a text that may have many."""
    return text.strip().partition("\n")[0]


def who(arn: str) -> str:
    """Say who it was in a few words: a user, a session's name, or the role of a build."""
    kind, *names = arn.split(":", 5)[-1].split("/")
    if kind == "assumed-role" and len(names) == 2:
        role, session = names
        # Nobody knows a build by its session; people's sessions have their names.
        return role if session.startswith("AWSCodeBuild-") else session
    return names[-1] if names else kind


def fact(name: str, value: Text) -> Table:
    """Show one fact with its name; a long one goes on below itself."""
    grid = Table.grid()
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    grid.add_row(f"  {name:10}", value)
    return grid


def folding(table: Table, *, whole: Collection[int] = ()) -> Table:
    """Break words that are too long for a narrow terminal, where rich would cut them.

    Columns that are to stay `whole` leave it to the others.
    """
    for number, column in enumerate(table.columns):
        column.overflow = "fold"
        column.no_wrap = number in whole
    return table


def printable(text: str) -> str:
    """Write control characters as escapes: they would act on terminals, and XML has none."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
