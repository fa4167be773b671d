"""gen publish"""

from __future__ import annotations

import click

from generator.cli.common import (
    cloud_for,
    cloud_options,
    console,
    environment_option,
    load_config,
    output_option,
    print_json,
)


@click.command(name="publish")
@environment_option
@cloud_options
@output_option
def command(*, environment: str, local: bool, profile: str | None, output: str) -> None:
    """Upload a build as a release, without deploying it.

    Packages go to every region's bucket; template, record and what would change against the last
    good release to the primary region's. What is there already is not uploaded again, and refused
    when its bytes are others. The pipeline's build does this; gen deploy does it by itself.

    Prints GEN_RELEASE, GEN_MANIFEST (digest of the manifest) and GEN_CHANGES (key of the text that
    says what would change), as NAME=value; as JSON: release, manifest and changes.

    \b
      gen render -e prod && gen publish -e prod
      gen publish -e dev --local --output json | jq -r .manifest
    """
    from generator.build.folder import open_build, schemas_of
    from generator.build.proof import check_proof
    from generator.deploy import Deployment
    from generator.deploy.pipeline.changes import keep_changes
    from generator.deploy.pipeline.commit import commit_of
    from generator.deploy.release.promote import manifest_digest
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
    told = {
        "release": record.release,
        "manifest": manifest_digest(folder),
        "changes": changes,
    }
    if output == "json":
        print_json(told)
    else:
        for name, value in told.items():
            click.echo(f"GEN_{name.upper()}={value}")
