"""gen outputs"""

from __future__ import annotations

from functools import partial

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


@click.command(name="outputs")
@environment_option
@cloud_options
@partial(output_option, default="json")
def command(*, environment: str, local: bool, profile: str | None, output: str) -> None:
    """Print the outputs of every deployed stack, as JSON.

    A list of {unit, account, region, stack, status, outputs}: one entry for each stack that exists,
    in the order of deployment.

    \b
      gen outputs -e dev --local
      gen outputs -e dev --local --output text
      gen outputs -e prod | jq -r '.[] | select(.unit == "service") | .outputs.ApiUrl'
    """
    from generator.build.folder import open_build
    from generator.deploy import Deployment
    from generator.deploy.inspection.outputs import outputs
    from generator.report.progress import progress_on

    root, loaded = load_config(environment)
    manifest, folder = open_build(root, loaded)
    progress = progress_on(console())
    cloud = cloud_for(root, manifest, local=local, profile=profile, say=lambda text: None)
    Deployment(manifest, folder, cloud, progress).check_account()
    found = outputs(manifest, cloud)
    if output == "json":
        print_json(found)
        return
    from generator.report.outputs import lines

    for line in lines(found):
        screen().print(line, soft_wrap=True, highlight=False)
