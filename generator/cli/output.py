"""Where commands write: data on stdout, everything else on stderr, and how it looks there."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from generator.errors import Problem

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 500
"""Columns where nobody says how many there are."""
_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of `gen` itself."""

    local: bool
    debug: bool
    color: bool


def console(*, plain: bool = False) -> Console:
    """Give the console for everything that is not data: stderr."""
    return _console(stderr=True, plain=plain)


def screen() -> Console:
    """Give the console for pictures that are what the command was asked for: stdout."""
    out = _console(stderr=False)
    # Not is_terminal: FORCE_COLOR makes a terminal of anything.
    if not out.file.isatty() and "COLUMNS" not in os.environ:
        # Whoever reads it, a file or grep, knows no width: long texts stay in one piece.
        out.width = WIDE
    return out


def print_json(value: object) -> None:
    """Print a value as JSON; moments are written as ISO 8601."""
    click.echo(json.dumps(value, indent=2, default=lambda moment: moment.isoformat()))


def rows_of(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Give problems as they stand in JSON: message, file, line, hint."""
    return [
        {
            "message": problem.message,
            "file": None if problem.file is None else str(problem.file),
            "line": problem.line,
            "hint": problem.hint,
        }
        for problem in problems
    ]


def _console(*, stderr: bool, plain: bool = False) -> Console:
    from rich.console import Console

    context = click.get_current_context(silent=True)
    settings = context.obj if context else None
    plain = plain or (isinstance(settings, Settings) and not settings.color)
    # What is drawn again in place is for somebody who looks: FORCE_COLOR makes a terminal of any
    # file, and CI may have one that nobody looks at.
    stream = sys.stderr if stderr else sys.stdout
    seen = None if stream.isatty() and not is_ci() else False
    file = None if stream.isatty() else cast(TextIO, _Trimmed(stream))
    return Console(
        file=file, stderr=stderr, no_color=True if plain else None, force_interactive=seen
    )


class _Trimmed:
    """A file that is no terminal: tables fill their lines with blanks, which nobody wants there."""

    def __init__(self, file: TextIO):
        self._file = file
        self.encoding = file.encoding

    def write(self, text: str) -> int:
        return self._file.write(_BLANKS.sub("", text))

    def flush(self) -> None:
        self._file.flush()

    def isatty(self) -> bool:
        return False


def is_ci() -> bool:
    """Say whether this is continuous integration, where nobody looks or answers."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
