"""What is asked about a text, with everything that the answer depends on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

from generator.lint.findings import Kind

HANDLERS = "handlers"
"""A template with the source folders of its functions, as a kind of question."""


@dataclass(frozen=True, slots=True)
class Question:
    """A text to be judged."""

    text: str
    kind: str = Kind.TEMPLATE
    regions: tuple[str, ...] = ()
    """For which a template is judged; none: cfn-lint's own default, or what the template says."""
    include: tuple[str, ...] = ()
    """Rules that cfn-lint leaves out unless they are asked for: the informational ones."""
    path: str | None = None
    """Where a file is that is judged with what stands beside it."""
    templates: tuple[str, ...] = ()
    """Texts of the templates that a file belongs to."""

    def as_row(self) -> dict[str, Any]:
        """Give it as data: to be sent, or to be found again."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        lists = ("regions", "include", "templates")
        return cls(**row | {name: tuple(row[name]) for name in lists})
