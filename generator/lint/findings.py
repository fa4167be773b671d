"""What a check says of a template."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from generator.errors import Problem
from generator.render.sourcemap import SourceMap


class Level(StrEnum):
    """How bad a finding is, in cfn-lint's words."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATIONAL = "informational"


class Kind(StrEnum):
    """What a text is."""

    TEMPLATE = "template"
    BUILDSPEC = "buildspec"
    APPSPEC = "appspec"


NOT_RENDERED = SourceMap(())


@dataclass(frozen=True, slots=True)
class Subject:
    """A text to be checked: a rendered template, or a file."""

    name: str
    """As findings name the file."""
    text: str
    origins: SourceMap = NOT_RENDERED
    """Of what is rendered: where each line was written."""
    kind: Kind = Kind.TEMPLATE
    path: Path | None = None
    """Where the file is, with what stands beside it; None for what is rendered."""


UNREADABLE = "E0000"
"""The rule of what says that a text can't be read."""
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
    column: int
    """In the rendered template: what it is in the `.j2` file nobody knows."""
    rendered: str | None
    """`file:line:column` in the rendered template; None for what is not rendered."""
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
            column=remark.column,
            rendered=None if subject.path else f"{subject.name}:{remark.line}:{remark.column}",
            path=remark.path,
        )

    @classmethod
    def of_problem(cls, rule: str, problem: Problem) -> Self:
        """Take over what was found wrong elsewhere than in a text."""
        return cls(
            rule=rule,
            level=Level.ERROR,
            message=problem.message + (f" ({problem.hint})" if problem.hint else ""),
            file=str(problem.file or ""),
            line=problem.line or 1,
            column=1,
            rendered=None,
            path=(),
        )

    @property
    def resource(self) -> str | None:
        """Name the resource's logical id."""
        match self.path:
            case ("Resources", str(name), *_):
                return name
        return None

    def as_problem(self) -> Problem:
        """Describe it as one line for the user."""
        about = f" [{self.resource}]" if self.resource else ""
        return Problem(
            f"{self.rule}{about} {self.message}",
            file=self.file,
            line=self.line,
            hint=f"rendered as {self.rendered}" if self.rendered else None,
        )

    def as_row(self) -> dict[str, Any]:
        """Give it as data for programs."""
        row = {
            "rule": self.rule,
            "level": str(self.level),
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "resource": self.resource,
            "path": list(self.path),
        }
        return row | ({"rendered": self.rendered} if self.rendered else {})
