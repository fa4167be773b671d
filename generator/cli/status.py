"""gen status"""

from __future__ import annotations

from dataclasses import asdict

import click

from generator.cli.common import (
    cloud_of,
    cloud_options,
    environment_option,
    load_config,
    output_option,
    print_json,
    screen,
)


@click.command(name="status")
@environment_option
@cloud_options
@output_option
def command(*, environment: str, local: bool, profile: str | None, output: str) -> None:
    """Show the state of every region, the pipeline, and what waits for you.

    Per account and region: the stack instance, the release it runs, alarms that are on. Which
    release is current, which was the last good one, and which bad one was taken back last, and
    why; the last operation of the service's StackSet; the pipeline's newest execution. And what
    waits for a person: a connection whose handshake nobody has completed, an address that has not
    confirmed its alerts.

    \b
      gen status -e dev --local
      gen status -e prod --output json | jq -r '.instances[] | select(.alarms != []) | .region'
    """
    from generator.deploy.status import status
    from generator.report.status import picture

    root, loaded = load_config(environment)
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=lambda text: None)
    found = status(loaded.config, cloud)
    if output == "json":
        print_json(asdict(found))
    else:
        screen().print(picture(found), highlight=False)
