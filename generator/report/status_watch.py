"""Show an environment while it changes: a picture at a terminal, plain lines everywhere else."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.live import Live
from rich.text import Text

from generator.deploy.inspection.status import Status
from generator.report.status import picture, progress_of


class LiveStatus:
    """A picture that is redrawn in place, and stays."""

    def __init__(self, console: Console):
        self._live = Live(console=console, refresh_per_second=8)

    def show(self, status: Status) -> None:
        if not self._live.is_started:
            self._live.start()
        self._live.update(picture(status), refresh=True)

    def note(self, text: str) -> None:
        self._live.console.print(Text(text, style="yellow"))

    def close(self) -> None:
        """Leave the terminal as it should be, whatever happened."""
        self._live.stop()


class StatusLines:
    """The whole picture once, then one line for each change."""

    def __init__(self, console: Console):
        self._console = console
        self._shown: dict[str, str] | None = None

    def show(self, status: Status) -> None:
        now = dict(_lines(status))
        if self._shown is None:
            self._console.print(picture(status), highlight=False)
        else:
            for key, line in now.items():
                if self._shown.get(key) != line:
                    self._console.print(line, highlight=False, soft_wrap=True)
        self._shown = now

    def note(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Nothing to put back: what was printed stays."""


def follower(console: Console) -> LiveStatus | StatusLines:
    """Choose the form that fits: a terminal can be redrawn, a log can't."""
    return LiveStatus(console) if console.is_interactive else StatusLines(console)


def _lines(status: Status) -> Iterator[tuple[str, str]]:
    """Say all that can change, each by what it is about."""
    for one in status.sets:
        for each in one.under_way:
            yield each.operation.id, progress_of(one, each)
        if one.latest and not one.latest.in_progress:
            ended = one.latest.status if one.latest.succeeded else f"{one.latest.status} (failures)"
            yield one.name, f"{one.name}: {one.latest.action} {ended}"
    for instance in status.instances:
        where = f"{instance.account} {instance.region}"
        parts = (
            where, instance.status or "not deployed", instance.detailed_status,
            instance.stack_status, instance.release, *(f"ALARM {a.name}" for a in instance.alarms),
        )  # fmt: skip
        yield where, " ".join(part for part in parts if part)
    if status.execution:
        yield "pipeline", f"pipeline: execution {status.execution.id[:8]} {status.execution.status}"
    if not status.under_way:
        yield "idle", "nothing is under way any more"
