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
    """Try every unit out in every region, with taskcat, and delete it again.

    Writes a taskcat project of the build to build/taskcat/<env>, under names that no other run has,
    and has taskcat deploy every unit that can stand alone. Then looks at each of them in each
    region: does the API answer, are aliases on the newest version, alarms, tags and outputs there?
    What fails is told by its root cause and the line of its template, with exit code 1. Everything
    is deleted in the end, after a failure and after Ctrl-C, too (docs/testing.md).

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
    from generator.trial.project import folder_of, only_one
    from generator.trial.runner import check_installed
    from generator.trial.trial import Run

    if not only_write:
        check_installed()
    root, manifest, build, cloud = build_for(
        environment, local=local, profile=profile, say=progress.note
    )
    check_account(cloud, manifest)
    wanted = [name.strip() for name in (regions or "").split(",") if name.strip()]
    trial = design(
        load_config(environment)[1].config, manifest, units=units, regions=wanted,
        local=cloud.is_local,
    )  # fmt: skip
    folder = folder_of(root, environment, local=cloud.is_local)
    for name, why in left_out(manifest):
        progress.note(f"{name} is not tested: it {why}")
    run = Run(trial, manifest, build, folder, cloud, progress)
    with only_one(folder):
        run.write()
        if only_write:
            click.echo(folder.relative_to(root))
            return
        outcome = run.deploy_and_look(profile=profile, keep=keep)
        progress.close()
        _tell(outcome, root, folder, output=output)


def _clean(environment: str, progress: Progress, *, local: bool, profile: str | None) -> None:
    from generator.trial.cleaning import clean
    from generator.trial.project import folder_of, only_one, read
    from generator.trial.trial import still_there

    root, loaded = load_config(environment)
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=progress.note)
    folder = folder_of(root, environment, local=cloud.is_local)
    with only_one(folder):
        trial = read(folder)
        if trial is None:
            console().print("nothing to do: no test was written here", style="bold")
            return
        if left := clean(trial, cloud, say=progress.note):
            raise GenError(still_there(one) for one in left)
    name = f"{trial.project}-{trial.name}"
    console().print(f"nothing is left of {name}", style="bold green", highlight=False)


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
            f" {outcome.trial.cleaning} deletes it",
            style="yellow", highlight=False, soft_wrap=True,
        )  # fmt: skip
    if not outcome.passed:
        raise GenError(outcome.problems)
