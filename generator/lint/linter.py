"""Ask cfn-lint, in this process, what it remarks on the text of templates."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.match import Match
from cfnlint.runner import Runner

from generator.lint.findings import CRASHED, Level, Remark
from generator.lint.guardrail import linting

SETTINGS = Path(__file__).parent / "settings.yaml"
RULES = Path(__file__).parent / "rules"


def remarks_on(texts: Iterable[str], *, regions: Iterable[str]) -> list[list[Remark]]:
    """Check templates for exactly the given regions; the remarks on each.

    Never raises for a bad template: what ends cfn-lint itself is a remark too.
    """
    # cfn-lint logs what it also reports.
    logging.getLogger("cfnlint").setLevel(logging.CRITICAL)
    options = ["--config-file", str(SETTINGS), "--append-rules", str(RULES)]
    runner = Runner(ConfigMixIn([*options, "--regions", *sorted(set(regions)), "--"]))
    with _collector_off():
        return [_check(runner, text) for text in texts]


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


def _check(runner: Runner, text: str) -> list[Remark]:
    if (broken := _not_yaml(text)) is not None:
        return [broken]
    template, unreadable = decode_str(text)
    if unreadable or template is None:
        return [_remark(match) for match in unreadable] or [_own("E0000", "the template is empty")]
    try:
        with linting(text):
            return [_remark(match) for match in runner.validate_template(template)]
    # Some malformed templates end cfn-lint in a traceback, of whatever kind.
    except Exception as error:  # noqa: BLE001
        return [_own(CRASHED, f"cfn-lint failed: {type(error).__name__}: {error}")]


def _remark(match: Match) -> Remark:
    path = getattr(match, "path", None) or ()
    return Remark(
        rule=match.rule.id,
        level=Level(match.rule.severity),
        message=" ".join(match.message.split()),
        line=match.linenumber,
        column=match.columnnumber,
        path=tuple(p if isinstance(p, int) else str(p) for p in path),
    )


def _not_yaml(text: str) -> Remark | None:
    """Find what strict YAML refuses: cfn-lint's own loader lets some of it pass."""
    try:
        yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _own("E0000", f"{error.problem}", line=mark.line + 1 if mark else 1)
    except yaml.YAMLError as error:
        return _own("E0000", f"{error}")
    return None


def _own(rule: str, message: str, *, line: int = 1) -> Remark:
    return Remark(rule, Level.ERROR, message, line=line, column=1, path=())
