"""gen test"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.cli import complete
from generator.cli.common import (
    build_for,
    cloud_of,
    cloud_options,
    console,
    environment_option,
    load_config,
    output_option,
    print_json,
    screen,
)
from generator.errors import GenError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from generator.deploy.progress import Progress
    from generator.trial.trial import Outcome


@click.command(name="test")
@environment_option
@click.option(
    "--unit", "units", multiple=True, metavar="UNIT", shell_complete=complete.units,
    help="Only this unit, with what it needs; may be given again.",
)  # fmt: skip
@click.option(
    "--regions", metavar="REGION,…", shell_complete=complete.regions,
    help="Only these regions of the environment.",
)  # fmt: skip
@click.option("--keep", is_flag=True, help="Leave everything deployed; --clean deletes it later.")
@click.option("--clean", is_flag=True, help="Only delete what an earlier test left.")
@click.option("--write", is_flag=True, help="Only write the taskcat project; print its folder.")
@cloud_options
@output_option
def command(
    *, environment: str, units: tuple[str, ...], regions: str | None, keep: bool, clean: bool,
    write: bool, local: bool, profile: str | None, output: str,
) -> None:  # fmt: skip
    """Deploy every unit that can stand alone to every region, look at it, and delete it.

    Writes a taskcat project of the build to build/taskcat/<env>, under names that no other run has;
    taskcat deploys it. Then each unit is looked at in each region: does its API answer, are its
    aliases on the newest version, its alarms there, its tags and outputs. What fails is told with
    its root cause and the line of its template: exit code 1. Everything is deleted in the end,
    after Ctrl-C, too.

    \b
      gen render && gen test                      # environment dev, or $GEN_ENV
      gen test -e dev --local                     # without an AWS account
      gen test -e prod --regions eu-central-1 --unit service
      gen test -e dev --keep                      # and later: gen test -e dev --clean
      gen test -e dev --write && cd build/taskcat/dev && taskcat test run
    """
    from generator.report.progress import progress_on

    if sum((keep, clean, write)) > 1:
        raise UsageError("--keep, --clean and --write exclude each other")
    progress = progress_on(console())
    try:
        if clean:
            _clean(environment, progress, local=local, profile=profile)
        else:
            _run(
                environment, progress, units=units, regions=regions, keep=keep, only_write=write,
                local=local, profile=profile, output=output,
            )  # fmt: skip
    finally:
        progress.close()


def _run(
    environment: str, progress: Progress, *, units: tuple[str, ...], regions: str | None,
    keep: bool, only_write: bool, local: bool, profile: str | None, output: str,
) -> None:  # fmt: skip
    from generator.deploy.identity import check_account
    from generator.trial.design import design, left_out
    from generator.trial.project import folder_of
    from generator.trial.runner import check_installed
    from generator.trial.trial import Run

    if not only_write:
        check_installed()
    root, manifest, build, cloud = build_for(
        environment, local=local, profile=profile, say=progress.note
    )
    check_account(cloud, manifest)
    wanted = [name.strip() for name in (regions or "").split(",") if name.strip()]
    trial = design(load_config(environment)[1].config, manifest, units=units, regions=wanted)
    folder = folder_of(root, environment, local=cloud.is_local)
    for name, why in left_out(manifest):
        progress.note(f"{name} is not tested: it {why}")
    run = Run(trial, manifest, build, folder, cloud, progress)
    run.write()
    if only_write:
        click.echo(folder.relative_to(root))
        return
    outcome = run.deploy_and_look(profile=profile, keep=keep)
    progress.close()
    _tell(outcome, root, folder, output=output)


def _clean(environment: str, progress: Progress, *, local: bool, profile: str | None) -> None:
    from generator.trial.cleaning import clean
    from generator.trial.project import folder_of, read

    root, loaded = load_config(environment)
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=progress.note)
    trial = read(folder_of(root, environment, local=cloud.is_local))
    if trial is None:
        console().print("nothing to do: no test was written here", style="bold")
        return
    if left := clean(trial, cloud, say=progress.note):
        from generator.trial.trial import still_there

        raise GenError(still_there(one) for one in left)
    console().print(f"nothing is left of {trial.project}-{trial.name}", style="bold green")


def _tell(outcome: Outcome, root: Path, folder: Path, *, output: str) -> None:
    """Print what was found; raise GenError with every reason when anything failed."""
    from generator.report.trial import as_data, junit, table
    from generator.trial.runner import LOG, REPORT

    (folder / "taskcat_outputs/junit.xml").write_text(junit(outcome), encoding="utf-8")
    files = {
        "report": folder / REPORT,
        "junit": folder / "taskcat_outputs/junit.xml",
        "log": folder / LOG,
    }
    shown = {name: str(file.relative_to(root)) for name, file in files.items()}
    if output == "json":
        print_json(as_data(outcome, files=shown))
    else:
        screen().print(table(outcome), highlight=False)
    for name, file in shown.items():
        console().print(f"{name}: {file}", highlight=False, soft_wrap=True)
    if outcome.kept:
        console().print(
            f"{outcome.trial.project}-{outcome.trial.name} stays deployed, and costs:"
            f" gen test -e {outcome.trial.environment} --clean deletes it",
            style="yellow", highlight=False, soft_wrap=True,
        )  # fmt: skip
    if not outcome.passed:
        raise GenError(outcome.problems)
