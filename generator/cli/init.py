"""gen init"""

from __future__ import annotations

import dataclasses
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.common import console, is_attended
from generator.errors import GenError, UsageError

if TYPE_CHECKING:
    from generator.scaffold import Answers

QUESTIONS = {
    "project": "Name of the project",
    "owner": "Who owns it (a tag of everything)",
    "cost_center": "Cost center (a tag, too)",
    "account": "AWS account (the local cloud takes any)",
    "regions": "Regions, the canary first",
    "alert_email": "Address for alerts",
}
"""What is asked, in this order, where no option says it."""


@click.command(name="init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--project", metavar="NAME", help="Name of the project.  [default: the folder's]")
@click.option("--owner", metavar="TEXT", help="Tag Owner of everything.")
@click.option("--cost-center", metavar="TEXT", help="Tag CostCenter of everything.")
@click.option("--account", metavar="ID", help="AWS account that it is deployed to.")
@click.option("--regions", metavar="REGION,...", help="Where it runs; the first is the canary.")
@click.option("--alert-email", metavar="ADDRESS", help="Who is told when something goes wrong.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: take what is usual.")
@click.option(
    "--renew", "renewed", is_flag=True,
    help="Of a project: bring the gen that it carries, and its locks, to this version.",
)  # fmt: skip
def command(*, folder: Path, yes: bool, renewed: bool, **given: str | None) -> None:
    """Begin a project that renders, deploys locally and passes its tests at once.

    Writes parameters, a function with its test, what the pipeline builds with, and gen itself as a
    wheel, into DIR or this folder. No file that is there is touched: if one is in the way, nothing
    is written. With --renew, what builds of a project install is replaced, and nothing else.

    \b
      gen init shop
      gen init shop --yes
      gen init --regions eu-west-1,eu-central-1 --account 123456789012
      gen init --renew
    """
    if renewed:
        _renew(folder, given)
        return
    from generator.scaffold import Answers, begin

    answers = _with(Answers.usual(folder), {k: v for k, v in given.items() if v is not None})
    if not yes:
        answers = _asked(answers, [name for name in QUESTIONS if given[name] is None])
    files = begin(folder, answers)
    out = console()
    for name in files:
        out.print(f"  {name}", highlight=False, soft_wrap=True)
    click.echo(folder)
    change = [f"cd {shlex.quote(str(folder))}"] if folder.resolve() != Path.cwd() else []
    next_ = " && ".join([*change, "gen render", "gen deploy --local"])
    out.print(
        f"{len(files)} files; README.md says what to do with them. To see it run:\n  {next_}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _renew(folder: Path, given: dict[str, str | None]) -> None:
    """Let a project carry this gen instead of another version."""
    from generator.scaffold import renew

    if said := [name for name in given if given[name] is not None]:
        option = f"--{said[0].replace('_', '-')}"
        raise UsageError(f"{option} is for new projects: --renew asks for nothing")
    if not any((folder / "params").glob("*.yaml")):
        raise UsageError(f"{folder} is no gen project: it has no params/*.yaml")
    files = renew(folder)
    click.echo("\n".join(files) if files else "", nl=bool(files))
    told = "replaced: see what changed before you commit it" if files else "nothing to renew"
    console().print(told, highlight=False, soft_wrap=True)


def _asked(answers: Answers, names: list[str]) -> Answers:
    """Ask a person for what no option says; an answer that can't be is asked for again."""
    from generator.report.problems import show
    from generator.scaffold import problems_of

    if not names:
        return answers
    if not is_attended():
        raise UsageError(
            "nobody can be asked here: this is no terminal, or CI is set",
            hint="say --yes to take what is usual where no option says otherwise",
        )
    # What options say wrong would be blamed on every answer.
    if wrong := problems_of(answers):
        raise GenError(wrong)
    for name in names:
        while True:
            value = getattr(answers, name)
            usual = ",".join(value) if isinstance(value, tuple) else value or ""
            said = click.prompt(QUESTIONS[name], default=usual, show_default=bool(usual), err=True)
            tried = _with(answers, {name: said.strip()})
            if not (wrong := problems_of(tried)):
                answers = tried
                break
            show(console(), wrong)
    return answers


def _with(answers: Answers, said: dict[str, str]) -> Answers:
    """Take over what was said."""
    values: dict[str, Any] = dict(said)
    if "regions" in said:
        values["regions"] = tuple(re.split(r"[,\s]+", said["regions"].strip(", ")))
    if "alert_email" in said:
        values["alert_email"] = said["alert_email"] or None
    return dataclasses.replace(answers, **values)
