"""Keep looking at something that goes on by itself, although the line to it may break."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from generator.aws import AwsError
from generator.errors import GenError, Problem

T = TypeVar("T")
MOST_MISSES = 6
"""Looks in a row that may fail. Each is patient by itself, for five minutes where no answer comes
(aws/patience.py): half an hour of a network that is down, and no end to one that comes and goes."""
_GONE = {"OperationNotFoundException", "StackSetNotFoundException"}
_MOST_GONE = 5
"""What has just been made may not be there for every reader yet."""


class Contact:
    """The line to one thing that is followed."""

    def __init__(self, what: str, note: Callable[[str], None]):
        """`what` names it in sentences, such as `operation 1 on shop-dev-service`."""
        self._what = what
        self._note = note
        self._misses = 0

    def look(self, read: Callable[[], T]) -> T | None:
        """Read it; None when that failed and is worth another try.

        Raises GenError when it is gone, or cannot be looked at any more: never as if what is
        followed had failed.
        """
        try:
            seen = read()
        except AwsError as error:
            self._miss(error)
            return None
        if self._misses:
            self._note(f"{self._what} is in sight again")
        self._misses = 0
        return seen

    def _miss(self, error: AwsError) -> None:
        self._misses += 1
        gone = error.code in _GONE
        if gone and self._misses > _MOST_GONE:
            raise GenError(
                Problem(
                    f"{self._what} is not there any more: its StackSet was deleted meanwhile",
                    hint="`gen status` shows what there is",
                )
            ) from error
        if not (gone or error.passing) or self._misses > MOST_MISSES:
            raise GenError(
                [
                    *error.problems,
                    Problem(
                        f"{self._what} goes on without being watched: how it ends is not known yet",
                        hint="`gen attach` watches it again",
                    ),
                ]
            ) from error
        if self._misses == 1 and not gone:
            said = error.message or error.problems[0].message
            self._note(f"cannot look at {self._what} right now, which goes on: {said}")
