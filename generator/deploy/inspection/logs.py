"""What happened in all regions, merged in time: stack events, delivery events, functions' logs."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, takewhile

from generator.aws import Cloud, Stacks
from generator.aws.logs import log_events
from generator.config import Config, Names
from generator.config.names import COORDINATOR, added_functions
from generator.deploy.inspection.existing import existing
from generator.deploy.operations.contact import Contact
from generator.deploy.pipeline.delivery_events import LogLine, delivery_line
from generator.deploy.progress import Progress

_QUIET = timedelta(minutes=15)
"""What is further apart than this, and the bake time, was another operation."""
_BUILDING = timedelta(hours=1)
"""How long a pipeline may take before it changes the first stack."""
_LATE = timedelta(seconds=30)
"""How late an event may show up while logs are followed."""
Lines = Iterator[LogLine]
Source = Callable[[], Lines]


@dataclass(frozen=True, slots=True)
class Where:
    """A stack whose events count."""

    unit: str
    account: str
    region: str
    stack_id: str


class Logs:
    """The logs of one environment."""

    def __init__(self, config: Config, cloud: Cloud, *, regions: Collection[str] = ()):
        """`regions` are those that are wanted; none named means all."""
        self._config = config
        self._cloud = cloud
        self._regions = regions
        self._names = Names.of(config)
        self._quiet = _QUIET + timedelta(minutes=config.delivery.bake_minutes)

    def deployments(self, since: datetime | None) -> list[LogLine]:
        """Give the events of all stacks and of deliveries, oldest first.

        Without a moment, what belongs to the newest operation: back to the first longer silence.
        """
        merged = _merged([self._of_stack(where) for where in self._stacks()])
        lines = list(takewhile(lambda line: line.time >= since, merged)) if since else []
        if since is None:
            for line in merged:
                if lines and lines[-1].time - line.time > self._quiet:
                    break
                lines.append(line)
        if since is not None:
            return _in_time([*lines[::-1], *self._deliveries(since)])
        if not lines:
            return []
        told = _in_time([*lines[::-1], *self._deliveries(lines[-1].time - _BUILDING)])
        first = told.index(lines[-1])
        while first and told[first].time - told[first - 1].time <= self._quiet:
            first -= 1
        return told[first:]

    def functions(self, names: Collection[str], since: datetime, pattern: str) -> list[LogLine]:
        """Give what functions logged, oldest first; none named means all of them."""
        groups = [
            (name, pair)
            for name in names or self.function_names
            for pair in self._pairs_of(name)
            if self._cloud.reaches(pair[0]) and self._wanted(pair[1])
        ]

        def read(group: tuple[str, tuple[str, str]]) -> list[LogLine]:
            name, (account, region) = group
            found = log_events(
                self._cloud, f"/aws/lambda/{self._names.function(name)}",
                account=account, region=region, since=since, pattern=pattern,
            )  # fmt: skip
            return [
                LogLine(e.id, e.time, account, region, name, text=e.message.rstrip()) for e in found
            ]

        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="logs") as pool:
            return sorted(chain.from_iterable(pool.map(read, groups)), key=lambda line: line.time)

    @property
    def function_names(self) -> list[str]:
        """Name the functions, those that gen adds among them."""
        return [*self._config.functions, *added_functions(self._config)]

    def _stacks(self) -> list[Where]:
        found = existing(self._config, self._cloud)
        places = [
            *(Where(s.unit.name, s.account, s.region, s.state.id) for s in found.stacks),
            *(
                Where(one.unit.name, i.account, i.region, i.stack_id)
                for one in found.sets
                for i in one.instances
                if i.stack_id and self._cloud.reaches(i.account)
            ),
        ]
        return [place for place in places if self._wanted(place.region)]

    def _of_stack(self, where: Where) -> Source:
        """Read a stack's events, newest first, no further than they are asked for."""

        def read() -> Lines:
            stacks = Stacks(self._cloud, account=where.account, region=where.region)
            for event in stacks.events(where.stack_id):
                whole = event.physical_id == where.stack_id
                yield LogLine(
                    event.id, event.time, where.account, where.region, where.unit,
                    what="stack" if whole else event.logical_id, type=event.type,
                    status=event.status, text=event.reason,
                )  # fmt: skip

        return read

    def _deliveries(self, since: datetime) -> list[LogLine]:
        """Read the delivery log, which holds events of every region."""
        found = log_events(
            self._cloud, f"/aws/events/{self._names.prefix}-delivery",
            account=self._config.targets.tools_account, region=self._config.regions.primary,
            since=since,
        )  # fmt: skip
        lines = (delivery_line(event, self._cloud.reaches) for event in found)
        return [line for line in lines if line and self._wanted(line.region)]

    def _pairs_of(self, function: str) -> Collection[tuple[str, str]]:
        if function == COORDINATOR:
            return [(self._config.targets.tools_account, self._config.regions.primary)]
        return self._config.pairs

    def _wanted(self, region: str) -> bool:
        return not self._regions or region in self._regions


def following(
    read: Callable[[datetime], list[LogLine]],
    first: list[LogLine],
    since: datetime,
    *,
    pause: Callable[[], None],
    progress: Progress,
) -> Iterator[LogLine]:
    """Yield lines as they come, each once, after those of the first look."""
    contact = Contact("the logs", progress.note)
    seen = {line.id: line.time for line in first}
    yield from first
    while True:
        pause()
        newest = max(seen.values(), default=since)
        horizon = max(since, newest - _LATE)
        fresh = [line for line in contact.look(lambda: read(horizon)) or () if line.id not in seen]  # noqa: B023 - read at once
        yield from fresh
        seen.update({line.id: line.time for line in fresh})
        seen = {key: time for key, time in seen.items() if time >= horizon}


def _in_time(lines: list[LogLine]) -> list[LogLine]:
    return sorted(lines, key=lambda line: line.time)


def _merged(sources: list[Source]) -> Lines:
    """Merge what is newest first everywhere; all first pages are fetched at the same time."""

    def begun(source: Source) -> Lines:
        lines = source()
        first = next(lines, None)
        return lines if first is None else chain([first], lines)

    with ThreadPoolExecutor(max_workers=16, thread_name_prefix="events") as pool:
        return heapq.merge(*pool.map(begun, sources), key=lambda line: line.time, reverse=True)
