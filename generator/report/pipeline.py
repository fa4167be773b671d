"""Show executions of the pipeline: as a picture, or one line for each change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from generator.deploy.pipeline.execution import ActionView, ExecutionView, StageView
from generator.report.looks import duration, fact, first_line

_LOOKS = {
    "Succeeded": ("✓", "green"),
    "InProgress": ("…", "cyan"),
    "Failed": ("✗", "bold red"),
    "Abandoned": ("-", "yellow"),
    "Stopping": ("-", "yellow"),
    "Stopped": ("-", "yellow"),
    "Cancelled": ("-", "yellow"),
    "Superseded": ("-", "yellow"),
    "waits": ("?", "bold yellow"),
    None: ("·", "dim"),
}
"""Symbol and style by AWS's own status."""
_CODEBUILD = re.compile(r"\[Container\] \S+ \S+ ")
_BAR = Text("│ ", style="dim")


def picture(views: Iterable[ExecutionView]) -> Group:
    """Draw executions, one after the other."""
    parts: list[RenderableType] = []
    for view in views:
        if parts:
            parts.append(Text())
        parts.extend(_execution(view))
    return Group(*parts)


class LivePipeline:
    """A picture that is redrawn in place, and stays."""

    def __init__(self, console: Console):
        self._live = Live(console=console, refresh_per_second=8)

    def show(self, views: tuple[ExecutionView, ...]) -> None:
        if not self._live.is_started:
            self._live.start()
        self._live.update(picture(views), refresh=True)

    def close(self) -> None:
        """Leave the terminal as it should be, whatever happened."""
        self._live.stop()


class PipelineLines:
    """One line for each change."""

    def __init__(self, console: Console):
        self._console = console
        self._shown: dict[tuple[str, ...], str | None] = {}

    def show(self, views: tuple[ExecutionView, ...]) -> None:
        for view in views:
            # The end of an execution is told after that of its actions.
            if not view.ended:
                self._headline(view)
            for stage in view.stages:
                if stage.closed is not None:
                    said = Text(f"  {stage.name} is closed: {stage.closed}", style="yellow")
                    self._changed((view.id, stage.name), stage.closed, [said])
                for action in stage.actions:
                    key, status = (view.id, stage.name, action.name), _status_of(action)
                    self._changed(key, status, self._lines(stage, action))
            self._headline(view)

    def close(self) -> None:
        """Nothing to put back: what was printed stays."""

    def _headline(self, view: ExecutionView) -> None:
        facts = (Text.assemble(f"  {name:10}", value) for name, value in _facts(view))
        self._changed((view.id,), view.status, [_headline(view), *facts])

    def _changed(self, key: tuple[str, ...], status: str | None, lines: Iterable[Text]) -> None:
        if self._shown.get(key) == status:
            return
        self._shown[key] = status
        for line in lines:
            self._console.print(line, soft_wrap=True)

    @staticmethod
    def _lines(stage: StageView, action: ActionView) -> Iterator[Text]:
        symbol, style = _LOOKS[_status_of(action)]
        name = stage.name if action.name == stage.name else f"{stage.name}/{action.name}"
        line = Text.assemble((f"  {symbol} {name}", style))
        if action.seconds is not None and action.status != "InProgress":
            line.append(f"  {duration(action.seconds)}", style="dim")
        yield line
        for text in _more(action):
            yield Text.assemble(" " * 6, text)
        for text in _log(action):
            yield Text.assemble(" " * 6, _BAR, text)


def follower(console: Console) -> LivePipeline | PipelineLines:
    """Choose the form that fits: a terminal can be redrawn, a log can't."""
    return LivePipeline(console) if console.is_interactive else PipelineLines(console)


def _execution(view: ExecutionView) -> Iterator[RenderableType]:
    yield _headline(view)
    yield from (fact(name, value) for name, value in _facts(view))
    yield Text()
    rows = [row for stage in view.stages for row in _rows(stage)]
    names = max((len(name) for name, *_ in rows), default=0) + 2
    times = max((len(_time(action)) for _, action, _ in rows), default=0)
    for name, action, stage in rows:
        status = _status_of(action) if action else stage.status
        symbol, style = _LOOKS[status]
        indented = name.replace(name.strip(), f"{symbol} {name.strip()}")
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(no_wrap=True, min_width=names + 2)
        row.add_column(no_wrap=True, min_width=times, justify="right")
        row.add_column(overflow="fold")
        said = Text()
        if stage.closed is not None and (action is None or len(stage.actions) == 1):
            said.append(f"closed: {stage.closed}", style="yellow")
        elif action and action.summary and action.status != "Failed":
            said.append(first_line(action.summary), style="dim")
        look = style if action else f"{style} bold"
        row.add_row(Text(f"  {indented}", look), Text(_time(action), "dim"), said)
        yield row
        if action:
            yield from (Padding(text, (0, 0, 0, 6), expand=False) for text in _more(action))
            for text in _log(action):
                yield Padding(_barred(text), (0, 0, 0, 6), expand=False)
    if view.waiting:
        yield Text()
        yield Text.assemble(
            ("  ? ", "bold yellow"), f"execution {view.waiting[:8]} waits for an approval: ",
            (f"{view.command} --execution {view.waiting[:8]}", "cyan"),
        )  # fmt: skip


def _headline(view: ExecutionView) -> Text:
    symbol, style = _LOOKS[view.status]
    what = "rollback" if view.type == "ROLLBACK" else "execution"
    line = Text.assemble((f"{symbol} {view.pipeline}: {what} {view.status}", f"{style} bold"))
    return line.append(f"  {duration(view.seconds)}", style="dim") if view.ended else line


def _facts(view: ExecutionView) -> Iterator[tuple[str, Text]]:
    yield "execution", Text(view.id, style=_link(view.url))
    if view.type == "ROLLBACK":
        yield "back to", Text(view.rollback_target or "the last that succeeded")
    for revision in view.revisions:
        line = Text.assemble((revision.id[:12], _link(revision.url)))
        yield "revision", line.append(f"  {first_line(revision.summary)}")
    if view.release:
        yield "release", Text(view.release)
    if view.reason:
        yield "because", Text(view.reason)


def _rows(stage: StageView) -> Iterator[tuple[str, ActionView | None, StageView]]:
    """Give a stage's lines: one when it has one action only."""
    if len(stage.actions) == 1:
        yield stage.name, stage.actions[0], stage
        return
    yield stage.name, None, stage
    for action in stage.actions:
        yield f"  {action.name}", action, stage


def _status_of(action: ActionView) -> str | None:
    return "waits" if action.question else action.status


def _time(action: ActionView | None) -> str:
    return duration(action.seconds) if action and action.seconds is not None else ""


def _more(action: ActionView) -> Iterator[Text]:
    """Give what is said below an action: why it failed, or what it asks."""
    if action.question:
        asked = action.question
        yield Text(asked.text or "waits for an approval", style="yellow", overflow="fold")
        if asked.url:
            yield _address(asked.url)
        yield Text(f"→ {asked.command}, or --reject: shows what changes, and asks", style="cyan")
    elif action.status == "Failed":
        yield Text(action.summary or "it gave no reason", style="red", overflow="fold")
        if action.url:
            yield _address(action.url)


def _log(action: ActionView) -> Iterator[Text]:
    """Give the end of a build's log; what CodeBuild itself says in it steps back."""
    for line in action.log:
        own = _CODEBUILD.match(line)
        plain = Text.from_ansi(line[own.end() :] if own else line).plain
        yield Text(plain, style="dim" if own else "", overflow="fold")


def _barred(text: Text) -> Table:
    grid = Table.grid()
    grid.add_row(_BAR, text)
    return grid


def _link(url: str) -> Style:
    return Style(link=url) if url else Style()


def _address(url: str) -> Text:
    # With its target, so that it can be clicked on where it had to be broken.
    return Text(url, style=Style(color="blue", link=url), overflow="fold")
