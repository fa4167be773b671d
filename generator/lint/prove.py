"""Run cfn-lint once over all templates."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml
from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.match import Match
from cfnlint.runner import Runner

from generator.lint.findings import Finding, Level, Subject

SETTINGS = Path(__file__).parent / "settings.yaml"


def prove(subjects: Sequence[Subject], *, regions: Iterable[str]) -> list[Finding]:
    """Check all templates for exactly the given regions; most serious findings first.

    Never raises for a bad template: what ends cfn-lint itself is a finding too.
    """
    # cfn-lint logs what it also reports.
    logging.getLogger("cfnlint").setLevel(logging.CRITICAL)
    runner = Runner(
        ConfigMixIn(["--config-file", str(SETTINGS), "--regions", *sorted(set(regions)), "--"])
    )
    with _collector_off():
        found = {finding: None for subject in subjects for finding in _check(runner, subject)}
    order = list(Level)
    return sorted(found, key=lambda f: (order.index(f.level), f.file, f.line, f.rule))


@contextmanager
def _collector_off() -> Iterator[None]:
    """Spare the cyclic collector: cfn-lint makes millions of objects that none of it finds."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _check(runner: Runner, subject: Subject) -> list[Finding]:
    if (broken := _not_yaml(subject)) is not None:
        return [broken]
    template, unreadable = decode_str(subject.text)
    if unreadable or template is None:
        return [_finding(match, subject) for match in unreadable] or [
            _own("E0000", "the template is empty", subject)
        ]
    try:
        return [_finding(match, subject) for match in runner.validate_template(template)]
    # Some malformed templates end cfn-lint in a traceback, of whatever kind.
    except Exception as error:  # noqa: BLE001
        return [_own("E0002", f"cfn-lint failed: {type(error).__name__}: {error}", subject)]


def _finding(match: Match, subject: Subject) -> Finding:
    origin = subject.origins.at(match.linenumber)
    path = getattr(match, "path", None) or ()
    return Finding(
        rule=match.rule.id,
        level=Level(match.rule.severity),
        message=" ".join(match.message.split()),
        file=origin.file if origin else subject.name,
        line=origin.line if origin else match.linenumber,
        rendered=f"{subject.name}:{match.linenumber}:{match.columnnumber}",
        path=tuple(p if isinstance(p, int) else str(p) for p in path),
    )


def _not_yaml(subject: Subject) -> Finding | None:
    """Find what strict YAML refuses: cfn-lint's own loader lets some of it pass."""
    try:
        yaml.compose(subject.text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _own("E0000", f"{error.problem}", subject, line=mark.line + 1 if mark else 1)
    except yaml.YAMLError as error:
        return _own("E0000", f"{error}", subject)
    return None


def _own(rule: str, message: str, subject: Subject, *, line: int = 1) -> Finding:
    origin = subject.origins.at(line)
    return Finding(
        rule=rule,
        level=Level.ERROR,
        message=message,
        file=origin.file if origin else subject.name,
        line=origin.line if origin else line,
        rendered=f"{subject.name}:{line}:1",
        path=(),
    )
