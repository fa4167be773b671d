"""A buildspec: its phases, and every command with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from generator.lint import document, shell

PHASES = ("install", "pre_build", "build", "post_build")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """An entry of a list of commands."""

    phase: str
    path: Path
    text: str
    is_final: bool
    """Whether it stands under `finally`, which runs whatever happened."""


@dataclass(frozen=True)
class Buildspec:
    """A buildspec that could be read."""

    document: document.Document
    steps: tuple[Step, ...]

    def phase(self, name: str) -> dict[str, Any]:
        found = self.document.value["phases"].get(name)
        return found if isinstance(found, dict) else {}

    def commands(self) -> Iterator[tuple[Step, shell.Command]]:
        """Yield every single command."""
        for step in self.steps:
            yield from ((step, command) for command in shell.parse(step.text)[0])

    def heredocs(self) -> Iterator[tuple[Step, shell.Heredoc]]:
        for step in self.steps:
            yield from ((step, heredoc) for heredoc in shell.parse(step.text)[1])

    def at(self, step: Step, line: int) -> tuple[int, int]:
        """Give the place of a line of a step."""
        return self.document.at_line(step.path, line)


@lru_cache(maxsize=64)
def read(text: str) -> Buildspec | None:
    """Read a buildspec; None for what is none."""
    found = document.read(text)
    if found is None or not isinstance(found.value, dict):
        return None
    phases = found.value.get("phases")
    if not isinstance(phases, dict):
        return None
    return Buildspec(found, tuple(_steps(phases)))


def _steps(phases: dict[str, Any]) -> Iterator[Step]:
    for name in [*PHASES, *(n for n in phases if n not in PHASES)]:
        phase = phases.get(name)
        if not isinstance(phase, dict):
            continue
        for key in ("commands", "finally"):
            listed = phase.get(key)
            path: Path = ("phases", name, key)
            if isinstance(listed, str):
                yield Step(name, path, listed, key == "finally")
            for n, command in enumerate(listed if isinstance(listed, list) else ()):
                if isinstance(command, str):
                    yield Step(name, (*path, n), command, key == "finally")
