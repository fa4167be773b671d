"""One rule on one template: what it finds, and what the template's marks say that it should."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.rules import Rules
from cfnlint.template import Template

from generator.lint.guardrail import Guardrail, linting
from generator.lint.linter import RULES

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rules"
MARK = re.compile(r"# <- ([\w:./-]+(?: [\w:./-]+)*)\s*$")

Found = list[tuple[int, str]]
"""Line, and what stands under the section's name in the path there: a logical id, a parameter."""


@cache
def rules() -> dict[str, Guardrail]:
    """Load the pack as cfn-lint loads it."""
    loaded: dict[str, Any] = dict(Rules.create_from_directory(str(RULES)))
    return loaded


def marked(text: str) -> Found:
    """Read where a template says that findings are; two on one line are both named."""
    return sorted(
        (number, name)
        for number, line in enumerate(text.splitlines(), 1)
        if (mark := MARK.search(line))
        for name in mark[1].split()
    )


def found(rule: Guardrail, text: str, *, transform: bool = False) -> Found:
    """Run one rule on a template as cfn-lint runs it; give the places of what it finds."""
    return sorted((match.linenumber, _about(match)) for match in matches(rule, text, transform))


def messages(rule: Guardrail, text: str) -> list[str]:
    """Give what a rule says of a template."""
    return [match.message for match in matches(rule, text, transform=False)]


def matches(rule: Guardrail, text: str, transform: bool) -> list[Any]:
    decoded, unreadable = decode_str(text)
    assert not unreadable, unreadable
    cfn = Template(None, decoded, ["us-east-1"])
    if transform or "Transform" in decoded:
        assert not cfn.transform()
    rule.configure(ConfigMixIn([]).configure_rules.get(rule.id, None))
    rule.initialize(cfn)
    with linting(text):
        return list(rule.matchall("template.yaml", cfn))


def _about(match: Any) -> str:
    return str(match.path[1]) if len(match.path) > 1 else "-"
