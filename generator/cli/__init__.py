"""The `gen` command: one file per subcommand, loaded only when it is called.

Commands read options, confirm, call the core and print; everything else is elsewhere. This is the
one place that turns an error into an exit code (generator/codes/exits.py).
"""

from __future__ import annotations

import importlib
import keyword
import os
import sys
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

import click

import generator
from generator.errors import GenError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "init": "Begin a project that renders, deploys locally and passes its tests at once.",
    "render": "Package, render and prove an environment's build.",
    "lint": "Find mistakes in templates, and in the files beside them, by line.",
    "plan": "Show what gen deploy would do, unit by unit, and why.",
    "deploy": "Deploy a build: every unit in order, wave by wave.",
    "test": "Try every unit out in every region, with taskcat, and delete it again.",
    "publish": "Upload a build as a release, without deploying it.",
    "verify": "Check a release from the outside: before, between and after waves.",
    "releases": "List the releases, newest first: when, by whom, good or bad, where they run.",
    "rollback": "Give every region a former release again.",
    "attach": "Follow what is under way, whoever began it, to its end.",
    "stop": "Stop the StackSet operation that is under way.",
    "resume": "Go on with what a failed or stopped operation left.",
    "destroy": "Delete an environment, unit by unit, in the reverse order of deployment.",
    "status": "Show the state of every region, the pipeline, and what waits for you.",
    "logs": "Show what happened, in all regions, merged in time.",
    "drift": "Find what was changed behind CloudFormation's back.",
    "import": "Bring existing stacks into a unit's StackSet, as they are.",
    "pipeline": "Show the pipeline's newest execution: stages, actions, why one failed.",
    "outputs": "Print the outputs of every deployed stack.",
    "eject": "Copy gen's own templates into the project, to be changed there.",
    "docs": "Write one page about a system: pictures, parameters, permissions, alarms, costs.",
    "graph": "Print the system as a graph, in Mermaid or DOT.",
    "schema": "Print the JSON schema of parameter files.",
    "console": "Print a unit's pages in the AWS console, and the values to paste there.",
    "doctor": "Look whether all is there that gen needs: versions, credentials, quotas.",
    "explain": "Say what a code means, why it comes to that, and what to do.",
    "completion": "Print a script that lets a shell complete gen's commands.",
    "local": "Run the AWS stand-in on this machine.",
}
"""Subcommands and their one-line help: the list is shown without importing any of them."""
ALIASES = {"ls": "status", "rm": "destroy"}
"""What peers call them."""


class _LazyGroup(click.Group):
    """A group that imports a subcommand only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        cmd_name = ALIASES.get(cmd_name, cmd_name)
        if cmd_name not in COMMANDS:
            return None
        # A keyword is no name for a module: PEP 8 appends an underscore.
        file = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"generator.cli.{file}")
        command: click.Command = module.command
        add_switches(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        # Not of the base class, whose answer imports every command.
        commands = [
            CompletionItem(name, help=help_)
            for name, help_ in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        same = ", ".join(f"{alias} is {name}" for alias, name in ALIASES.items())
        with formatter.section("Aliases"):
            formatter.write_text(f"{same}. --debug and --no-color may stand after a command, too.")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS | ALIASES and not args[0].startswith("-"):
            from generator.config.finding import closest

            hint = closest(args[0], COMMANDS)
            ctx.fail(f"there is no command '{args[0]}'" + (f": {hint}" if hint else ""))
        return super().resolve_command(ctx, args)


def add_switches(command: click.Command) -> None:
    """Let a command take the switches that `gen` itself takes before it."""
    if any(param.name == "no_color" for param in command.params):
        return
    for name in ("--debug", "--no-color"):
        switch = click.Option(
            [name], is_flag=True, hidden=True, expose_value=False, callback=_switch
        )
        command.params.append(switch)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            add_switches(each)


def _switch(ctx: click.Context, param: click.Parameter, given: bool) -> None:
    from generator.cli.common import Settings

    if given and isinstance(ctx.obj, Settings):
        change = {"debug": True} if param.name == "debug" else {"color": False}
        ctx.obj = replace(ctx.obj, **change)


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--local", is_flag=True, help="Use the AWS stand-in on this machine.")
@click.option("--debug", is_flag=True, envvar="GEN_DEBUG", help="Show the trace of an error.")
@click.option("--no-color", is_flag=True, help="Plain output (so does NO_COLOR).")
@click.version_option(generator.__version__, prog_name="gen")
@click.pass_context
def gen(ctx: click.Context, *, local: bool, debug: bool, no_color: bool) -> None:
    """Ship a serverless service to many AWS regions.

    From params/<environment>.yaml, gen renders CloudFormation, proves it, and deploys it through
    StackSets, canary region first.

    \b
      gen render && gen deploy            # environment dev, or $GEN_ENV
      gen render -e prod
      gen deploy -e prod --profile prod
      gen deploy -e dev --local           # without an AWS account
    """
    from generator.cli.common import Settings

    ctx.obj = Settings(local=local, debug=debug, color=not no_color)


def main() -> None:
    """Run `gen`, and show every error the same way."""
    debug = "--debug" in sys.argv or os.environ.get("GEN_DEBUG", "") not in ("", "0")
    try:
        gen.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except GenError as error:
        if debug:
            traceback.print_exc()
        from generator.cli.common import console
        from generator.codes import mentioned
        from generator.report.explain import more
        from generator.report.problems import show

        # The command's context, which knows --no-color, is gone.
        out = console(plain="--no-color" in sys.argv)
        show(out, error.problems)
        if codes := mentioned(problem.message for problem in error.problems):
            out.print(more(codes), soft_wrap=True)
        sys.exit(error.exit_code)
    except Exception as error:
        if debug:
            raise
        click.echo(
            f"error: gen has a bug: {type(error).__name__}: {error}\n"
            "  → run the same command with --debug, and report what it shows",
            err=True,
        )
        sys.exit(1)
