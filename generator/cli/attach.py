"""gen attach"""

from __future__ import annotations

import click

from generator.cli.common import (
    cloud_of,
    cloud_options,
    console,
    detachable,
    environment_option,
    load_config,
)


@click.command(name="attach")
@environment_option
@cloud_options
def command(*, environment: str, local: bool, profile: str | None) -> None:
    """Follow what is under way, whoever began it, to its end.

    The operations of the environment's StackSets and its stacks in progress: another gen's, the
    pipeline's, the rollback coordinator's, the console's. What begins meanwhile is followed, too.
    Ends with exit code 1 and the root cause when anything of it fails or is stopped. With nothing
    under way, says what the last operations were. Ctrl-C ends the looking and nothing else.

    \b
      gen attach -e prod
      gen attach -e dev --local
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
    try:
        with detachable(environment, local=local):
            followed = attachment.run()
    finally:
        progress.close()
    if followed:
        out.print("nothing is under way any more", style="bold")
    else:
        out.print("nothing is under way", style="bold")
        again = f"gen resume -e {environment}{' --local' if cloud.is_local else ''}"
        for line in latest(attachment.latest(), again=again):
            out.print(line, highlight=False, soft_wrap=True)
