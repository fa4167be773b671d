"""The one error family: every mistake a user can make ends here, and one place displays it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and what to do about it."""

    message: str
    file: Path | str | None = None
    line: int | None = None
    """1-based."""
    hint: str | None = None

    @property
    def where(self) -> str:
        """Name the place as `file:line`, as far as it is known; empty when it is not."""
        if self.file is None:
            return ""
        return f"{self.file}:{self.line}" if self.line is not None else str(self.file)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  → {self.hint}" if self.hint else text


class GenError(Exception):
    """Stop the command: carries all problems at once, and the exit code that they deserve."""

    exit_code = 1

    def __init__(self, problems: Iterable[Problem] | Problem | str, *, hint: str | None = None):
        if isinstance(problems, str):
            problems = Problem(problems, hint=hint)
        if isinstance(problems, Problem):
            problems = (problems,)
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(GenError):
    """The command was called in a way that can't work (exit code 2)."""

    exit_code = 2


class InterruptionError(GenError):
    """The user stopped the command (exit code 130)."""

    exit_code = 130
