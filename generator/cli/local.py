"""gen local"""

from __future__ import annotations

import json

import click

from generator.cli.common import project_root


@click.group(name="local")
def command() -> None:
    """Run the AWS stand-in on this machine.

    Commands with --local start it by themselves. It stops with the terminal that started it.

    \b
      gen local start
      gen local status
      gen local stop
    """


def _verb(name: str, help_: str) -> None:
    @command.command(name=name, help=help_)
    def run() -> None:
        from generator.local import call

        answer = call(project_root(), name)
        if answer is not None:
            click.echo(json.dumps(answer, indent=2))


_verb("start", "Start it, or find the one that runs.")
_verb("status", "Say as JSON whether and where it runs.")
_verb("stop", "Stop it; what was in it is gone.")
_verb("reset", "Empty it without stopping it.")


@command.command(name="calls", help="Print its log of AWS calls, one JSON object a line.")
def calls() -> None:
    from generator.local import lines

    for line in lines(project_root(), "calls"):
        click.echo(line)
