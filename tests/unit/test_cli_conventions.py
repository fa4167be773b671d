"""What every command has in common: help with examples that work, options, exit codes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from generator.cli import ALIASES, COMMANDS
from generator.cli import gen as group

pytestmark = pytest.mark.unit
Invoke = Callable[..., Any]

REPORTS = {
    "render": "--output", "lint": "--format", "plan": "--output", "deploy": "--output",
    "publish": "--output", "verify": "--output", "releases": "--output", "rollback": "--output",
    "attach": "--output", "stop": "--output", "resume": "--output", "destroy": "--output",
    "status": "--output", "logs": "--output", "drift": "--output", "import": "--output",
    "pipeline": "--output", "outputs": "--output", "console": "--output", "doctor": "--output",
    "explain": "--output", "test": "--output", "docs": "--output",
}  # fmt: skip
"""Commands by the option that makes what they report JSON."""
SILENT = {
    "init": "writes a project",
    "eject": "copies files",
    "graph": "is Mermaid or DOT",
    "schema": "is JSON",
    "completion": "is a script",
    "local": "answers with JSON, or with one value",
}
"""Commands that report nothing."""
ASKING = ("deploy", "rollback", "stop", "destroy", "import", "pipeline")
"""Commands that ask before they act."""


def leaves() -> Iterator[tuple[str, click.Command]]:
    """Yield every command that can be called, by what has to be typed."""
    context = click.Context(group)
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", each) for sub, each in command.commands.items())


LEAVES = dict(leaves())


def options(command: click.Command) -> set[str]:
    return {option for param in command.params for option in (*param.opts, *param.secondary_opts)}


def examples(command: click.Command) -> list[str]:
    """Give the lines of a help's examples: a block of its own, each line a command."""
    _, _, block = (command.help or "").rpartition("\b\n")
    joined = block.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip()]


def calls(example: str) -> Iterator[list[str]]:
    """Yield the arguments of each gen in an example, without what the shell does with it."""
    words = shlex.split(example, comments=True)
    for part in " ".join(map(shlex.quote, words)).replace("'&&'", "\n").split("\n"):
        for inner in re.split(r"'\|'|'>'", part):
            found = shlex.split(inner)
            if found and found[0] == "gen":
                yield found[1:]


def test_it_is_decided_for_every_command_whether_it_reports() -> None:
    assert {**REPORTS, **SILENT}.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", REPORTS)
def test_what_a_command_reports_can_be_had_as_json(name: str) -> None:
    choices = next(p for p in LEAVES[name].params if REPORTS[name] in p.opts).type
    assert isinstance(choices, click.Choice)
    # What gen docs has for people is a page.
    assert {"html" if name == "docs" else "text", "json"} <= set(choices.choices)


@pytest.mark.parametrize("name", ASKING)
def test_what_a_command_asks_can_be_answered_beforehand(name: str) -> None:
    assert {"-y", "--yes"} <= options(LEAVES[name])


@pytest.mark.parametrize("name", [n for n in LEAVES if n != "local"])
def test_a_help_ends_with_examples(name: str) -> None:
    found = examples(LEAVES[name])
    assert any(re.search(rf"\bgen {name}\b", line) for line in found), found


@pytest.mark.parametrize(
    ("name", "example"), [(n, e) for n, command in LEAVES.items() for e in examples(command)]
)
def test_an_example_can_be_typed_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, example: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("release.plan").write_text("{}")  # what an example before it has written
    found = list(calls(example))
    assert found or not example.startswith("gen ")
    for arguments in found:
        context = group.make_context("gen", arguments)
        _, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        while isinstance(command, click.Group):
            inner = command.make_context("gen", rest, parent=context)
            _, command, rest = command.resolve_command(inner, [*inner._protected_args, *inner.args])
            assert command is not None
        command.make_context("gen", rest, parent=context)


@pytest.mark.parametrize("name", LEAVES)
def test_a_bad_option_is_wrong_usage_without_a_trace(invoke: Invoke, name: str) -> None:
    done = invoke(*name.split(), "--no-such-option")
    assert (done.code, done.out) == (2, "")
    assert "--no-such-option" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "name", [n for n, c in LEAVES.items() if "--env" in options(c) and n != "doctor"]
)
def test_outside_a_project_a_command_says_so(invoke: Invoke, name: str) -> None:
    needed = {"import": ["service", "arn:aws:cloudformation:us-east-1:1:stack/a/b"],
              "verify": ["--step", "1"]}  # fmt: skip
    done = invoke(*name.split(), *needed.get(name, ()))
    assert (done.code, done.out) == (2, "")
    assert "no gen project" in done.err


@pytest.mark.parametrize(
    "name",
    [n for n, c in LEAVES.items() if "--env" in options(c) and n not in ("doctor", "verify")],
)
@pytest.mark.usefixtures("project")
def test_an_unknown_environment_is_wrong_usage(invoke: Invoke, name: str) -> None:
    needed = {"import": ["service", "arn:aws:cloudformation:us-east-1:1:stack/a/b"]}
    done = invoke(*name.split(), *needed.get(name, ()), "-e", "prd")
    assert (done.code, done.out) == (2, "")
    assert "there is no environment 'prd'" in done.err
    assert "environments here: dev" in done.err


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_the_command_itself(invoke: Invoke, alias: str) -> None:
    done = invoke(alias, "--help")
    assert done.code == 0
    first, _ = COMMANDS[ALIASES[alias]].split(",")[0], None
    assert first in " ".join(done.out.split())


@pytest.mark.parametrize("switch", ["--debug", "--no-color"])
@pytest.mark.parametrize("name", [n for n in LEAVES if n != "local"])
def test_a_switch_may_stand_after_the_command(invoke: Invoke, name: str, switch: str) -> None:
    assert invoke(*name.split(), switch, "--help").code == 0


@pytest.mark.usefixtures("project")
def test_ci_is_nobody_who_could_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from generator.cli.common import confirm_by_name
    from generator.errors import UsageError

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(UsageError, match="CI is set"):
        confirm_by_name("to do this", "orders-dev", yes=False)
    confirm_by_name("to do this", "orders-dev", yes=True)


def test_schema_is_json_whatever_is_asked(invoke: Invoke) -> None:
    assert invoke("schema").out.startswith("{")


@pytest.mark.parametrize("name", ["deploy", "status", "plan", "rollback", "destroy"])
def test_whoever_interrupts_gets_130_and_no_trace(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("generator.config.load", interrupt)
    monkeypatch.setattr("generator.cli.common.project_root", Path.cwd)
    done = invoke(name)
    assert (done.code, done.out) == (130, "")
    assert done.err.strip().splitlines()[-1] == "interrupted"
