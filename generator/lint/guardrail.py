"""What every rule of the pack is: a rule of cfn-lint that explains itself and can't break a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.template import Template as Linted

from generator.lint.template import Node, Template

KEPT = "_template_as_rules_read_it"
_LINTED: ContextVar[str | None] = ContextVar("linted", default=None)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong at one place, and in the same sentence what to write instead."""

    path: tuple[str | int, ...]
    message: str
    line: int | None = None
    """From 1, within a text of several lines that stands there; None for where the place is."""

    @classmethod
    def at(cls, node: Node, message: str) -> Flaw:
        """Name a flaw at a node; when that is absent, at what it is absent from."""
        return cls(node.path, message)


class Guardrail(CloudFormationLintRule):  # type: ignore[misc]
    """A rule: subclasses say what they are and yield what they find.

    A finding never ends a run: when `check` raises, that is reported under the rule's own id.
    """

    tags: ClassVar[list[str]] = ["guardrails"]
    bad: ClassVar[str] = ""
    """A template that has the mistake; `# <- Id` ends each line that a finding is about."""
    good: ClassVar[str] = ""
    """The same, mended."""

    def check(self, template: Template) -> Iterator[Flaw]:
        """Find every place of a template where the mistake is."""
        raise NotImplementedError

    def match(self, cfn: Linted) -> list[RuleMatch]:
        """Check a template for cfn-lint."""
        found: dict[Flaw, None] = {}
        try:
            for flaw in self.check(template_of(cfn)):
                found[flaw] = None
        except Exception as error:  # noqa: BLE001  a broken rule must not hide what others find
            found[Flaw((), _failed("template", error))] = None
        return [_match(cfn, flaw) for flaw in found]


class Reads(StrEnum):
    """Which files beside the templates a rule judges."""

    BUILDSPEC = "buildspec"
    APPSPEC = "appspec"
    HANDLERS = "handlers"
    """A template with the source folders of its functions: `File.path` is where it stands."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is judged by its text, and what it is judged with."""

    text: str
    path: Path | None = None
    """Where it is; None when its text stands in another file."""
    templates: tuple[Template, ...] = ()
    """The templates judged in the same run, which it belongs to."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What is wrong at one place of a file, and in the same sentence what to write instead."""

    line: int
    """From 1, as `column`."""
    column: int
    message: str
    path: tuple[str | int, ...] = ()
    """From the file's root: `phases`, `build`, `commands`, 0."""


class FileGuardrail(Guardrail):
    """A rule about files beside the templates: subclasses say which, and `read` one.

    What of that kind stands in a template (`inline`) is judged there, by every cfn-lint.
    """

    reads: ClassVar[tuple[Reads, ...]]
    """An AppSpec is also written by a heredoc in a buildspec, so a rule may read several kinds."""
    beside: ClassVar[dict[str, str]] = {}
    """Files that `bad` and `good` are judged with, by relative name; `.yaml` ones as templates."""

    def read(self, file: File) -> Iterator[Spot]:
        """Find every place of a file where the mistake is; never asks the network."""
        raise NotImplementedError

    def inline(self, template: Template) -> Iterator[Node]:
        """Find the texts in a template that are such files."""
        return iter(())

    def judge(self, file: File) -> list[Spot]:
        """Read a file, in order of lines; a rule that fails says so, and the run goes on."""
        found: dict[Spot, None] = {}
        try:
            for spot in self.read(file):
                found[spot] = None
        except Exception as error:  # noqa: BLE001  a broken rule must not hide what others find
            found[Spot(1, 1, _failed("file", error))] = None
        return sorted(found, key=lambda spot: (spot.line, spot.column))

    def check(self, template: Template) -> Iterator[Flaw]:
        for node in self.inline(template):
            text = str(node.value) if isinstance(node.value, str) else node.text or ""
            before = _line_before(node)
            for spot in self.judge(File(text, templates=(template,))):
                line = None if before is None else before + spot.line
                yield Flaw(node.path, spot.message, line)


def _failed(what: str, error: Exception) -> str:
    return f"this rule failed on this {what} ({type(error).__name__}: {error}); please report it"


def _match(cfn: Linted, flaw: Flaw) -> RuleMatch:
    found = RuleMatch(list(flaw.path), flaw.message)
    if flaw.line is not None:
        found.location = (flaw.line - 1, 0, flaw.line - 1, 0)
    return found


def _line_before(node: Node) -> int | None:
    """Give the line, from 1, that a block of text (`|`) follows; None for a text in one line."""
    value = text = node.value
    if isinstance(value, dict) and len(value) == 1:  # Fn::Sub, alone or with values
        (text,) = value.values()
        text = text[0] if isinstance(text, list) and text else text
    marked = text if hasattr(text, "start_mark") else value
    start, end = getattr(marked, "start_mark", None), getattr(marked, "end_mark", None)
    if start is None or end is None:
        return None
    is_block = end.line - start.line > str(text).rstrip("\n").count("\n")
    return start.line + 1 if is_block else None


def template_of(cfn: Linted) -> Template:
    """Read a template once for all rules."""
    kept: Any = cfn.__dict__.get(KEPT)
    if kept is None or kept[0] is not cfn.template:  # transformed since
        read = Template(cfn.template, lambda: _written(cfn))
        kept = cfn.__dict__[KEPT] = (cfn.template, read)
    known: Template = kept[1]
    return known


@contextmanager
def linting(text: str) -> Iterator[None]:
    """Let rules read a text that cfn-lint has got no file of."""
    before = _LINTED.set(text)
    try:
        yield
    finally:
        _LINTED.reset(before)


def _written(cfn: Linted) -> str | None:
    if (text := _LINTED.get()) is not None:
        return text
    try:
        return Path(cfn.filename).read_text(encoding="utf-8") if cfn.filename else None
    except (OSError, UnicodeError, ValueError):  # "-" for what was piped in, or gone since
        return None
