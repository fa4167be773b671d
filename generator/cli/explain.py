"""gen explain"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from generator.cli import complete
from generator.cli.common import output_option, print_json, screen
from generator.cli.lint import lint_store
from generator.codes import FAMILIES, Code, explained
from generator.errors import Problem, UsageError

if TYPE_CHECKING:
    from generator.lint import Catalogue, Rule

_RULE = re.compile(r"[EWI]\d{4}", re.IGNORECASE)
_RULES = "rules of gen lint"


@click.command(name="explain")
@click.argument("codes", nargs=-1, metavar="[CODE]...", shell_complete=complete.all_codes)
@click.option("--list", "everything", is_flag=True, help="List all codes with their titles.")
@output_option
def command(*, codes: tuple[str, ...], everything: bool, output: str) -> None:
    """Say what a code means, why it comes to that, and what to do.

    A code is what an error, a status or a finding is called: of preflight (P401), a rule of gen
    lint (E9208), an exit code, a status of a StackSet, its operations and instances or a stack
    (OUTDATED), or why AWS refused (AlreadyExists). Needs neither a project nor AWS.

    \b
      gen explain P401
      gen explain OUTDATED AlreadyExists
      gen explain E9208
      gen explain --list
    """
    if everything and codes:
        raise UsageError("--list lists all codes: leave CODE out")
    if everything:
        _list(output)
        return
    if not codes:
        raise UsageError("which code?", hint="gen explain CODE, or gen explain --list for all")
    found = _found(codes)
    if output == "json":
        print_json([_row(family, one) for family, one in found])
        return
    from generator.report.explain import explanation
    from generator.report.lint import explanation as rule_explanation

    for number, (family, one) in enumerate(found):
        if number:
            click.echo()
        if isinstance(one, Code):
            screen().print(explanation(family, one), highlight=False, markup=False)
            screen().print(f"  {one.source}", style="dim", soft_wrap=True, highlight=False)
        else:
            screen().print(rule_explanation(one), soft_wrap=True, highlight=False)


def _found(codes: tuple[str, ...]) -> list[tuple[str, Code | Rule]]:
    found: list[tuple[str, Code | Rule]] = []
    problems = []
    rules = _catalogue() if any(map(_RULE.fullmatch, codes)) else None
    for code in dict.fromkeys(codes):
        known: list[tuple[str, Code | Rule]] = [*explained(code)]
        if rules and code.upper() in rules.rules:
            known.append((_RULES, rules.rules[code.upper()]))
        if not known:
            problems.append(Problem(f"there is no code '{code}'", hint=_meant(code, rules)))
        found += known
    if problems:
        raise UsageError(problems)
    return found


def _meant(code: str, rules: Catalogue | None) -> str:
    from generator.config.finding import closest

    known = [one.number for codes in FAMILIES.values() for one in codes]
    return closest(code.upper(), [*known, *(rules.rules if rules else ())]) or (
        "gen explain --list lists them"
    )


def _catalogue() -> Catalogue:
    from generator.lint import catalogue

    return catalogue(lint_store())


def _list(output: str) -> None:
    ours = [rule for rule in _catalogue().rules.values() if rule.ours]
    if output == "json":
        rows = [_row(family, code) for family, codes in FAMILIES.items() for code in codes]
        print_json([*rows, *(_row(_RULES, rule) for rule in ours)])
        return
    from generator.report.explain import listing

    families = {
        family: [(code.number, code.title) for code in codes] for family, codes in FAMILIES.items()
    }
    families[_RULES] = [(rule.id, rule.shortdesc) for rule in ours]
    screen().print(listing(families), highlight=False, markup=False)


def _row(family: str, one: Code | Rule) -> dict[str, Any]:
    if isinstance(one, Code):
        return {
            "family": family, "code": one.number, "title": one.title, "why": one.goes_wrong,
            "to_do": one.to_do, "source": one.source, "ignorable": one.ignorable,
        }  # fmt: skip
    return {
        "family": family, "code": one.id, "title": one.shortdesc, "why": one.description,
        "to_do": "", "source": one.source_url, **{k: asdict(one)[k] for k in ("bad", "good")},
    }  # fmt: skip
