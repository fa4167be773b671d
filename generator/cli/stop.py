"""gen stop"""

from __future__ import annotations

import click

from generator.cli.common import (
    cloud_of,
    cloud_options,
    confirm_by_name,
    console,
    detachable,
    environment_option,
    load_config,
    output_option,
    print_json,
    rows_of,
    yes_option,
)
from generator.errors import GenError, Problem


@click.command(name="stop")
@environment_option
@yes_option()
@cloud_options
@output_option
def command(*, environment: str, yes: bool, local: bool, profile: str | None, output: str) -> None:
    """Stop the StackSet operation that is under way.

    Shows whose it is and how far it is, and asks for the set's name. What runs is finished, what
    has not begun stays as it was: instances may then differ, until `gen resume`, `gen rollback` or
    `gen deploy`. Follows to the end, and says which instances have what.

    \b
      gen stop -e prod
      gen stop -e dev --local --yes         # where nobody can be asked
      gen stop -e prod --yes --output json | jq -r '.[].left[].region'
    """
    from generator.deploy.operations.environment import Environment
    from generator.deploy.operations.stop import stop, stoppable
    from generator.report.operations import ended, under_way
    from generator.report.progress import progress_on

    root, loaded = load_config(environment)
    out = console()
    progress = progress_on(out)
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=progress.note)
    there = Environment(root, loaded.config, cloud, progress)
    if not (found := stoppable(there)):
        out.print("nothing is under way: nothing to stop", style="bold")
        if output == "json":
            print_json([])
        return
    rows = []
    problems: list[Problem] = []
    for one in found:
        said = under_way(one, coordinated=loaded.config.pipeline is not None)
        out.print(said, highlight=False, soft_wrap=True)
        confirm_by_name("to stop it", one.unit.name, yes=yes)
        try:
            with detachable(environment, local=local):
                stopped = stop(there, one)
        finally:
            progress.close()
        again = f"-e {environment}{' --local' if cloud.is_local else ''}"
        out.print(ended(stopped, options=again), highlight=False, soft_wrap=True)
        failed = stopped.failure.problems if stopped.failure else ()
        problems += failed
        rows.append(
            {
                "stack_set": one.unit.name,
                "operation": stopped.operation.id,
                "status": stopped.operation.status,
                "done": [{"account": a, "region": r} for a, r in stopped.done],
                "left": [{"account": a, "region": r} for a, r in stopped.left],
                "problems": rows_of(failed),
            }
        )
    if output == "json":
        print_json(rows)
    if problems:
        raise GenError(problems)
