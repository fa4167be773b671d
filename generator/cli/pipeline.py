"""gen pipeline"""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from generator.cli.common import (
    cloud_of,
    cloud_options,
    console,
    environment_option,
    is_attended,
    load_config,
    output_option,
    print_json,
    screen,
    yes_option,
)
from generator.errors import GenError, UsageError

if TYPE_CHECKING:
    from generator.aws import Cloud
    from generator.config import Config
    from generator.deploy.pipeline.execution import ExecutionView
    from generator.deploy.pipeline.pipeline import PipelineReader

    Views = tuple[ExecutionView, ...]


@click.command(name="pipeline")
@environment_option
@cloud_options
@output_option
@click.option(
    "--execution", metavar="ID", help="Another execution; the beginning of its id will do."
)
@click.option("--watch", is_flag=True, help="Follow it to its end, and the rollback it causes.")
@click.option(
    "--approve", metavar="[COMMENT]", is_flag=False, flag_value="",
    help="Release what waits for an approval.",
)  # fmt: skip
@click.option(
    "--reject", metavar="[COMMENT]", is_flag=False, flag_value="",
    help="Refuse what waits for an approval.",
)  # fmt: skip
@yes_option("Answer without asking back.")
def command(
    *, environment: str, local: bool, profile: str | None, output: str, execution: str | None,
    watch: bool, approve: str | None, reject: str | None, yes: bool,
) -> None:  # fmt: skip
    """Show the pipeline's newest execution: stages, actions, why one failed.

    A failed build is shown with the end of its log; a rollback with the execution it goes back
    to; an approval that waits with what it asks. With --watch, exit 1 when the release failed or
    was stopped, even if it was taken back well.

    \b
      gen pipeline -e dev --local
      gen pipeline -e prod --watch
      gen pipeline -e prod --approve "tested in staging"
      gen pipeline -e prod --output json | jq -r '.[-1].status'
    """
    from generator.deploy.pipeline.pipeline import PipelineReader, no_pipeline

    if approve is not None and reject is not None:
        raise UsageError("--approve and --reject exclude each other")
    root, loaded = load_config(environment)
    if loaded.config.pipeline is None:
        raise GenError(no_pipeline(environment))
    cloud = cloud_of(root, loaded.config, local=local, profile=profile, say=lambda text: None)
    reader = PipelineReader.of(cloud, loaded.config)
    if approve is not None:
        _answer(reader, cloud, loaded.config, execution, comment=approve, approved=True, yes=yes)
    elif reject is not None:
        _answer(reader, cloud, loaded.config, execution, comment=reject, approved=False, yes=yes)
    if (approve, reject) == (None, None) or watch:
        show(reader, _asked_for(reader, execution), cloud, watch=watch, output=output)


def show(reader: PipelineReader, views: Views, cloud: Cloud, *, watch: bool, output: str) -> None:
    """Show executions, or follow them to their end; exits 1 when what was followed failed."""
    from generator.report.pipeline import picture

    if not views:
        console().print("nothing has been pushed yet")
        return
    if watch:
        views = _followed(reader, views, cloud, quiet=output == "json")
    if output == "json":
        print_json([asdict(view) for view in views])
    elif not watch:
        screen().print(picture(views), highlight=False)
    if watch and not all(view.succeeded for view in views):
        if more := reader.left_behind(views):
            console().print(more, style="yellow", highlight=False, soft_wrap=True)
        sys.exit(1)


def _asked_for(reader: PipelineReader, execution: str | None) -> Views:
    return (reader.view(reader.find(execution)),) if execution else reader.newest()


def _followed(reader: PipelineReader, views: Views, cloud: Cloud, *, quiet: bool) -> Views:
    """Show executions until they have ended; on stderr when stdout is for the JSON of the end."""
    from generator.deploy.pipeline.pipeline import follow
    from generator.report.pipeline import follower

    shown = follower(console() if quiet else screen())
    try:
        for now in follow(reader, views, pause=lambda: time.sleep(cloud.poll_seconds)):
            shown.show(now)
            views = now
    except KeyboardInterrupt:
        console().print("stopped looking; the pipeline goes on")
        raise
    finally:
        shown.close()
    return views


def _answer(
    reader: PipelineReader, cloud: Cloud, config: Config, execution: str | None,
    *, comment: str, approved: bool, yes: bool,
) -> None:  # fmt: skip
    """Answer the approval that waits, after showing what it is about."""
    from generator.deploy.pipeline.approval import changes_of, waiting
    from generator.report.pipeline import picture

    out = console()
    approval, view = waiting(reader, execution)
    out.print(picture([view]), highlight=False)
    if changes := changes_of(view, config, cloud):
        out.print(f"\nWhat it would change:\n\n{changes}", highlight=False, markup=False)
    if not yes:
        if not is_attended():
            raise UsageError("nobody can be asked here", hint="answer with --yes")
        verb = "Release" if approved else "Refuse"
        click.confirm(f"{verb} {view.release or 'it'}?", abort=True, err=True)
    reader.pipelines.answer(
        reader.name, approval, approved=approved, comment=comment or "answered with gen pipeline"
    )
    out.print("approved" if approved else "rejected", style="bold")
