"""Ask cfn-lint, in this process, what it remarks on a text, and what its rules are about."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.helpers import REGIONS
from cfnlint.match import Match
from cfnlint.rules import CloudFormationLintRule
from cfnlint.runner import Runner

from generator.lint.findings import CRASHED, UNREADABLE, Kind, Level, Remark
from generator.lint.guardrail import File, FileGuardrail, Guardrail, linting
from generator.lint.question import Question
from generator.lint.template import Template

SETTINGS = Path(__file__).parent / "settings.yaml"
RULES = Path(__file__).parent / "rules"


def answer(question: Question) -> list[Remark]:
    """Judge a text.

    Never raises for a bad one: what ends cfn-lint itself is a remark too.
    """
    # cfn-lint logs what it also reports.
    logging.getLogger("cfnlint").setLevel(logging.CRITICAL)
    try:
        if question.kind == Kind.TEMPLATE:
            return list(_judge_template(question))
        return list(_judge_file(question))
    # Some malformed templates end cfn-lint in a traceback, of whatever kind.
    except Exception as error:  # noqa: BLE001
        return [_own(CRASHED, f"cfn-lint failed: {type(error).__name__}: {error}")]


def load() -> None:
    """Load all rules, which every first answer would wait for."""
    _runner()


def rules() -> list[dict[str, Any]]:
    """List what every rule says of itself, cfn-lint's own among them."""
    return [
        {
            "id": rule.id,
            "level": Level(rule.severity),
            "shortdesc": rule.shortdesc,
            "description": rule.description,
            "source_url": rule.source_url,
            "bad": rule.bad if isinstance(rule, Guardrail) else "",
            "good": rule.good if isinstance(rule, Guardrail) else "",
            "ours": isinstance(rule, Guardrail),
        }
        for rule in sorted(_runner().rules.values(), key=lambda rule: str(rule.id))
    ]


def regions() -> list[str]:
    """List the regions that cfn-lint knows."""
    return sorted(REGIONS)


@cache
def _runner() -> Runner:
    """Load all rules, once."""
    return Runner(_config((), ()))


@cache
def _config(regions: tuple[str, ...], include: tuple[str, ...]) -> ConfigMixIn:
    options = ["--config-file", str(SETTINGS), "--append-rules", str(RULES)]
    for option, values in (("--regions", regions), ("--include-checks", include)):
        options += [option, *values] if values else []
    return ConfigMixIn([*options, "--"])


def _judge_template(question: Question) -> Iterator[Remark]:
    if (broken := _not_yaml(question.text)) is not None:
        yield broken
        return
    template, unreadable = decode_str(question.text)
    if unreadable or not template:
        yield from map(_remark, unreadable)
        if not unreadable:
            yield _own(UNREADABLE, "the template is empty")
        return
    yield from _without_wrong_metadata(template)
    runner = _runner()
    runner.config = _config(question.regions, question.include)
    with linting(question.text):
        yield from map(_remark, runner.validate_template(template))


def _without_wrong_metadata(template: Any) -> Iterator[Remark]:
    """Take out Metadata that would end cfn-lint, and say so: the rest is judged all the same."""
    if not isinstance(template, dict):
        return
    resources = template.get("Resources")
    named = resources.items() if isinstance(resources, dict) else ()
    holders = [((), template), *((("Resources", str(n)), each) for n, each in named)]
    for path, holder in holders:
        if isinstance(holder, dict) and (wrong := _wrong_metadata(holder.get("Metadata", {}))):
            key = next(key for key in holder if key == "Metadata")
            mark = getattr(key, "start_mark", None)
            yield Remark(
                UNREADABLE,
                Level.ERROR,
                wrong,
                line=mark.line + 1 if mark else 1,
                column=mark.column + 1 if mark else 1,
                path=(*path, "Metadata"),
            )
            del holder[key]


def _wrong_metadata(metadata: Any) -> str | None:
    """Say what is wrong with the settings of cfn-lint in Metadata, or with all of it."""
    place = "Metadata"
    for name in ("cfn-lint", "config", "ignore_checks"):
        if not isinstance(metadata, dict):
            return f"{place} must be a mapping"
        if name not in metadata:
            return None
        metadata, place = metadata[name], f"{place}: {name}"
    if not isinstance(metadata, list) or not all(isinstance(each, str) for each in metadata):
        return f"{place} must be a list of rule ids"
    return None


def _judge_file(question: Question) -> Iterator[Remark]:
    """Judge a file beside the templates by those rules that read its kind."""
    if (broken := _not_yaml(question.text)) is not None:
        yield broken
        return
    file = File(
        text=question.text,
        path=Path(question.path) if question.path else None,
        templates=tuple(Template(_decoded(text)) for text in question.templates),
    )
    rules: Mapping[str, CloudFormationLintRule] = _runner().rules
    for rule in rules.values():
        if isinstance(rule, FileGuardrail) and question.kind in rule.reads:
            for spot in rule.judge(file):
                yield Remark(
                    rule=rule.id,
                    level=Level(rule.severity),
                    message=spot.message,
                    line=spot.line,
                    column=spot.column,
                    path=spot.path,
                )


def _decoded(text: str) -> Any:
    """Read a template as far as it can be read: what is wrong with it is another question."""
    decoded, _ = decode_str(text)
    return decoded


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
        if _is_json(text):  # which may be indented by tabs
            return None
        mark = error.problem_mark or error.context_mark
        return _own(UNREADABLE, f"{error.problem}", line=mark.line + 1 if mark else 1)
    except yaml.YAMLError as error:
        return _own(UNREADABLE, " ".join(str(error).split()))
    return None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _own(rule: str, message: str, *, line: int = 1) -> Remark:
    return Remark(rule, Level.ERROR, message, line=line, column=1, path=())
