"""What several commands share: options, the project, the cloud, the console."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from generator.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from generator.aws import Cloud
    from generator.config import Config, Loaded

F = TypeVar("F", bound=Callable[..., Any])
WIDE = 500
"""Columns where nobody says how many there are."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of `gen` itself."""

    local: bool
    debug: bool
    color: bool


class Home(Protocol):
    """What says whose account it is: a build's manifest, or the targets of a configuration."""

    @property
    def tools_account(self) -> str: ...
    @property
    def assume_role(self) -> str | None: ...


def environment_option(function: F) -> F:
    """Add -e/--env."""
    return click.option(
        "-e", "--env", "environment", envvar="GEN_ENV", default="dev", show_default=True,
        show_envvar=True, help="Environment: the name of a file in params/.",
    )(function)  # fmt: skip


def cloud_options(function: F) -> F:
    """Add the options that say where: --local, -p/--profile."""
    function = click.option(
        "-p", "--profile", envvar="AWS_PROFILE", help="Profile of the AWS configuration."
    )(function)
    return click.option(
        "--local", is_flag=True, envvar="GEN_LOCAL", show_envvar=True,
        help="Use the AWS stand-in on this machine; no account is needed.",
    )(function)  # fmt: skip


def output_option(function: F) -> F:
    """Add --output: a picture for people, or JSON for programs."""
    return click.option(
        "--output", type=click.Choice(["text", "json"]), default="text", show_default=True,
        help="A picture for people, or JSON for programs.",
    )(function)  # fmt: skip


def console() -> Console:
    """Give the console for everything that is not data: stderr."""
    return _console(stderr=True)


def screen() -> Console:
    """Give the console for pictures that are what the command was asked for: stdout."""
    out = _console(stderr=False)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        # Whoever reads it, a file or grep, knows no width: long texts stay in one piece.
        out.width = WIDE
    return out


def print_json(value: object) -> None:
    """Print a value as JSON; moments are written as ISO 8601."""
    click.echo(json.dumps(value, indent=2, default=lambda moment: moment.isoformat()))


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    context = click.get_current_context(silent=True)
    settings = context.obj if context else None
    plain = isinstance(settings, Settings) and not settings.color
    return Console(stderr=stderr, no_color=True if plain else None)


def project_root() -> Path:
    """Find the project: this folder, or the nearest one above that has params/ and templates/."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "params").is_dir() and (folder / "templates").is_dir():
            return folder
    raise UsageError(
        "this is no gen project: neither this folder nor one above it has params/ and templates/",
        hint="change to the project's folder",
    )


def load_config(environment: str) -> tuple[Path, Loaded]:
    """Find the project and load an environment's configuration."""
    from generator.config import load

    root = project_root()
    return root, load(root, environment)


def cloud_for(
    root: Path, home: Home, *, local: bool, profile: str | None, say: Callable[[str], None]
) -> Cloud:
    """Connect to AWS, or to the local cloud, which is started when it does not run."""
    from generator.aws import Cloud

    endpoint = None
    if local or is_local():
        from generator.local import start

        stand_in = start(root)
        endpoint = stand_in.endpoint
        say(f"local cloud {'started' if stand_in.started else 'runs'} at {endpoint}")
    return Cloud(
        profile=profile,
        endpoint=endpoint,
        account=home.tools_account,
        role_in_other_accounts=home.assume_role,
    )


def cloud_of(
    root: Path, config: Config, *, local: bool, profile: str | None, say: Callable[[str], None]
) -> Cloud:
    """Connect for a command that needs no build, and refuse another account than the pinned one."""
    from generator.deploy.identity import refuse_other_account

    cloud = cloud_for(root, config.targets, local=local, profile=profile, say=say)
    refuse_other_account(
        cloud, environment=config.environment, account=config.targets.tools_account,
        region=config.regions.primary,
    )  # fmt: skip
    return cloud


def is_local() -> bool:
    """Say whether `gen --local` was asked for."""
    context = click.get_current_context(silent=True)
    return bool(context and isinstance(context.obj, Settings) and context.obj.local)
