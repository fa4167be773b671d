"""What a check says of a template."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

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


CRASHED = "E0002"
"""The rule of what says that cfn-lint came to no end."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a rule says of one place in a text, wherever that came from."""

    rule: str
    level: Level
    message: str
    line: int
    column: int
    path: tuple[str | int, ...]
    """From the template's root: `Resources`, logical id, `Properties`, …"""

    def as_row(self) -> dict[str, Any]:
        """Give it as data for a JSON file."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        return cls(**row | {"level": Level(row["level"]), "path": tuple(row["path"])})


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

    @classmethod
    def of(cls, remark: Remark, subject: Subject) -> Self:
        """Say which template line a remark is about."""
        origin = subject.origins.at(remark.line)
        return cls(
            rule=remark.rule,
            level=remark.level,
            message=remark.message,
            file=origin.file if origin else subject.name,
            line=origin.line if origin else remark.line,
            rendered=f"{subject.name}:{remark.line}:{remark.column}",
            path=remark.path,
        )

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
