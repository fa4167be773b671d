"""gen lint"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.common import (
    console,
    environment_option,
    find_project,
    load_config,
    print_json,
    screen,
)
from generator.errors import UsageError

if TYPE_CHECKING:
    from generator.lint import Catalogue, Judgement, Selection, Store


def _listed(_: click.Context, __: click.Parameter, given: Sequence[str]) -> tuple[str, ...]:
    """Read `--rules E91,E92 --rules W` as one list."""
    return tuple(each.strip() for text in given for each in text.split(",") if each.strip())


@click.command(name="lint")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@environment_option
@click.option(
    "--format", "shape", type=click.Choice(["text", "json", "junit", "sarif"]), default="text",
    show_default=True, help="Lines for people, or data for programs.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
@click.option(
    "--rules", multiple=True, metavar="ID,...", callback=_listed,
    help="Only these rules; E92 is all that begin so.",
)  # fmt: skip
@click.option(
    "--ignore", multiple=True, metavar="ID,...", callback=_listed, help="Not these rules."
)
@click.option(
    "--regions", multiple=True, metavar="REGION,...", callback=_listed,
    help="Judge files for these regions.  [default: what the file says, else us-east-1]",
)  # fmt: skip
@click.option(
    "--time-limit", type=click.FloatRange(min=0.1), default=60.0, show_default=True,
    metavar="SECONDS", help="For one file.",
)  # fmt: skip
@click.option("--explain", metavar="ID", help="Say what a rule is about, with examples; then stop.")
def command(
    *, paths: tuple[str, ...], environment: str, shape: str, strict: bool, rules: tuple[str, ...],
    ignore: tuple[str, ...], regions: tuple[str, ...], time_limit: float, explain: str | None,
) -> None:  # fmt: skip
    """Find mistakes in templates, and in the files beside them, by line.

    Judges files, folders and patterns: CloudFormation in YAML or JSON with the handlers it names,
    buildspecs, appspecs. Without a path, all of an environment: its units as gen render makes
    them, each finding by the line of the .j2 file, its buildspecs and handlers. Nothing is written.

    Exit code 1 for errors, with --strict for warnings, too. docs/rules.md lists the rules,
    docs/lint.md says how to switch one off where it is wrong.

    \b
      gen lint -e prod --strict
      gen lint template.yaml infra/ 'stacks/*.json' --ignore W,E3012
      gen lint --format sarif infra/ > lint.sarif
      gen lint --explain E9208
    """
    from generator.lint import Level, Selection

    store = lint_store()
    if explain is not None:
        _explain(explain, store, shape)
        return
    selection = Selection(rules=rules, ignore=ignore)
    _check(selection, regions, store)
    judgement = _judge(paths, environment, regions, selection, time_limit, store)
    _show(judgement, shape, strict=strict, store=store)
    failing = (Level.ERROR, Level.WARNING) if strict else (Level.ERROR,)
    if any(finding.level in failing for finding in judgement.findings):
        sys.exit(1)


def lint_store() -> Store:
    """Keep what was judged in the project, else where the user keeps such things."""
    from generator.lint import Store

    if (root := find_project()) is not None:
        return Store(root / "build" / "cache" / "lint")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Store(Path(home, "gen-stacksets", "lint"))


def _explain(rule: str, store: Store, shape: str) -> None:
    from generator.lint import catalogue

    known = catalogue(store)
    _check_rules([rule.upper()], known, whole=True)
    if shape == "json":
        print_json(asdict(known.rules[rule.upper()]))
        return
    from generator.report.lint import explanation

    screen().print(explanation(known.rules[rule.upper()]), soft_wrap=True, highlight=False)


def _check(selection: Selection, regions: tuple[str, ...], store: Store) -> None:
    """Refuse rules and regions that there are none of, which would silently judge nothing."""
    named = (*selection.rules, *selection.ignore)
    if not named and not regions:
        return
    from generator.config.finding import closest
    from generator.lint import catalogue

    known = catalogue(store)
    _check_rules(named, known)
    for region in regions:
        if region not in known.regions:
            raise UsageError(
                f"cfn-lint knows no region '{region}'", hint=closest(region, known.regions)
            )


def _check_rules(named: Sequence[str], known: Catalogue, *, whole: bool = False) -> None:
    from generator.config.finding import closest

    wrong = [n for n in named if n not in known.rules] if whole else known.unknown(named)
    for each in wrong:
        raise UsageError(
            f"there is no rule '{each}'",
            hint=closest(each, known.rules) or "docs/rules.md lists the rules of the pack",
        )


def _judge(
    paths: tuple[str, ...], environment: str, regions: tuple[str, ...], selection: Selection,
    limit: float, store: Store,
) -> Judgement:  # fmt: skip
    if paths:
        from generator.lint import judge_paths

        return judge_paths(paths, regions=regions, store=store, selection=selection, limit=limit)
    if regions:
        raise UsageError("--regions is for files: an environment names its own regions")
    from generator.build.judge import judge_project

    if find_project() is None:
        raise UsageError(
            "there is nothing to judge: no path is given, and this is no gen project",
            hint="gen lint template.yaml, or change to the project's folder",
        )
    root, loaded = load_config(environment)
    return judge_project(root, loaded, store=store, selection=selection, limit=limit)


def _show(judgement: Judgement, shape: str, *, strict: bool, store: Store) -> None:
    from generator.lint import catalogue
    from generator.report import junit, lint, sarif

    if shape == "json":
        print_json([finding.as_row() for finding in judgement.findings])
    elif shape == "junit":
        click.echo(junit.report(judgement, strict=strict))
    elif shape == "sarif":
        rules = catalogue(store).rules if judgement.findings else {}
        click.echo(json.dumps(sarif.log(judgement, rules), indent=2))
    else:
        out = screen()
        for line in lint.lines(judgement.findings):
            out.print(line, soft_wrap=True, highlight=False)
        console().print(lint.summary(judgement), highlight=False, soft_wrap=True)
