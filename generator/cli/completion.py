"""gen completion"""

from __future__ import annotations

import click

_SHELLS = ("bash", "zsh", "fish")


@click.command(name="completion")
@click.argument("shell", type=click.Choice(_SHELLS))
def command(*, shell: str) -> None:
    """Print a script that lets a shell complete gen's commands and what they take.

    Commands and options, environments (from params/), units, regions, functions and codes:
    everything that is found without asking AWS. Bash needs version 4.4 or newer.

    \b
      eval "$(gen completion bash)"                                # in ~/.bashrc
      eval "$(gen completion zsh)"                                 # in ~/.zshrc, after compinit
      gen completion fish > ~/.config/fish/completions/gen.fish
    """
    from click.shell_completion import get_completion_class

    from generator.cli import gen

    found = get_completion_class(shell)
    assert found is not None, shell
    click.echo(found(gen, {}, "gen", "_GEN_COMPLETE").source())
