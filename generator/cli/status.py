"""gen status"""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from generator.cli.common import (
    cloud_of,
    cloud_options,
    console,
    detachable,
    environment_option,
    html_option,
    load_config,
    output_option,
    print_json,
    screen,
    write_page,
)
from generator.errors import UsageError

if TYPE_CHECKING:
    from generator.aws import Cloud
    from generator.config import Config
    from generator.deploy.inspection.status import Status


@click.command(name="status")
@environment_option
@click.option("--watch", is_flag=True, help="Look again until nothing is under way any more.")
@html_option
@cloud_options
@output_option
def command(
    *, environment: str, watch: bool, local: bool, profile: str | None, output: str,
    page: str | None,
) -> None:  # fmt: skip
    """Show the state of every region, the pipeline, and what waits for you.

    Per account and region: the stack instance, the release it runs, alarms that are on. Which
    release is current, which was the last good one, and which bad one was taken back last, and
    why; what is under way on each StackSet, whose it is and how far; the last operation of the
    service's; the pipeline's newest execution. And what waits for a person: a connection whose
    handshake nobody has completed, an address that has not confirmed its alerts.

    With --watch it is drawn again until nothing is under way; where there is no terminal, each
    change is a line. It ends with exit code 1 when an operation that it saw failed or was stopped.

    With --html it is a page, which also says what the last `gen drift` found: one file, to be
    attached to a report or sent to somebody who has no access.

    \b
      gen status -e dev --local
      gen status -e prod --watch
      gen status -e prod --html          # build/prod-status.html
      gen status -e prod --output json | jq -r '.instances[] | select(.alarms != []) | .region'
    """
    if page is not None and (watch or output == "json"):
        raise UsageError(
            "--html is one look, as a page: it does not go with --watch or --output json"
        )
    root, loaded = load_config(environment)
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=lambda text: None)
    failed = False
    if watch:
        with detachable(environment, local=local):
            found, failed = _watched(loaded.config, cloud, quiet=output == "json")
    else:
        from generator.deploy.inspection.status import status

        found = status(loaded.config, cloud)
    if page is not None:
        from generator.deploy.inspection.last_drift import last_drift
        from generator.report.html.status import status_page

        text = status_page(found, last_drift(loaded.config, cloud), now=datetime.now(UTC))
        write_page(text, page, root / "build" / f"{loaded.config.environment}-status.html")
    elif output == "json":
        print_json(asdict(found))
    elif not watch:
        from generator.report.status import picture

        screen().print(picture(found), highlight=False)
    if failed:
        sys.exit(1)


def _watched(config: Config, cloud: Cloud, *, quiet: bool) -> tuple[Status, bool]:
    """Show the state until nothing is under way; on stderr when stdout is for the JSON of the end.

    Gives the last state, and whether any operation ended badly meanwhile.
    """
    from generator.deploy.inspection.status_watch import StatusWatch
    from generator.report.status_watch import follower

    shown = follower(console() if quiet else screen())
    # A look is many calls: three times the pause of those that follow one thing.
    looks = StatusWatch(
        config, cloud, pause=lambda: time.sleep(3 * cloud.poll_seconds), note=shown.note
    )
    try:
        for found in looks.run():
            shown.show(found)
    finally:
        shown.close()
    return found, bool(looks.failed())
