"""gen resume"""

from __future__ import annotations

import click

from generator.cli.common import (
    cloud_of,
    cloud_options,
    console,
    detachable,
    environment_option,
    load_config,
    output_option,
    print_json,
)


@click.command(name="resume")
@environment_option
@cloud_options
@output_option
def command(*, environment: str, local: bool, profile: str | None, output: str) -> None:
    """Go on with what a failed or stopped operation left.

    Only instances that are behind their StackSet are brought up to it, as it is now: nothing is
    rendered, no build is needed, and what instances have of their own they keep. Canary first, wave
    by wave, each wave in as few operations as can be. A release that was found bad is not spread;
    one that then runs everywhere is verified and noted as good, as by gen deploy.

    \b
      gen resume -e prod
      gen resume -e dev --local
      gen resume -e prod --output json | jq -r '.resumed[]'
    """
    from generator.deploy.identity import check_account
    from generator.deploy.operations.environment import Environment
    from generator.deploy.operations.resume import Resume
    from generator.releases import Service
    from generator.report.progress import progress_on

    root, loaded = load_config(environment)
    out = console()
    progress = progress_on(out)
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=progress.note)
    by = check_account(cloud, Service.of_config(loaded.config)).arn
    resume = Resume(Environment(root, loaded.config, cloud, progress), by=by)
    try:
        with detachable(environment, local=local):
            resumed = resume.run()
    finally:
        progress.close()
    if output == "json":
        print_json({"resumed": resumed})
    if resumed:
        out.print(f"resumed: {', '.join(resumed)}", style="bold green", highlight=False)
    else:
        out.print("nothing to resume", style="bold")
