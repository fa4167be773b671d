"""gen destroy"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.common import (
    cloud_of,
    cloud_options,
    confirm_by_name,
    console,
    environment_option,
    load_config,
    output_option,
    print_json,
    screen,
    yes_option,
)
from generator.errors import UsageError

if TYPE_CHECKING:
    from generator.aws import Cloud
    from generator.config import Config
    from generator.deploy import Progress


@click.command(name="destroy")
@environment_option
@click.option("--plan", "only_plan", is_flag=True, help="Show what it would do, and do nothing.")
@yes_option()
@click.option(
    "--disable-protection", is_flag=True, help="Switch termination protection off where it is on."
)
@click.option(
    "--all-instances", is_flag=True,
    help="Also instances of the StackSets that the parameter file does not name.",
)  # fmt: skip
@click.option(
    "--prune-releases", type=click.IntRange(min=1), metavar="N",
    help="Only this: keep the newest N releases and those in use, delete all older ones.",
)  # fmt: skip
@cloud_options
@output_option
def command(
    *, environment: str, only_plan: bool, yes: bool, disable_protection: bool, all_instances: bool,
    prune_releases: int | None, local: bool, profile: str | None, output: str,
) -> None:  # fmt: skip
    """Delete an environment, unit by unit, in the reverse order of deployment.

    Shows what it is going to delete and what it leaves behind, and asks for the environment's name.
    Nothing that holds data is deleted: buckets, keys, tables, log archives, repositories, secrets
    and the release pointers stay, and are listed by name; while they are there, the environment
    cannot be deployed again. Stacks and sets are told by name and tags, never by a prefix. Needs
    the parameter file, no build. Stopped half-way, run it again: it goes on where it was.

    With --prune-releases it deletes nothing but old releases: packages in every region, templates
    and records. What runs, what is current or last good, and what a rollback would go back to
    stays whatever N says.

    \b
      gen destroy -e dev --local
      gen destroy -e prod --plan
      gen destroy -e prod --disable-protection
      gen destroy -e prod --prune-releases 20
    """
    from generator.report.progress import progress_on

    if prune_releases and (disable_protection or all_instances):
        raise UsageError("--prune-releases prunes and destroys nothing: leave the others out")
    root, loaded = load_config(environment)
    progress = progress_on(console())
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=progress.note)
    act = _Act(loaded.config, cloud, progress, output=output, only_plan=only_plan, yes=yes)
    try:
        if prune_releases:
            act.prune(prune_releases)
        else:
            act.destroy(root, disable_protection=disable_protection, all_instances=all_instances)
    except KeyboardInterrupt:
        progress.note("stopped looking; what is under way goes on. Run the same command to follow.")
        raise
    finally:
        progress.close()


class _Act:
    """Plan, show, ask, do."""

    def __init__(
        self, config: Config, cloud: Cloud, progress: Progress,
        *, output: str, only_plan: bool, yes: bool,
    ):  # fmt: skip
        self._config = config
        self._cloud = cloud
        self._progress = progress
        self._json = output == "json"
        self._only_plan = only_plan
        self._yes = yes

    def destroy(self, root: Path, *, disable_protection: bool, all_instances: bool) -> None:
        from generator.build.folder import folder_of
        from generator.deploy.removal.destroy import plan_destruction
        from generator.deploy.removal.removal import Destruction
        from generator.releases import Service
        from generator.report.destroy import destruction

        plan = plan_destruction(self._config, self._cloud, all_instances=all_instances)
        told = asdict(plan)
        for removal in told["removals"]:
            removal.pop("template")
        self._show(told, destruction(plan))
        if self._only_plan:
            return
        if not plan.removals:
            console().print("nothing to do", style="bold")
            return
        plan.check(disable_protection=disable_protection)
        confirm_by_name("to do this", plan.name, yes=self._yes)
        Destruction(
            plan,
            Service.of_config(self._config),
            self._cloud,
            self._progress,
            build=folder_of(root, self._config.environment),
        ).run()
        console().print(f"{plan.name} is deleted, but for what was kept", style="bold green")

    def prune(self, newest: int) -> None:
        from generator.deploy.release.pruning import Pruning
        from generator.deploy.release.releases import Releases
        from generator.releases import Service
        from generator.report.destroy import pruning

        releases = Releases(self._cloud, Service.of_config(self._config), by="")
        prune = Pruning(releases, self._cloud, self._progress)
        plan = prune.plan(newest)
        self._show(asdict(plan), pruning(plan))
        if self._only_plan:
            return
        if not plan.pruned:
            console().print("nothing to do", style="bold")
            return
        confirm_by_name("to do this", plan.name, yes=self._yes)
        prune.run(plan)

    def _show(self, told: dict[str, Any], picture: Any) -> None:
        """Data on stdout; what somebody is about to confirm goes where the question is."""
        if self._json:
            print_json(told)
        else:
            (screen() if self._only_plan else console()).print(picture, highlight=False)
