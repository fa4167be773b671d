"""gen doctor"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from generator.cli.common import (
    cloud_options,
    environment_option,
    find_project,
    is_local,
    output_option,
    print_json,
    screen,
)
from generator.cli.looking import hurried_cloud, local_cloud

if TYPE_CHECKING:
    from generator.doctor import Finding

_REGION = "us-east-1"
"""Where it is asked who we are when nothing says a region."""


@click.command(name="doctor")
@environment_option
@cloud_options
@output_option
def command(*, environment: str, local: bool, profile: str | None, output: str) -> None:
    """Look whether all is there that gen needs: versions, credentials, quotas.

    This machine: versions, those that are too old or newer than any that was tried. The project:
    whether its environments are right, and their builds up to date. AWS: whose credentials these
    are, until when, whether they are the pinned account's, whether its regions are enabled, how
    much room is left in the quotas that matter, and whether this machine's clock is right. Works
    without a project and without credentials, too, and writes nothing. Exit code 1 when anything
    fails.

    \b
      gen doctor
      gen doctor -e prod --profile prod
      gen doctor --local                       # asks the local cloud instead of AWS
      gen doctor --output json | jq -r '.[] | select(.level == "fail") | .said'
    """
    from generator.doctor import Level
    from generator.report.doctor import picture

    findings = list(_findings(environment, local=local or is_local(), profile=profile))
    if output == "json":
        print_json([asdict(finding) for finding in findings])
    else:
        screen().print(picture(findings), highlight=False)
    if any(finding.level is Level.FAIL for finding in findings):
        sys.exit(1)


def _findings(environment: str, *, local: bool, profile: str | None) -> Iterator[Finding]:
    from generator.doctor import examine_account, examine_machine, examine_project

    root = find_project()
    yield from examine_machine()
    stand_in = local_cloud(root)
    yield _told(stand_in, wanted=local)
    project = examine_project(root, environment)
    yield from project.findings
    endpoint = stand_in.get("endpoint")
    if local and not endpoint:
        return
    config = project.config
    region = config.regions.primary if config else os.environ.get("AWS_REGION") or _REGION
    cloud = hurried_cloud(config, endpoint=endpoint if local else None, profile=profile)
    yield from examine_account(cloud, config, region=region)


def _told(stand_in: dict[str, Any], *, wanted: bool) -> Finding:
    from generator.doctor import Finding, Level

    if endpoint := stand_in.get("endpoint"):
        return Finding("machine", "local cloud", Level.OK, f"runs at {endpoint}")
    said = stand_in.get("problem") or "does not run"
    level = Level.FAIL if wanted else Level.OK
    hint = "gen local start" if wanted else None
    return Finding("machine", "local cloud", level, said, hint)
