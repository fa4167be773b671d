"""What a look at something says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generator.errors import GenError


class Level(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"
    """Something will not work, but not everything."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    group: str
    """machine, project or account."""
    subject: str
    level: Level
    said: str
    to_do: str | None = None
    code: str | None = None
    """What `gen explain` tells more of."""


def told(group: str, subject: str, error: GenError, level: Level = Level.FAIL) -> Finding:
    """Make a finding of an error: its first problem, and how many more there are."""
    first, *more = error.problems
    said = f"{first.where}: {first.message}" if first.where else first.message
    return Finding(group, subject, level, said + (f" (and {len(more)} more)" if more else ""),
                   first.hint)  # fmt: skip
