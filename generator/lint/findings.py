"""What a check says of a template."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generator.errors import Problem
from generator.render.sourcemap import SourceMap


class Level(StrEnum):
    """How bad a finding is, in cfn-lint's words."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATIONAL = "informational"


@dataclass(frozen=True, slots=True)
class Subject:
    """A rendered template to be checked."""

    name: str
    """As findings name the rendered file."""
    text: str
    origins: SourceMap


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule says of one place."""

    rule: str
    level: Level
    message: str
    file: str
    """The `.j2` file where the line was written; the rendered file when that is not known."""
    line: int
    rendered: str
    """`file:line:column` in the rendered template."""
    path: tuple[str | int, ...]
    """From the template's root: `Resources`, logical id, `Properties`, …"""

    @property
    def resource(self) -> str | None:
        """Name the resource's logical id."""
        return str(self.path[1]) if len(self.path) > 1 and self.path[0] == "Resources" else None

    def as_problem(self) -> Problem:
        """Describe it as one line for the user."""
        about = f" [{self.resource}]" if self.resource else ""
        return Problem(
            f"{self.rule}{about} {self.message}",
            file=self.file,
            line=self.line,
            hint=f"rendered as {self.rendered}",
        )
