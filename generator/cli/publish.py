"""gen publish"""

from __future__ import annotations

import click

from generator.cli.common import cloud_for, cloud_options, console, environment_option, load_config


@click.command(name="publish")
@environment_option
@cloud_options
def command(*, environment: str, local: bool, profile: str | None) -> None:
    """Upload a build's packages to every region's bucket.

    What the pipeline's build does before the release goes out; gen deploy does it by itself. A
    package that is there already is not uploaded again.

    \b
      gen render -e prod && gen publish -e prod
    """
    from generator.build.folder import open_build
    from generator.deploy import Deployment
    from generator.report.progress import progress_on

    root, loaded = load_config(environment)
    manifest, folder = open_build(root, loaded)
    progress = progress_on(console())
    cloud = cloud_for(root, manifest, local=local, profile=profile, say=progress.note)
    deployment = Deployment(manifest, folder, cloud, progress)
    try:
        deployment.check_account()
        deployment.publish()
    finally:
        progress.close()
