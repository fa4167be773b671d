"""gen publish"""

from __future__ import annotations

import click

from generator.cli.common import cloud_for, cloud_options, console, environment_option, load_config


@click.command(name="publish")
@environment_option
@cloud_options
def command(*, environment: str, local: bool, profile: str | None) -> None:
    """Upload a build as a release, without deploying it.

    Packages go to every region's bucket; template, record and what would change against the last
    good release to the primary region's. What is there already is not uploaded again, and refused
    when its bytes are others. The pipeline's build does this; gen deploy does it by itself.

    Prints GEN_RELEASE, GEN_MANIFEST (digest of the manifest) and GEN_CHANGES (key of the text that
    says what would change), as NAME=value.

    \b
      gen render -e prod && gen publish -e prod
    """
    from generator.build.folder import open_build, schemas_of
    from generator.build.proof import check_proof
    from generator.deploy import Deployment
    from generator.deploy.changes import keep_changes
    from generator.deploy.commit import commit_of
    from generator.deploy.promote import manifest_digest
    from generator.report.progress import progress_on

    root, loaded = load_config(environment)
    manifest, folder = open_build(root, loaded)
    check_proof(root, loaded, manifest, folder)
    progress = progress_on(console())
    cloud = cloud_for(root, manifest, local=local, profile=profile, say=progress.note)
    deployment = Deployment(manifest, folder, cloud, progress, commit=commit_of(root))
    try:
        record, releases = deployment.publish_release()
        changes = keep_changes(record, releases, schemas_of(folder))
    finally:
        progress.close()
    click.echo(f"GEN_RELEASE={record.release}")
    click.echo(f"GEN_MANIFEST={manifest_digest(folder)}")
    click.echo(f"GEN_CHANGES={changes}")
