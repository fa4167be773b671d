"""Bars of time: a row for each thing, its bar from when it began to when it ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from generator.report.html.elements import Content, Element, e
from generator.report.looks import duration

_WIDTH = 1000
"""Units from the first moment to the last."""
_LEAST = 6
"""Units of the shortest bar, so that it can be seen."""
_MARKS = 3
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Seconds between marks, as clocks have them; for longer times, days."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time."""

    began: datetime
    ended: datetime
    look: str
    """One of LOOKS."""


LOOKS = {
    "good": "succeeded",
    "bad": "failed",
    "back": "going back",
    "warning": "stopped",
    "alarm": "in alarm",
    "open": "under way",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What is named, and its bars."""

    name: Content
    said: Content
    bars: Sequence[Bar]


class Clock:
    """Says moments of one stretch of time: with the date only where it has several."""

    def __init__(self, began: datetime, ended: datetime):
        self.began, self.ended = (
            moment.astimezone(UTC)
            for moment in (began, max(ended, began + timedelta(milliseconds=1)))
        )
        days = self.began.date() != self.ended.date()
        self._format = "%m-%d %H:%M:%S" if days else "%H:%M:%S"

    def say(self, moment: datetime) -> Element:
        """Write a moment, in UTC."""
        utc = moment.astimezone(UTC)
        return e("time", utc.strftime(self._format), datetime=f"{utc:%Y-%m-%dT%H:%M:%SZ}")

    def place(self, moment: datetime, width: int = _WIDTH) -> float:
        """Say how far along a moment is."""
        share = (moment - self.began) / (self.ended - self.began)
        return round(min(1.0, max(0.0, share)) * width, 2)

    def marks(self) -> list[datetime]:
        """Choose a few round moments."""
        whole = (self.ended - self.began).total_seconds()
        days = 86400 * (1 + whole // (86400 * _MARKS))
        step = next((one for one in _STEPS if whole / one <= _MARKS), days)
        first = self.began.timestamp() // step * step
        moments = (
            datetime.fromtimestamp(first + number * step, UTC) for number in range(1, _MARKS + 2)
        )
        return [moment for moment in moments if moment <= self.ended]


def gantt(rows: Sequence[Row], clock: Clock) -> Element:
    """Draw rows, times above and what the bars' looks mean below them."""
    marks = clock.marks()
    axis = e(
        "div",
        [
            e("span", clock.say(mark), style=f"left: {clock.place(mark, 100)}%")
            for mark in marks
            # On a phone there is no room beside the last ones.
            if clock.place(mark, 100) <= 78
        ],
        class_="times", aria_hidden="true",
    )  # fmt: skip
    drawn = [
        e(
            "li",
            e("span", row.name, class_="what"),
            e("span", row.said, class_="became"),
            track(row.bars, clock, marks),
        )
        for row in rows
    ]
    looks = {bar.look for row in rows for bar in row.bars}
    return e("div", axis, e("ol", drawn), _key(looks), class_="gantt")


def track(bars: Iterable[Bar], clock: Clock, marks: Sequence[datetime] = ()) -> Element:
    """Draw the bars of one row; all that they say is written beside them."""
    lines = [e("line", x1=x, x2=x, y1=0, y2=20) for x in (clock.place(m) for m in marks)]
    drawn = []
    for bar in bars:
        left = min(clock.place(bar.began), _WIDTH - _LEAST)
        width = round(max(_LEAST, clock.place(bar.ended) - left), 2)
        drawn.append(_rectangle(bar.look, left, width))
    return e(
        "svg", lines, drawn,
        viewBox=f"0 0 {_WIDTH} 20", preserveAspectRatio="none", class_="bars", aria_hidden="true",
    )  # fmt: skip


def took(seconds: float) -> str:
    """Write how long something took."""
    return duration(seconds) if seconds >= 9.95 else f"{seconds:.1f} s"


def _rectangle(look: str, left: float, width: float) -> Element:
    # What goes back is half as high: colours alone say nothing.
    top, height = (10, 7) if look == "back" else (3, 14)
    return e("rect", x=left, y=top, width=width, height=height, class_=f"bar {look}")


def _key(looks: Collection[str]) -> Element:
    return e(
        "ul",
        [
            e("li", e("svg", _rectangle(look, 1, 26), viewBox="0 0 28 20", aria_hidden="true"), is_)
            for look, is_ in LOOKS.items()
            if look in looks
        ],
    )
