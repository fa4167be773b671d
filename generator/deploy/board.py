"""Show work on several units at once: a row for each account and region, whatever is done there."""

from __future__ import annotations

import threading

from generator.deploy.progress import Progress, Row, Status
from generator.units import Pair

_UNDER_WAY = (Status.RUNNING, Status.WAITING)


class Board:
    """What is known of each unit in each account and region."""

    def __init__(self, progress: Progress):
        self._progress = progress
        self._states: dict[Pair, dict[str, tuple[Status, str]]] = {}
        self._lock = threading.Lock()

    def show(self, unit: str, pair: Pair, status: Status, detail: str = "") -> None:
        """Tell what a unit's stack is at; callable on any thread."""
        with self._lock:
            states = self._states.setdefault(pair, {})
            states[unit] = (status, detail)
            self._progress.row(_row(pair, states))

    def note(self, text: str) -> None:
        """Say something that is no row."""
        self._progress.note(text)

    def of(self, unit: str) -> Progress:
        """Give one unit's view of the board, for what reports to a Progress."""
        return _Part(self, unit)


class _Part:
    """A unit's rows; how each ends is for the whole to say."""

    def __init__(self, board: Board, unit: str):
        self._board = board
        self._unit = unit

    def begin(self, unit: str, purpose: str) -> None:
        """The board has begun already."""

    def row(self, row: Row) -> None:
        status = Status.WAITING if row.status is Status.WAITING else Status.RUNNING
        self._board.show(self._unit, (row.account, row.region), status)

    def note(self, text: str) -> None:
        self._board.note(text)

    def end(self, result: str) -> None:
        """The board ends by itself."""

    def close(self) -> None:
        """The board is closed by whoever made it."""


def _row(pair: Pair, states: dict[str, tuple[Status, str]]) -> Row:
    """Sum up: what is under way while anything is, else how all of it ended."""
    busy = [unit for unit, (status, _) in states.items() if status in _UNDER_WAY]
    if busy:
        running = any(states[unit][0] is Status.RUNNING for unit in busy)
        return Row(*pair, Status.RUNNING if running else Status.WAITING, ", ".join(busy))
    failed = any(status is Status.FAILED for status, _ in states.values())
    said = [f"{unit}: {detail}" for unit, (_, detail) in states.items() if detail]
    return Row(*pair, Status.FAILED if failed else Status.DONE, "; ".join(said))
