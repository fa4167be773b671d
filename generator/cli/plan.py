"""gen plan"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from generator.cli.common import (
    build_for,
    cloud_options,
    console,
    environment_option,
    ignore_option,
    output_option,
    screen,
)


@click.command(name="plan")
@environment_option
@cloud_options
@click.option("--prune", is_flag=True, help="Plan to delete the stacks of former targets, too.")
@click.option("--deep", is_flag=True, help="Have AWS say what the first wave would replace.")
@click.option("--all", "everything", is_flag=True, help="Show what stays the same, too.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help="Save the plan, to be deployed as it is: gen deploy FILE.",
)  # fmt: skip
@click.option("--exit-code", is_flag=True, help="Exit 3 when there is anything to do.")
@ignore_option
@output_option
def command(
    *, environment: str, local: bool, profile: str | None, prune: bool, deep: bool,
    everything: bool, ignore: frozenset[str], out: Path | None, exit_code: bool, output: str,
) -> None:  # fmt: skip
    """Show what gen deploy would do, unit by unit, and why. Changes nothing.

    Of a StackSet, every account and region: added, updated, unchanged, kept or removed, tried again
    after a failure; the values that change, with what single instances have of their own; what
    changes in the template, resource by resource, and what that replaces or loses; and the calls,
    in order. AWS has no such thing for StackSets.

    What gen deploy would refuse, or warn of, is told as well (docs/preflight.md).

    With --deep, a change set is made on each stack of the first wave, read and deleted again: it
    tells for sure what is replaced there.

    \b
      gen plan -e prod
      gen plan -e prod --deep --out release.plan && gen deploy release.plan
      gen plan -e prod --exit-code          # in CI: 0 nothing to do, 3 changes
      gen plan -e prod --output json | jq -r '.units[] | select(.calls != []) | .name'
    """
    from generator.deploy import Deployment
    from generator.preflight import told
    from generator.report.plan import picture
    from generator.report.preflight import show_findings
    from generator.report.problems import show
    from generator.report.progress import progress_on

    progress = progress_on(console())
    _, manifest, folder, cloud = build_for(
        environment, local=local, profile=profile, say=progress.note
    )
    deployment = Deployment(manifest, folder, cloud, progress, prune=prune)
    plan = deployment.plan(deep=deep)
    found = deployment.findings(plan, ignore=ignore)
    if out is not None:
        out.write_text(plan.to_json(), encoding="utf-8")
    if output == "json":
        click.echo(plan.to_json(findings=found), nl=False)
    else:
        screen().print(picture(plan, everything=everything), highlight=False)
        show_findings(screen(), found)
        show(screen(), [told(finding) for finding in found if finding.stops], kind="refused")
    if exit_code and plan.changes:
        sys.exit(3)
