"""gen rollback"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.cli.common import (
    cloud_for,
    cloud_options,
    confirm_by_name,
    console,
    detachable,
    environment_option,
    is_attended,
    load_config,
    output_option,
    print_json,
    typed,
    yes_option,
)
from generator.errors import UsageError

if TYPE_CHECKING:
    from generator.deploy.release.rollback import RollbackPlan


@click.command(name="rollback")
@click.argument("release", required=False)
@environment_option
@yes_option()
@click.option("--force", is_flag=True, help="Go back even to a release that was recorded as bad.")
@click.option("--waves", is_flag=True, help="Wave by wave as configured, not all regions at once.")
@click.option("--shift", is_flag=True, help="Shift traffic and heed alarms as the release says.")
@cloud_options
@output_option
def command(
    *, release: str | None, environment: str, yes: bool, force: bool, waves: bool, shift: bool,
    local: bool, profile: str | None, output: str,
) -> None:  # fmt: skip
    """Give every region a former release again.

    Without RELEASE it is the last good one other than the one that runs. Shows what it is going to
    do and asks. All regions at once, all traffic at once, whatever alarms say: that is what the bad
    release has turned. Needs the parameter file, no build. Stopped half-way, run it again.

    \b
      gen rollback -e prod
      gen rollback -e prod 9867bff16c58 --waves --shift
      gen rollback -e prod --yes            # where nobody can be asked
      gen rollback -e prod --yes --output json | jq -r .release
    """
    from generator.deploy.identity import check_account
    from generator.deploy.release.releases import Releases
    from generator.deploy.release.rollback import Rollback
    from generator.releases import Service
    from generator.report.progress import progress_on
    from generator.report.releases import rollback_plan, rolled_back

    root, loaded = load_config(environment)
    service = Service.of_config(loaded.config)
    out = console()
    progress = progress_on(out)
    cloud = cloud_for(root, service, local=local, profile=profile, say=progress.note)
    releases = Releases(cloud, service, by=check_account(cloud, service).arn)
    rollback = Rollback(releases, cloud, progress)
    plan = rollback.plan(release, shift=shift, by_waves=waves)
    if not plan.done:
        left = releases.history().verdict(plan.leaves) if plan.leaves else None
        text = rollback_plan(plan, verdict_of_left=left or "not known as good")
        out.print(text, highlight=False, markup=False, soft_wrap=True)
    _confirm(plan, service.prefix, yes=yes, force=force)
    try:
        with detachable(environment, local=local):
            changed = rollback.run(plan)
    finally:
        progress.close()
    if output == "json":
        print_json(
            {
                "release": plan.target.release,
                "instead_of": plan.leaves,
                "changed": changed,
                "parameters": plan.parameters,
                "ran": [
                    {"account": account, "region": region, "release": release}
                    for (account, region), release in plan.running.items()
                ],
            }
        )
    if changed:
        out.print(rolled_back(plan), style="bold green", highlight=False)
    else:
        out.print(f"every region runs release {plan.target.release}", highlight=False)
        out.print("nothing to do", style="bold")


def _confirm(plan: RollbackPlan, name: str, *, yes: bool, force: bool) -> None:
    """Ask before anything is changed; raise UsageError where nobody can be asked."""
    from generator.releases import What

    release, can_ask = plan.target.release, is_attended() and not yes
    if plan.verdict is What.BAD and not force:
        if not can_ask:
            raise UsageError(
                f"release {release} was recorded as bad",
                hint="choose another one (`gen releases`), or insist with --force",
            )
        typed(f"release {release} was recorded as bad; to insist, type its id", release)
    if not plan.done:
        confirm_by_name("to do this", name, yes=yes)
