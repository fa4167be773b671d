"""gen drift"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from generator.cli import complete
from generator.cli.common import (
    cloud_of,
    cloud_options,
    console,
    detachable,
    environment_option,
    load_config,
    output_option,
    print_json,
    screen,
    template_lines,
)
from generator.errors import GenError, UsageError

if TYPE_CHECKING:
    from generator.config import Loaded

DRIFTED = 3


@click.command(name="drift")
@click.argument("units", nargs=-1, metavar="[UNIT]...", shell_complete=complete.units)
@environment_option
@cloud_options
@output_option
@click.option("--exit-code", is_flag=True, help="Exit with 3 when anything has drifted.")
def command(
    *, units: tuple[str, ...], environment: str, local: bool, profile: str | None, output: str,
    exit_code: bool,
) -> None:  # fmt: skip
    """Find what was changed behind CloudFormation's back.

    Has CloudFormation compare every resource of every unit, or of those that are named, with what
    its template says, in all accounts and regions at once: which properties differ, and the line
    of the template that says what they should be. Secrets are masked. Some types CloudFormation
    cannot compare; they are named. What differs from the parameter file is `gen plan`'s to say.

    \b
      gen drift -e prod
      gen drift -e prod service --exit-code        # in a pipeline: 3 when something has drifted
      gen drift -e prod --output json | jq '.units[].stacks[] | select(.status == "DRIFTED")'
    """
    from dataclasses import asdict

    from generator.deploy.inspection.drift import DriftDetection
    from generator.report.drift import picture
    from generator.report.progress import progress_on

    root, loaded = load_config(environment)
    _check_units(units, loaded)
    progress = progress_on(console())
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=progress.note)
    lines = template_lines(root, loaded, progress.note)
    try:
        with detachable(environment, local=local):
            report = DriftDetection(loaded.config, cloud, progress, lines=lines).run(units)
    finally:
        progress.close()
    if output == "json":
        print_json(asdict(report))
    else:
        screen().print(picture(report), highlight=False)
    if report.problems:
        raise GenError(report.problems)
    if report.drifted and exit_code:
        sys.exit(DRIFTED)


def _check_units(units: tuple[str, ...], loaded: Loaded) -> None:
    from generator.config.finding import closest
    from generator.units import units_of

    there = [unit.name for unit in units_of(loaded.config)]
    for unit in units:
        if unit not in there:
            raise UsageError(
                f"{loaded.config.environment} has no unit '{unit}'",
                hint=closest(unit, there) or f"units: {', '.join(there)}",
            )
