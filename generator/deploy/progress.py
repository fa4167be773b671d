"""How a deployment tells what it does; the commands decide how that looks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """Where one stack stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    CANCELLED = "not started"


@dataclass(frozen=True, slots=True)
class Row:
    """One stack of the unit at hand: account × region."""

    account: str
    region: str
    status: Status
    detail: str = ""
    """The resource that is being made, or why it failed."""


class Progress(Protocol):
    """What a deployment reports to."""

    def begin(self, unit: str, purpose: str) -> None:
        """Start a unit; the rows that follow are its stacks."""

    def row(self, row: Row) -> None:
        """Show or replace the row of an account and region."""

    def note(self, text: str) -> None:
        """Say something that is no row."""

    def end(self, result: str) -> None:
        """End the unit."""

    def close(self) -> None:
        """Leave the display as it should be, whatever happened."""
