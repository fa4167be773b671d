"""Know, for every rendered line, the template line it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass

MARK = re.compile("\x02([^\x02\x03]*):(\\d+)\x03")
"""What the renderer writes before each line of literal template text, and takes out at the end."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A line of a template; 1-based, the file as shown to the user."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class SourceMap:
    """The origin of each rendered line, in order."""

    origins: tuple[Origin | None, ...]

    def at(self, line: int) -> Origin | None:
        """Find the origin of a rendered line (1-based)."""
        return self.origins[line - 1] if 1 <= line <= len(self.origins) else None

    def as_rows(self) -> list[list[object]]:
        """Give the map as data for a JSON file: [file, line] for each rendered line."""
        return [[o.file, o.line] if o else [None, None] for o in self.origins]

    @classmethod
    def from_rows(cls, rows: list[list[object]]) -> SourceMap:
        return cls(tuple(Origin(str(f), int(str(n))) if f else None for f, n in rows))


def unmarked(text: str) -> str:
    """Take the marks out of a text."""
    return MARK.sub("", text) if "\x02" in text else text


def split(marked: str) -> tuple[str, SourceMap]:
    """Part a rendered text from its marks; white space at the ends of lines goes too."""
    lines: list[str] = []
    origins: list[Origin | None] = []
    current: Origin | None = None
    for line in marked.split("\n"):
        if (mark := MARK.search(line)) is not None:
            current = Origin(mark[1], int(mark[2]))
        lines.append(MARK.sub("", line).rstrip())
        origins.append(current)
    return "\n".join(lines), SourceMap(tuple(origins))
