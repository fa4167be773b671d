"""gen deploy"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.common import (
    build_for,
    cloud_options,
    confirm_by_name,
    console,
    detachable,
    environment_option,
    ignore_option,
    output_option,
    print_json,
    rows_of,
    yes_option,
)
from generator.errors import GenError, Problem, UsageError

if TYPE_CHECKING:
    from generator.plan.document import Plan
    from generator.plan.saved import SavedPlan


@click.command(name="deploy")
@click.argument(
    "plan_file", metavar="[PLAN]", required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)  # fmt: skip
@environment_option
@click.option("--prune", is_flag=True, help="Delete the stacks of former targets; asks first.")
@yes_option("Do not ask before stacks are deleted.")
@click.option(
    "--allow-replace", "allowed", multiple=True, metavar="RESOURCE",
    help="Let this stateful resource be replaced or deleted (logical id; repeat for more).",
)  # fmt: skip
@ignore_option
@cloud_options
@output_option
@click.pass_context
def command(
    ctx: click.Context, *, plan_file: Path | None, environment: str, prune: bool, yes: bool,
    allowed: tuple[str, ...], ignore: frozenset[str], local: bool, profile: str | None, output: str,
) -> None:  # fmt: skip
    """Deploy a build: every unit in order, wave by wave.

    What gen render proved is what is deployed: a build that is out of date is refused. Nothing that
    has not changed is touched. Stopped half-way, run it again: it goes on where it was. What would
    fail half-way is found before anything is made (docs/preflight.md).

    With PLAN, a file that gen plan --out wrote, just that is carried out: it is refused when
    anything has moved since.

    \b
      gen render && gen deploy
      gen deploy -e prod --profile prod
      gen deploy -e dev --local
      gen plan -e prod --out release.plan && gen deploy release.plan
      gen deploy -e prod --output json | jq -r '.changed[]'
    """
    from generator.deploy import Deployment
    from generator.deploy.pipeline.commit import commit_of
    from generator.preflight import refusal
    from generator.report.preflight import show_findings
    from generator.report.progress import progress_on

    saved = _saved(plan_file) if plan_file else None
    if saved:
        chosen = ctx.get_parameter_source("environment") is click.core.ParameterSource.COMMANDLINE
        if chosen and environment != saved.environment:
            raise UsageError(f"{plan_file} is a plan for {saved.environment}, not {environment}")
        environment, prune = saved.environment, saved.prune or prune
    out = console()
    progress = progress_on(out)
    root, manifest, folder, cloud = build_for(
        environment, local=local, profile=profile, say=progress.note
    )
    deployment = Deployment(
        manifest,
        folder,
        cloud,
        progress,
        commit=commit_of(root),
        prune=prune,
        allow_replace=frozenset(allowed),
    )
    try:
        plan = deployment.plan()
        _check(plan, saved)
        found = deployment.findings(plan, ignore=ignore)
        show_findings(out, found)
        if refused := refusal(found):
            raise refused
        _confirm(plan, yes=yes)
        with detachable(environment, local=local):
            outcome = deployment.run(plan)
    finally:
        progress.close()
    if cloud.endpoint and outcome.changed:
        from generator.local import LocalCloud

        if recorded := LocalCloud(cloud.endpoint, started=False).recorded_types():
            out.print(
                f"recorded only, not carried out, by the local cloud: {', '.join(recorded)}",
                style="dim", highlight=False, soft_wrap=True,
            )  # fmt: skip
    if output == "json":
        told = [
            {"code": one.code, "ignored": one.ignored, **rows_of([one.problem])[0]} for one in found
        ]
        print_json(
            {
                "environment": environment,
                "release": manifest.release,
                "changed": outcome.changed,
                "findings": told,
            }
        )
    if outcome.changed:
        out.print(f"release {manifest.release} is deployed", style="bold green", highlight=False)
    else:
        out.print("nothing to do", style="bold")


def _saved(file: Path) -> SavedPlan:
    from generator.plan.saved import SavedPlan

    try:
        return SavedPlan.from_json(file.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{file} is no plan that this gen can read", hint="gen plan --out FILE writes one"
        ) from error


def _check(plan: Plan, saved: SavedPlan | None) -> None:
    """Refuse a saved plan that no longer is what would be done."""
    if saved and (moved := saved.differences(plan)):
        hint = f"look at `gen plan -e {saved.environment}`, and save it again"
        raise GenError([Problem(text, hint=hint) for text in moved])


def _confirm(plan: Plan, *, yes: bool) -> None:
    """Ask before stacks are deleted; raise UsageError where nobody can be asked."""
    from generator.plan.document import Change

    gone = [
        f"{unit.stack_name} in {pair.account} {pair.region}"
        for unit in plan.units
        for pair in unit.pairs
        if pair.change is Change.REMOVE
    ]
    if not gone:
        return
    for stack in gone:
        click.echo(f"is deleted with its stack: {stack}", err=True)
    confirm_by_name("to delete these", f"{plan.project}-{plan.environment}", yes=yes)
