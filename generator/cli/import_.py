"""gen import"""

from __future__ import annotations

import sys

import click

from generator.cli.common import (
    cloud_for,
    cloud_options,
    console,
    environment_option,
    load_config,
    screen,
)
from generator.errors import GenError, Problem, UsageError


@click.command(name="import")
@click.argument("unit")
@click.argument("stacks", nargs=-1, required=True, metavar="STACK_ARN...")
@environment_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--any-name", is_flag=True, help="The execution role reaches stacks of any name.")
@cloud_options
def command(
    *, unit: str, stacks: tuple[str, ...], environment: str, yes: bool, any_name: bool, local: bool,
    profile: str | None,
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
    """
    from generator.build.folder import open_build
    from generator.deploy.identity import check_account
    from generator.deploy.importing import Import
    from generator.plan.imports import Arn
    from generator.report.imports import import_plan
    from generator.report.progress import progress_on
    from generator.units import Kind

    root, loaded = load_config(environment)
    manifest, folder = open_build(root, loaded)
    sets = [one for one in manifest.units if one.kind is Kind.STACK_SET]
    chosen = next((one for one in sets if one.name == unit), None)
    if chosen is None:
        raise UsageError(
            f"{environment} has no StackSet '{unit}'",
            hint=f"one of: {', '.join(one.name for one in sets)}",
        )
    named = {text: Arn.parse(text) for text in dict.fromkeys(stacks)}
    if wrong := [text for text, arn in named.items() if arn is None]:
        raise UsageError(
            f"not the ARN of a stack: {', '.join(wrong)}",
            hint="aws cloudformation describe-stacks --query 'Stacks[].StackId' names them",
        )
    progress = progress_on(console())
    cloud = cloud_for(root, manifest, local=local, profile=profile, say=progress.note)
    check_account(cloud, manifest)
    if cloud.is_local:
        from generator.deploy.local_code import for_this_machine

        manifest, folder = for_this_machine(root, manifest, folder, say=progress.note)
        chosen = manifest.unit(unit) or chosen
    work = Import(manifest, folder, chosen, cloud, progress, any_name=any_name)
    plan = work.plan([arn for arn in named.values() if arn])
    screen().print(import_plan(plan), highlight=False)
    if plan.problems:
        raise GenError(plan.problems)
    if not plan.batches:
        console().print("nothing to do", style="bold")
        return
    _confirm(plan.stack_set, yes=yes)
    try:
        work.run(plan)
    finally:
        progress.close()
    count = sum(map(len, plan.batches))
    console().print(
        f"{plan.stack_set} has {count} more instance{'s' * (count != 1)}", style="bold green"
    )


def _confirm(name: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked here: this is no terminal", hint="say --yes to go on unasked"
        )
    said = click.prompt(f"to do this, type ({name})", err=True, default="", show_default=False)
    if said.strip() != name:
        raise GenError(Problem("not confirmed: nothing was changed"))
