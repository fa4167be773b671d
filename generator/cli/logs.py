"""gen logs"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from generator.cli import complete
from generator.cli.common import (
    cloud_of,
    cloud_options,
    console,
    environment_option,
    html_option,
    load_config,
    output_option,
    screen,
    template_lines,
    write_page,
)
from generator.errors import GenError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from generator.aws import Cloud
    from generator.config import Loaded
    from generator.deploy.pipeline.delivery_events import LogLine

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_OF_FUNCTIONS = timedelta(hours=1)
"""How far back functions' logs are read where nobody says."""


class _Moment(click.ParamType[datetime]):
    """`90s`, `30m`, `2h`, `1d`, or ISO 8601."""

    name = "1h"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        text = str(value)
        if found := re.fullmatch(r"(\d{1,6})([smhdw])", text):
            return datetime.now(UTC) - timedelta(**{_UNITS[found[2]]: int(found[1])})
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"'{text}' is neither like 30m, 2h or 1d, nor a moment in ISO 8601")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command(name="logs")
@environment_option
@click.option("--since", type=_Moment(), help="How far back: 30m, 2h, 1d, or a moment in ISO 8601.")
@click.option("-f", "--follow", is_flag=True, help="Go on as things happen, until Ctrl-C.")
@click.option("--functions", is_flag=True, help="What the functions log, instead of deployments.")
@click.option(
    "--function", "named", multiple=True, shell_complete=complete.functions,
    help="The same of one function; repeatable.",
)  # fmt: skip
@click.option(
    "-r", "--region", "regions", multiple=True, shell_complete=complete.regions,
    help="Only of this region; repeatable.",
)  # fmt: skip
@click.option(
    "--filter", "wanted", default="", metavar="TEXT",
    help="Only lines with this text; of functions: CloudWatch's filter pattern.",
)  # fmt: skip
@html_option
@cloud_options
@output_option
def command(
    *, environment: str, since: datetime | None, follow: bool, functions: bool,
    named: tuple[str, ...], regions: tuple[str, ...], wanted: str, local: bool,
    profile: str | None, output: str, page: str | None,
) -> None:  # fmt: skip
    """Show what happened, in all regions, merged in time.

    The events of every stack of every unit, account and region, and those of deliveries: StackSet
    operations, traffic shifts, alarms, the pipeline. Without --since, what belongs to the newest
    operation. With --functions or --function, what the functions logged, of the last hour if
    nothing else is said. JSON is one object a line.

    With --html it is a page about the same deployment: a bar from beginning to end for every
    stack, operation, traffic shift and alarm, what went wrong first and at which line of which
    .j2 file, what took the time, and which releases it was about. One file, to be attached to a
    report.

    \b
      gen logs -e prod
      gen logs -e prod --since 1d --filter FAILED
      gen logs -e dev --local --follow
      gen logs -e prod --html incident.html --since 2026-03-01T09:00
      gen logs -e prod --function orders --filter '{ $.level = "ERROR" }'
    """
    from generator.config.finding import closest
    from generator.deploy.inspection.logs import Logs, following
    from generator.report.logs import LogPicture
    from generator.report.progress import progress_on

    if page is not None and (follow or functions or named or wanted or output == "json"):
        raise UsageError(
            "--html is about a deployment: it goes with --since and --region only",
            hint="leave out --follow, --functions, --function, --filter and --output",
        )
    root, loaded = load_config(environment)
    config = loaded.config
    cloud = cloud_of(root, config, local=local, profile=profile, say=lambda text: None)
    logs = Logs(config, cloud, regions=regions)
    for kind, names, known in (
        ("function", named, logs.function_names),
        ("region", regions, config.regions.artifacts),
    ):
        if unknown := [name for name in names if name not in known]:
            raise UsageError(
                f"there is no {kind} '{unknown[0]}' in {environment}",
                hint=closest(unknown[0], known) or f"there are {', '.join(known)}",
            )
    if page is not None:
        _write(page, root, loaded, cloud, since, regions)
        return
    read: Callable[[datetime | None], list[LogLine]]
    if functions or named:

        def read(moment: datetime | None) -> list[LogLine]:
            return logs.functions(named, moment or datetime.now(UTC) - _OF_FUNCTIONS, wanted)
    else:

        def read(moment: datetime | None) -> list[LogLine]:
            return [line for line in logs.deployments(moment) if _has(line, wanted)]

    began = datetime.now(UTC)
    lines: Iterable[LogLine] = read(since)
    if follow:
        lines = following(
            read, list(lines), since or began,
            pause=lambda: time.sleep(cloud.poll_seconds), progress=progress_on(console()),
        )  # fmt: skip
    elif not lines:
        console().print("nothing happened, or what did is gone", highlight=False)
    picture = LogPicture(accounts=len({pair[0] for pair in config.pairs}) > 1)
    out = screen()
    for line in lines:
        if output == "json":
            click.echo(json.dumps(asdict(line), default=_iso))
        else:
            out.print(picture.line(line), highlight=False)


def _write(
    file: str, root: Path, loaded: Loaded, cloud: Cloud, since: datetime | None,
    regions: tuple[str, ...],
) -> None:  # fmt: skip
    from generator.deploy.inspection.course import course
    from generator.report.html.deployment import deployment_page

    def note(text: str) -> None:
        console().print(text, highlight=False, soft_wrap=True)

    found = course(
        loaded.config, cloud, since=since, regions=regions, lines=template_lines(root, loaded, note)
    )
    if not found.timeline.spans:
        raise GenError(
            "there is nothing to draw: nothing happened, or what did is gone",
            hint="name an earlier moment with --since",
        )
    default = root / "build" / f"{loaded.config.environment}-deployment.html"
    write_page(deployment_page(found), file, default)


def _has(line: LogLine, wanted: str) -> bool:
    return any(wanted in text for text in (line.what, line.status, line.text, line.type))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
