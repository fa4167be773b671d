"""What every rule of the pack is: a rule of cfn-lint that explains itself and can't break a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
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
            what = f"{type(error).__name__}: {error}"
            found[Flaw((), f"this rule failed on this template ({what}); please report it")] = None
        return [RuleMatch(list(flaw.path), flaw.message) for flaw in found]


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
