"""gen verify"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.common import (
    cloud_for,
    cloud_options,
    console,
    environment_option,
    output_option,
    print_json,
    project_root,
    rows_of,
)
from generator.errors import GenError, UsageError


@click.command(name="verify")
@environment_option
@click.option(
    "--step", required=True, metavar="promote|N|record",
    help="promote: is what lies in the regions what was built? N: does wave N run it, and do its"
    " alarms stay quiet? record: do all regions run it? Then it is recorded as good.",
)  # fmt: skip
@click.option(
    "--build", "folder", type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the build that was handed over; build/<env> unless given.",
)  # fmt: skip
@click.option(
    "--manifest", "digest", envvar="GEN_MANIFEST", show_envvar=True,
    help="Digest that the build's manifest must have; gen publish prints it.",
)  # fmt: skip
@click.option("--commit", envvar="GEN_COMMIT", show_envvar=True, help="Noted in the history.")
@click.option("--execution", envvar="GEN_EXECUTION", show_envvar=True, help="Noted, too.")
@cloud_options
@output_option
def command(
    *, environment: str, step: str, folder: Path | None, digest: str | None, commit: str | None,
    execution: str | None, local: bool, profile: str | None, output: str,
) -> None:  # fmt: skip
    """Check a release from the outside: before, between and after waves.

    What the pipeline does between its own actions. Every problem of every region is reported at
    once. In other accounts than the tools account it acts as <project>-<environment>-Verification,
    which may only look.

    \b
      gen verify -e prod --step promote --manifest "$GEN_MANIFEST"
      gen verify -e prod --step 1
      gen verify -e prod --step record
      gen verify -e prod --step 1 --output json | jq -r '.problems[].message'
    """
    from generator.deploy.identity import check_account
    from generator.deploy.release.promote import read_build
    from generator.deploy.release.releases import Releases
    from generator.deploy.release.steps import Steps
    from generator.releases import Service
    from generator.report.progress import progress_on

    root = project_root()
    if step == "promote" and not digest:
        raise UsageError(
            "--step promote needs the digest of the manifest that was built",
            hint="give --manifest or GEN_MANIFEST, as `gen publish` printed it",
        )
    folder = folder or root / "build" / environment
    manifest = read_build(folder, environment=environment, digest=digest or None)
    service = Service.of_build(manifest)
    progress = progress_on(console())
    cloud = cloud_for(
        root, service, local=local, profile=profile, say=progress.note,
        role=service.verification_role,
    )  # fmt: skip
    told = {"environment": environment, "release": manifest.release, "step": step}
    try:
        releases = Releases(cloud, service, by=check_account(cloud, service).arn)
        Steps(
            manifest, releases, cloud, progress, commit=commit or None, execution=execution or None
        ).run(step)
    except UsageError:
        raise
    except GenError as error:
        if output == "json":
            print_json(told | {"verified": False, "problems": rows_of(error.problems)})
        raise
    finally:
        progress.close()
    if output == "json":
        print_json(told | {"verified": True, "problems": []})
