"""gen import"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from generator.cli import complete
from generator.cli.common import (
    build_for,
    cloud_options,
    confirm_by_name,
    console,
    detachable,
    environment_option,
    output_option,
    print_json,
    screen,
    yes_option,
)
from generator.errors import GenError, UsageError

if TYPE_CHECKING:
    from generator.build.manifest import BuiltUnit, Manifest


@click.command(name="import")
@click.argument("unit", shell_complete=complete.stack_sets)
@click.argument("stacks", nargs=-1, required=True, metavar="STACK_ARN...")
@environment_option
@yes_option()
@click.option("--any-name", is_flag=True, help="The execution role reaches stacks of any name.")
@cloud_options
@output_option
def command(
    *, unit: str, stacks: tuple[str, ...], environment: str, yes: bool, any_name: bool, local: bool,
    profile: str | None, output: str,
) -> None:  # fmt: skip
    """Bring existing stacks into a unit's StackSet, as they are.

    For stacks that were deployed by other means: each becomes the set's instance in its account
    and region, untouched, and gen deploy goes on from there instead of making a second one. Its
    template must be the set's (or the build's, where there is no set yet); parameter values that
    differ stay, as overrides. Shows what it is going to do, and everything that is against it,
    and asks. Run again, it goes on where it was.

    \b
      arn=$(aws cloudformation describe-stacks --stack-name orders-prod-service \
        --query 'Stacks[].StackId' --output text)
      gen import -e prod service "$arn"
      gen import -e prod service "$arn" --yes --output json | jq -r '.stacks[].refusals[]'
    """
    from generator.deploy.identity import check_account
    from generator.deploy.importing import Import
    from generator.plan.imports import Arn
    from generator.report.imports import import_plan
    from generator.report.progress import progress_on

    named = {text: Arn.parse(text) for text in dict.fromkeys(stacks)}
    if wrong := [text for text, arn in named.items() if arn is None]:
        raise UsageError(
            f"not the ARN of a stack: {', '.join(wrong)}",
            hint="aws cloudformation describe-stacks --query 'Stacks[].StackId' names them",
        )
    progress = progress_on(console())
    _, manifest, folder, cloud = build_for(
        environment, local=local, profile=profile, say=progress.note
    )
    chosen = _stack_set(manifest, unit)
    check_account(cloud, manifest)
    work = Import(manifest, folder, chosen, cloud, progress, any_name=any_name)
    plan = work.plan([arn for arn in named.values() if arn])
    if output == "json":
        print_json(asdict(plan))
    # What somebody is about to confirm is shown all the same, where the question is.
    (console() if output == "json" else screen()).print(import_plan(plan), highlight=False)
    if plan.problems:
        raise GenError(plan.problems)
    if not plan.batches:
        console().print("nothing to do", style="bold")
        return
    confirm_by_name("to do this", plan.stack_set, yes=yes)
    try:
        with detachable(environment, local=local):
            work.run(plan)
    finally:
        progress.close()
    count = sum(map(len, plan.batches))
    console().print(
        f"{plan.stack_set} has {count} more instance{'s' * (count != 1)}", style="bold green"
    )


def _stack_set(manifest: Manifest, unit: str) -> BuiltUnit:
    from generator.units import Kind

    sets = {one.name: one for one in manifest.units if one.kind is Kind.STACK_SET}
    if unit not in sets:
        raise UsageError(
            f"{manifest.environment} has no StackSet '{unit}'", hint=f"one of: {', '.join(sets)}"
        )
    return sets[unit]
