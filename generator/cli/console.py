"""gen console"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli import complete
from generator.cli.common import (
    cloud_options,
    console,
    environment_option,
    is_local,
    load_config,
    output_option,
    print_json,
    screen,
)
from generator.cli.looking import hurried_cloud, local_cloud
from generator.errors import GenError, UsageError

if TYPE_CHECKING:
    from generator.aws import Cloud
    from generator.config import Config


@click.command(name="console")
@environment_option
@click.option(
    "--unit", "named", metavar="UNIT", shell_complete=complete.units,
    help="This unit and its values; without it all units' pages, and the service's values.",
)  # fmt: skip
@click.option("--offline", is_flag=True, help="Ask nobody: what the build says.")
@cloud_options
@output_option
def command(
    *, environment: str, named: str | None, offline: bool, local: bool, profile: str | None,
    output: str,
) -> None:  # fmt: skip
    """Print a unit's pages in the AWS console, and the values to paste there.

    The values are the build's, grouped as the console shows them, each with what another one does:
    whether it makes a new version, what is made anew, what loses data. Where the account can be
    asked, values that are deployed and differ are shown beside them. Nothing is changed, and the
    local cloud has no console: with --local, only the values are compared with it.

    \b
      gen console -e prod
      gen console -e prod --unit artifacts
      gen console -e dev --local
      gen console -e prod --output json | jq -r '.[].pages.overview'
    """
    from generator.build.folder import open_build
    from generator.config.finding import closest
    from generator.deploy.inspection.console import console_unit
    from generator.units import SERVICE

    root, loaded = load_config(environment)
    manifest, folder = open_build(root, loaded)
    units = {unit.name: unit for unit in manifest.units}
    if named is not None and named not in units:
        raise UsageError(
            f"{environment} has no unit '{named}'",
            hint=closest(named, units) or f"units: {', '.join(units)}",
        )
    cloud = None
    if not offline:
        cloud = _cloud(root, loaded.config, local=local or is_local(), profile=profile)
    wanted = [units[named]] if named else list(units.values())
    found = [
        console_unit(manifest, folder, unit, cloud, values=unit.name in (named, SERVICE))
        for unit in wanted
    ]
    if output == "json":
        print_json([asdict(unit) for unit in found])
        return
    from generator.report.console import lines

    out = screen()
    for number, unit in enumerate(found):
        if number:
            out.print()
        for what, whole in lines(unit):
            out.print(what, soft_wrap=whole, highlight=False, crop=not whole)


def _cloud(root: Path, config: Config, *, local: bool, profile: str | None) -> Cloud | None:
    """Give the cloud if it answers, and is the pinned account; else say why not."""
    from generator.deploy.identity import check_account
    from generator.releases import Service

    endpoint = None
    if local:
        endpoint = local_cloud(root).get("endpoint")
        if endpoint is None:
            console().print(
                "the local cloud does not run: values of the build only", style="yellow"
            )
            return None
    cloud = hurried_cloud(config, endpoint=endpoint, profile=profile)
    try:
        check_account(cloud, Service.of_config(config))
    except GenError as error:
        said = f"what is deployed is not compared: {error.problems[0].message}"
        console().print(said, style="yellow", highlight=False, soft_wrap=True)
        return None
    return cloud
