"""gen attach"""

from __future__ import annotations

from dataclasses import asdict

import click

from generator.cli.common import (
    cloud_of,
    cloud_options,
    console,
    detachable,
    environment_option,
    load_config,
    output_option,
    print_json,
    rows_of,
)
from generator.errors import GenError


@click.command(name="attach")
@environment_option
@cloud_options
@output_option
def command(*, environment: str, local: bool, profile: str | None, output: str) -> None:
    """Follow what is under way, whoever began it, to its end.

    The operations of the environment's StackSets and its stacks in progress: another gen's, the
    pipeline's, the rollback coordinator's, the console's. What begins meanwhile is followed, too.
    Ends with exit code 1 and the root cause when anything of it fails or is stopped. With nothing
    under way, says what the last operations were. Ctrl-C ends the looking and nothing else.

    \b
      gen attach -e prod
      gen attach -e dev --local
      gen attach -e prod --output json | jq -r '.latest[].status'
    """
    from generator.deploy.operations.attach import Attachment
    from generator.deploy.operations.environment import Environment
    from generator.report.operations import latest
    from generator.report.progress import progress_on

    root, loaded = load_config(environment)
    out = console()
    progress = progress_on(out)
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=progress.note)
    attachment = Attachment(Environment(root, loaded.config, cloud, progress))
    failure: GenError | None = None
    try:
        with detachable(environment, local=local):
            followed = attachment.run()
    except GenError as error:
        followed, failure = True, error
    finally:
        progress.close()
    if output == "json":
        rows = [{"stack_set": name, **asdict(one)} for name, one in attachment.latest()]
        problems = rows_of(failure.problems if failure else ())
        print_json({"followed": followed, "latest": rows, "problems": problems})
    if failure:
        raise failure
    if followed:
        out.print("nothing is under way any more", style="bold")
    else:
        out.print("nothing is under way", style="bold")
        again = f"gen resume -e {environment}{' --local' if cloud.is_local else ''}"
        for line in latest(attachment.latest(), again=again):
            out.print(line, highlight=False, soft_wrap=True)
