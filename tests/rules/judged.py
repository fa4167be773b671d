"""One rule on one template: what it finds, and what the template's marks say that it should."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.rules import Rules
from cfnlint.template import Template

from generator.lint import template as read
from generator.lint.guardrail import File, FileGuardrail, Guardrail, linting
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


def found_in_file(
    rule: FileGuardrail, text: str, path: Path | None = None, *, templates: tuple[str, ...] = ()
) -> Found:
    """Run one rule on a file that is no template, and on templates it is judged with.

    Named is what stands under the section's name in the path there (`build` of `phases`), else the
    section, else `-`.
    """
    beside = tuple(read.Template(decode_str(template)[0]) for template in templates)
    spots = rule.judge(File(text, path, beside))
    return sorted((spot.line, str((spot.path[1:] or spot.path or "-")[0])) for spot in spots)


def found_in_example(rule: Guardrail, text: str, folder: Path) -> Found:
    """Run a rule on one of its own examples, as what the rule reads."""
    if not isinstance(rule, FileGuardrail):
        return found(rule, text)
    path = written(rule.beside, folder) / "example"
    path.write_text(text)
    templates = tuple(t for name, t in rule.beside.items() if name.endswith(".yaml"))
    return found_in_file(rule, text, path, templates=templates)


def found_in_fixture(rule: Guardrail, file: Path) -> Found:
    """Run a rule on a fixture: `….template.yaml` is a template for every rule."""
    text = file.read_text()
    if not isinstance(rule, FileGuardrail) or ".template" in file.name:
        return found(rule, text)
    templates = tuple(t.read_text() for t in sorted(file.parent.glob("with-*.yaml")))
    return found_in_file(rule, text, file, templates=templates)


def written(files: Mapping[str, str], folder: Path) -> Path:
    """Write files by relative name."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


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
