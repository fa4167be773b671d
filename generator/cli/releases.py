"""gen releases"""

from __future__ import annotations

import dataclasses

import click

from generator.cli.common import (
    cloud_for,
    cloud_options,
    console,
    environment_option,
    load_config,
    output_option,
    print_json,
    screen,
)


@click.command(name="releases")
@environment_option
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many, at most."
)
@cloud_options
@output_option
def command(*, environment: str, limit: int, local: bool, profile: str | None, output: str) -> None:
    """List the releases, newest first: when, by whom, good or bad, where they run.

    A release is good once it was verified in every region, and bad once it was taken back.

    \b
      gen releases -e prod
      gen releases -e prod --output json | jq -r '.[] | select(.last_good) | .release'
    """
    from generator.deploy.identity import check_account
    from generator.deploy.release.overview import overview
    from generator.deploy.release.releases import Releases
    from generator.releases import Service
    from generator.report.progress import progress_on
    from generator.report.releases import releases_table

    root, loaded = load_config(environment)
    service = Service.of_config(loaded.config)
    say = progress_on(console()).note if output == "text" else lambda text: None
    cloud = cloud_for(root, service, local=local, profile=profile, say=say)
    releases = Releases(cloud, service, by=check_account(cloud, service).arn)
    rows = overview(releases, cloud, limit=limit)
    if output == "json":
        print_json([dataclasses.asdict(row) for row in rows])
    elif rows:
        click.echo(releases_table(rows, width=screen().width))
    else:
        console().print("nothing was released yet")
