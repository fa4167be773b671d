"""Starting up, rendering and linting, beside bare Click, cfn-lint and others."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks import peers
from benchmarks.measure import SHORT, Command, Rounds
from benchmarks.project import BIN, GEN, REGIONS, RULES, copy_to, gen, gen_command
from benchmarks.table import Row

BARE = """\
import click

@click.group()
@click.version_option("0")
def bare():
    pass

@bare.command()
def render():
    pass

bare()
"""
"""The smallest program with a subcommand that Click makes."""


def start(scratch: Path, runs: int) -> Iterator[Row]:
    """Compare how long it takes until a command has said its version or how to use it."""
    bare = scratch / "bare.py"
    bare.write_text(BARE)
    commands = {
        "a bare Click program": Command([[BIN / "python", bare, "--version"]], scratch),
        "its `--help`": Command([[BIN / "python", bare, "--help"]], scratch),
        "`gen --version`": Command([[GEN, "--version"]], scratch),
        "`gen --help`": Command([[GEN, "--help"]], scratch),
        "`cfn-lint --version`": Command([[BIN / "cfn-lint", "--version"]], scratch),
        "`taskcat --version`": Command([[BIN / "taskcat", "--version"]], scratch),
        **peers.versions(scratch),
    }
    rounds = Rounds(commands, runs * SHORT)
    for ours in [name for name in commands if name.startswith("`")]:
        theirs = "its `--help`" if ours == "`gen --help`" else "a bare Click program"
        promised = 2.0 if ours.startswith("`gen") else None
        yield row(rounds, ours, theirs, promised)


def render(scratch: Path, runs: int) -> Iterator[Row]:
    """Compare rendering and linting prod with what cfn-lint takes for the same files alone."""
    root = copy_to(scratch / "project")
    gen(root, "render", "-e", "prod")
    there = scratch / "rendered"
    shutil.copytree(root / "build" / "prod" / "templates", there / "templates")
    templates = sorted((there / "templates").iterdir())
    lint = [BIN / "cfn-lint", "--regions", *REGIONS]
    cold = copy_to(scratch / "cold")
    edited = copy_to(scratch / "edited")
    template, edits = edited / "templates" / "core.yaml.j2", count()
    kept = edited / "build" / "cache" / "lint"

    def forget() -> None:
        shutil.rmtree(cold / "build", ignore_errors=True)

    def edit() -> None:
        with template.open("a") as file:
            file.write(f"# edit {next(edits)}\n")

    gen(edited, "render", "-e", "prod")
    known = len(list(kept.iterdir()))
    every = f"cfn-lint, the same {len(templates)} templates"
    commands = {
        every: Command([[*lint, "--", *templates]], there),
        "cfn-lint, the changed one": Command([[*lint, "--", there / "templates/core.yaml"]], there),
        "`gen render`, cold": Command([[GEN, "render", "-e", "prod"]], cold, before=forget),
        "`gen render`, nothing changed": gen_command(root, "render", "-e", "prod"),
        "`gen render`, one template changed": Command(
            [[GEN, "render", "-e", "prod"]], edited, before=edit
        ),
        "cfn-lint with gen's rules": Command(
            [[*lint, "--append-rules", RULES, "--", *templates]], there
        ),
    }
    rounds = Rounds(commands, runs)
    if (again := len(list(kept.iterdir())) - known) != next(edits):
        raise SystemExit(f"{again} texts were judged again, of one changed each time")
    yield row(rounds, "`gen render`, cold", every, 1.15)
    yield row(rounds, "`gen render`, nothing changed", every, 0.2)
    yield row(rounds, "`gen render`, one template changed", every, None)
    yield row(rounds, "`gen render`, one template changed", "cfn-lint, the changed one", None)
    yield row(rounds, "cfn-lint with gen's rules", every, 1.25)
    others = peers.linters(there, templates)
    # They take longer than all the rest, and nothing is promised of them: once is enough.
    once = Rounds({every: commands[every], **others}, 1, warm=False)
    for name in others:
        yield row(once, name, every, None)


def row(rounds: Rounds, ours: str, theirs: str, at_most: float | None) -> Row:
    """Compare two commands of the same rounds."""
    return Row(
        ours, theirs, rounds.seconds(ours), rounds.seconds(theirs), rounds.ratio(ours, theirs),
        at_most,
    )  # fmt: skip
