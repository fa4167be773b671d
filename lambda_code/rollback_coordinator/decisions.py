"""What may be decided.

After Restore and Wait one looks again later, after Finish and Judge at once; Alert and Nothing are
the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from history import Entry
from operations import Operation, RestoreId


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again later."""

    why: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """The end: there is nothing to do, or no more."""

    why: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Give the set a good release back, in every region."""

    operation: RestoreId
    why: str


@dataclass(frozen=True, slots=True)
class Finish:
    """A restore is done: tell and record it."""

    operation: Operation
    restore: RestoreId


@dataclass(frozen=True, slots=True)
class Judge:
    """Others have put it right: tell and record that the release failed."""

    verdict: Entry
    running: str


@dataclass(frozen=True, slots=True)
class Alert:
    """The end, too: people have to help."""

    about: tuple[str, ...]
    """What makes it the same alert, which is told once."""
    subject: str
    why: str
    todo: str
    verdict: Entry | None = None
    operation: str | None = None
    """Whose failed instances are named."""


Decision = Wait | Nothing | Restore | Finish | Judge | Alert
