"""gen deploy"""

from __future__ import annotations

import click

from generator.cli.common import (
    cloud_for,
    cloud_options,
    console,
    detachable,
    environment_option,
    load_config,
)


@click.command(name="deploy")
@environment_option
@cloud_options
def command(*, environment: str, local: bool, profile: str | None) -> None:
    """Deploy a build: every unit in order, wave by wave.

    What gen render proved is what is deployed: a build that is out of date is refused. Nothing that
    has not changed is touched. Stopped half-way, run it again: it goes on where it was.

    \b
      gen render && gen deploy
      gen deploy -e prod --profile prod
      gen deploy -e dev --local
    """
    from generator.build.folder import open_build
    from generator.deploy import Deployment
    from generator.deploy.commit import commit_of
    from generator.report.progress import progress_on

    root, loaded = load_config(environment)
    manifest, folder = open_build(root, loaded)
    out = console()
    progress = progress_on(out)
    cloud = cloud_for(root, manifest, local=local, profile=profile, say=progress.note)
    if cloud.is_local:
        from generator.deploy.local_code import for_this_machine

        manifest, folder = for_this_machine(root, manifest, folder, say=progress.note)
    try:
        with detachable(environment, local=local):
            outcome = Deployment(manifest, folder, cloud, progress, commit=commit_of(root)).run()
    finally:
        progress.close()
    if cloud.endpoint and outcome.changed:
        from generator.local import LocalCloud

        if recorded := LocalCloud(cloud.endpoint, started=False).recorded_types():
            out.print(
                f"recorded only, not carried out, by the local cloud: {', '.join(recorded)}",
                style="dim", highlight=False, soft_wrap=True,
            )  # fmt: skip
    if outcome.changed:
        out.print(f"release {manifest.release} is deployed", style="bold green", highlight=False)
    else:
        out.print("nothing to do", style="bold")
