"""What several commands share: options, the project, the cloud, the console."""

from __future__ import annotations

import os
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from generator.cli import complete
from generator.cli.output import Settings, console, is_ci, print_json, rows_of, screen
from generator.errors import GenError, Problem, UsageError

if TYPE_CHECKING:
    from generator.aws import Cloud
    from generator.build.manifest import Manifest
    from generator.config import Config, Loaded
    from generator.deploy.identity import Pinned
    from generator.deploy.operations.watch import TemplateLines

__all__ = ["Settings", "console", "print_json", "rows_of", "screen"]
"""Of output.py, for commands to find beside all else that they share."""
F = TypeVar("F", bound=Callable[..., Any])
_UNATTENDED_PATIENCE_SECONDS = 60.0


def environment_option(function: F) -> F:
    """Add -e/--env."""
    return click.option(
        "-e", "--env", "environment", envvar="GEN_ENV", default="dev", show_default=True,
        show_envvar=True, shell_complete=complete.environments,
        help="Environment: the name of a file in params/.",
    )(function)  # fmt: skip


def cloud_options(function: F) -> F:
    """Add the options that say where: --local, -p/--profile."""
    function = click.option(
        "-p", "--profile", envvar="AWS_PROFILE", show_envvar=True, shell_complete=complete.profiles,
        help="Profile of the AWS configuration.",
    )(function)  # fmt: skip
    return click.option(
        "--local", is_flag=True, envvar="GEN_LOCAL", show_envvar=True,
        help="Use the AWS stand-in on this machine; no account is needed.",
    )(function)  # fmt: skip


def output_option(function: F, *, default: str = "text") -> F:
    """Add --output: a picture for people, or JSON for programs."""
    return click.option(
        "--output", type=click.Choice(["text", "json"]), default=default, show_default=True,
        envvar="GEN_OUTPUT", show_envvar=True, help="A picture for people, or JSON for programs.",
    )(function)  # fmt: skip


def yes_option(help_: str = "Do not ask.") -> Callable[[F], F]:
    """Add -y/--yes: what is asked is answered."""
    return click.option("-y", "--yes", is_flag=True, help=help_)


def html_option(function: F) -> F:
    """Add --html: a page to keep or to send, in a file."""
    return click.option(
        "--html", "page", type=click.Path(dir_okay=False, allow_dash=True), is_flag=False,
        flag_value="", metavar="[FILE]",
        help="Write a page instead, one file that needs no other: to FILE, - for stdout, else"
        " build/<env>-….html. Prints where it is.",
    )(function)  # fmt: skip


def write_page(text: str, file: str, default: Path) -> None:
    """Write a page whole or not at all, and print where; `-` is stdout, nothing the default."""
    if file == "-":
        click.echo(text, nl=False)
        return
    path = Path(file) if file else default
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise GenError(f"the page cannot be written to {path}: {error.strerror}") from None
    click.echo(os.path.relpath(path))


def ignore_option(function: F) -> F:
    """Add --ignore: codes of preflight that stop nothing."""

    def read(ctx: click.Context, _: click.Parameter, given: tuple[str, ...]) -> frozenset[str]:
        if not given or ctx.resilient_parsing:  # a completion judges nothing
            return frozenset()
        from generator.preflight import ignored_codes

        return ignored_codes(given)

    return click.option(
        "--ignore", metavar="CODE", multiple=True, callback=read,
        shell_complete=complete.preflight_codes,
        help="Let what this code of docs/preflight.md finds stop nothing; may be given again.",
    )(function)  # fmt: skip


def project_root() -> Path:
    """Find the project: this folder, or the nearest one above that has params/*.yaml."""
    if (root := find_project()) is not None:
        return root
    raise UsageError(
        "this is no gen project: neither this folder nor one above it has a params/*.yaml",
        hint="change to the project's folder, or begin one: `gen init`",
    )


def find_project() -> Path | None:
    """Find the project, if this folder is in one."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if any((folder / "params").glob("*.yaml")):
            return folder
    return None


def load_config(environment: str) -> tuple[Path, Loaded]:
    """Find the project and load an environment's configuration."""
    from generator.config import load

    root = project_root()
    return root, load(root, environment)


def cloud_for(
    root: Path, pinned: Pinned, *, local: bool, profile: str | None, say: Callable[[str], None],
    role: str | None = None,
) -> Cloud:  # fmt: skip
    """Connect to AWS, or to the local cloud, which is started when it does not run.

    `role` is the one to act as in other accounts, instead of the configured one. What the local
    cloud runs itself, a build for example, finds it by AWS_ENDPOINT_URL, and has credentials.
    """
    from generator.aws import Cloud

    endpoint, own_credentials = None, False
    if local or is_local():
        from generator.local import start

        stand_in = start(root)
        endpoint = stand_in.endpoint
        say(f"local cloud {'started' if stand_in.started else 'runs'} at {endpoint}")
    elif endpoint := _loopback_endpoint():
        own_credentials = True
        say(f"AWS_ENDPOINT_URL is a local cloud: {endpoint}")
    # Nobody signs in again where nobody is.
    patience: dict[str, Any] = {}
    if not sys.stderr.isatty():
        patience["patience"] = _UNATTENDED_PATIENCE_SECONDS
    return Cloud(
        profile=profile,
        endpoint=endpoint,
        account=pinned.tools_account,
        role_in_other_accounts=role or pinned.assume_role,
        own_credentials=own_credentials,
        say=say,
        **patience,
    )


def build_for(
    environment: str, *, local: bool, profile: str | None, say: Callable[[str], None]
) -> tuple[Path, Manifest, Path, Cloud]:
    """Open an environment's build, fit for the cloud it goes to: project, build, folder, cloud.

    Raises GenError when its templates have an error by the rules of now.
    """
    from generator.build.folder import open_build
    from generator.build.proof import check_proof
    from generator.deploy.local_code import for_this_machine

    root, loaded = load_config(environment)
    manifest, folder = open_build(root, loaded)
    check_proof(root, loaded, manifest, folder)
    cloud = cloud_for(root, manifest, local=local, profile=profile, say=say)
    if cloud.is_local:
        manifest, folder = for_this_machine(root, manifest, folder, say=say)
    return root, manifest, folder, cloud


def template_lines(
    root: Path, loaded: Loaded, say: Callable[[str], None]
) -> dict[str, TemplateLines]:
    """Find where resources were written, if the build is that of the present templates."""
    from generator.build.folder import open_build
    from generator.deploy.operations.watch import TemplateLines

    try:
        manifest, folder = open_build(root, loaded)
    except GenError as error:
        say(f"without the lines of templates: {error.problems[0].message}")
        return {}
    return {
        unit.name: TemplateLines.of_build(folder, unit.template, unit.sources)
        for unit in manifest.units
    }


def _loopback_endpoint() -> str | None:
    """Give the address that AWS_ENDPOINT_URL names, if it is on this machine."""
    url = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    host = urllib.parse.urlsplit(url).hostname or ""
    return url if host == "localhost" or host == "::1" or host.startswith("127.") else None


def cloud_of(
    root: Path, config: Config, *, local: bool, profile: str | None, say: Callable[[str], None]
) -> Cloud:
    """Connect for a command that needs no build, and refuse another account than the pinned one."""
    from generator.deploy.identity import check_account
    from generator.releases import Service

    service = Service.of_config(config)
    cloud = cloud_for(root, service, local=local, profile=profile, say=say)
    check_account(cloud, service)
    return cloud


@contextmanager
def detachable(environment: str, *, local: bool) -> Iterator[None]:
    """Let Ctrl-C end the looking only, and say how to look again."""
    try:
        yield
    except KeyboardInterrupt:
        again = f"gen attach -e {environment}{' --local' if local or is_local() else ''}"
        console().print(
            f"stopped looking; what is under way goes on. To watch it again: {again}",
            style="yellow", highlight=False, soft_wrap=True,
        )  # fmt: skip
        raise


def confirm_by_name(what: str, name: str, *, yes: bool) -> None:
    """Let a person type a name before something happens that nobody can take back."""
    if yes:
        return
    if not is_attended():
        where = "this is no terminal" if not sys.stdin.isatty() else "CI is set"
        raise UsageError(f"nobody can be asked here: {where}", hint="say --yes to go on unasked")
    typed(f"{what}, type", name)


def is_attended() -> bool:
    """Say whether somebody is there to be asked: at a terminal, and not in CI."""
    return sys.stdin.isatty() and not is_ci()


def typed(text: str, wanted: str) -> None:
    """Ask for a name to be typed; raises GenError for anything else."""
    said = click.prompt(f"{text} {wanted}", err=True, default="", show_default=False)
    if said.strip() != wanted:
        raise GenError(Problem("not confirmed: nothing was changed"))


def is_local() -> bool:
    """Say whether `gen --local` was asked for."""
    context = click.get_current_context(silent=True)
    return bool(context and isinstance(context.obj, Settings) and context.obj.local)
