"""The course of a deployment: all that a page about it tells, read at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from generator.aws import AwsError, Cloud, StackSets
from generator.config import Config, Names
from generator.deploy.inspection.last_deployment import last_deployment
from generator.deploy.inspection.logs import Logs
from generator.deploy.inspection.timeline import Timeline, timeline
from generator.deploy.operations.operation import starter
from generator.deploy.operations.watch import TemplateLines
from generator.deploy.pipeline.delivery_events import LogLine
from generator.deploy.release.releases import Releases
from generator.plan.state import Operation
from generator.releases import Entry, Service
from generator.render.sourcemap import Origin
from generator.units import Kind, units_of

_AROUND = timedelta(minutes=1)
"""A release is announced before its first event and noted as good after its last one."""
_LOOKS = "DETECT_DRIFT"
"""An operation that changes nothing."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that went wrong by itself, and where its resource is written."""

    line: LogLine
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class Course:
    """What was done to an environment within some time."""

    project: str
    environment: str
    accounts: int
    """More than one have to be told apart."""
    regions: tuple[str, ...]
    """Those that were asked for; none means all."""
    timeline: Timeline
    troubles: tuple[Trouble, ...]
    """The first one first."""
    releases: tuple[Entry, ...]
    """What became of releases meanwhile, oldest first."""


def course(
    config: Config, cloud: Cloud, *, since: datetime | None, regions: Collection[str],
    lines: Mapping[str, TemplateLines],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Course:  # fmt: skip
    """Read the last deployment, or all since some moment; `lines` are those of each unit."""
    logged = Logs(config, cloud, regions=regions).deployments(since)
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="course") as pool:
        sets = [
            pool.submit(_operations, config, cloud, unit.name)
            for unit in units_of(config)
            if unit.kind is Kind.STACK_SET
        ]
        releases = pool.submit(_releases, config, cloud)
        operations = [each for one in sets for each in one.result()]
        told = releases.result()
    if since is None and (began := last_deployment(logged, told)):
        logged = [line for line in logged if line.time >= began]
    moments = [line.time for line in logged]
    if moments:
        operations = [each for each in operations if _within(each[1], moments[0], moments[-1])]
        told = [
            entry
            for entry in told
            if moments[0] - _AROUND <= entry.event.time <= moments[-1] + _AROUND
        ]
    else:
        operations, told = [], []
    found = timeline(logged, operations, now=now())
    written = {
        (unit, name): lines[unit].origin(name)
        for unit, name in {_resource(line) for line in found.troubles}
        if unit in lines
    }
    return Course(
        project=config.project,
        environment=config.environment,
        accounts=len({pair[0] for pair in config.pairs}),
        regions=tuple(regions),
        timeline=found,
        troubles=tuple(Trouble(line, written.get(_resource(line))) for line in found.troubles),
        releases=tuple(told),
    )


def _operations(config: Config, cloud: Cloud, unit: str) -> list[tuple[str, Operation, str]]:
    where = {"account": config.targets.tools_account, "region": config.regions.primary}
    try:
        recent = StackSets(cloud, **where).recent(Names.of(config).stack(unit))
    except AwsError as error:
        if error.code == "StackSetNotFoundException":
            return []
        raise
    return [(unit, one, starter(one.id)) for one in recent if one.action != _LOOKS]


def _releases(config: Config, cloud: Cloud) -> list[Entry]:
    try:
        return Releases(cloud, Service.of_config(config), by="").newest_entries()
    except AwsError as error:
        if error.code == "NoSuchBucket":
            return []
        raise


def _within(operation: Operation, began: datetime, ended: datetime) -> bool:
    return operation.started <= ended and (operation.ended is None or operation.ended >= began)


def _resource(line: LogLine) -> tuple[str, str]:
    """Name the resource as templates do: what is in a nested stack is written where that is."""
    return line.source, line.what.partition("/")[0]
