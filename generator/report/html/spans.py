"""How spans of time are said and drawn: their names, bars and rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from generator.deploy.inspection.span import Kind, Outcome, Span
from generator.deploy.pipeline.delivery_events import LogLine
from generator.report.html.blocks import Column, badge, table
from generator.report.html.elements import Content, Element, e
from generator.report.html.gantt import Bar, Clock, Row, gantt, took, track

_TONES = {
    Outcome.SUCCEEDED: "good",
    Outcome.FAILED: "bad",
    Outcome.ROLLED_BACK: "bad",
    Outcome.STOPPED: "warning",
    Outcome.ALARM: "bad",
    Outcome.UNDER_WAY: "accent",
}
_LOOKS = _TONES | {Outcome.ALARM: "alarm", Outcome.UNDER_WAY: "open"}
WHERE, BEGAN, ENDED, TOOK = (
    Column(title, narrow=True) for title in ("Where", "Began", "Ended", "Took")
)
_ORDER = [Kind.OPERATION, Kind.STACK, Kind.DELIVERY, Kind.RESOURCE]


class Teller:
    """Says and draws the spans of one record."""

    def __init__(self, clock: Clock, now: datetime, *, accounts: bool):
        """`accounts` says whether there is more than one to tell apart."""
        self.clock = clock
        self.now = now
        self._accounts = accounts

    def weightiest(self, spans: Sequence[Span], most: int) -> list[Span]:
        """Choose what is shown where there is too much: what failed, then what took longest."""
        chosen = sorted(
            range(len(spans)),
            key=lambda n: (
                spans[n].outcome is Outcome.SUCCEEDED,
                _ORDER.index(spans[n].kind),
                -spans[n].seconds(self.now),
            ),
        )[:most]
        return [spans[number] for number in sorted(chosen)]

    def picture(self, spans: Iterable[Span]) -> Element:
        """Draw spans as bars of time, a row each."""
        rows = [
            Row([_breakable(name(s)), " ", e("small", self._aside(s))], self.said(s), self.bars(s))
            for s in spans
        ]
        return gantt(rows, self.clock)

    def table(self, caption: str, spans: Iterable[Span]) -> Element:
        """Say the same as a table."""
        columns: list[Column | str] = [
            "What", WHERE, BEGAN, ENDED, TOOK, Column("Outcome", wide=True),
        ]  # fmt: skip
        return table(caption, columns, map(self._row, spans), header_cells=2)

    def resources(self, caption: str, span: Span, parts: Iterable[Span]) -> Element:
        """Say and draw what a stack did to its resources."""
        columns: list[Column | str] = [
            "Resource", BEGAN, TOOK, "When", Column("Outcome", wide=True),
        ]  # fmt: skip
        within = Clock(span.began, span.ended or self.now)
        rows: list[list[Content]] = [
            [
                [part.what, e("small", part.type)],
                self.clock.say(part.began),
                self.took(part),
                track(self.bars(part), within),
                self._outcome(part),
            ]
            for part in parts
        ]
        return table(caption, columns, rows)

    def bars(self, span: Span) -> list[Bar]:
        """Draw a span; a stack that went back is two."""
        ended = span.ended or self.now
        if span.rollback is None:
            return [Bar(span.began, ended, _LOOKS[span.outcome])]
        forth = [Bar(span.began, span.rollback, "bad")] if span.rollback > span.began else []
        return [*forth, Bar(span.rollback, ended, "back")]

    def said(self, span: Span) -> str:
        """Say what became of a span, and how long it took."""
        return f"{span.outcome}, {self.took(span)}"

    def took(self, span: Span) -> str:
        """Say how long a span took, as far as that is known."""
        said = took(span.seconds(self.now))
        return f"{said} or more" if span.began_before else said

    def place(self, at: Span | LogLine) -> str:
        """Say where it was."""
        return f"{at.account} {at.region}" if self._accounts else at.region

    def spot(self, span: Span) -> Content:
        """Say where it was in a table, whose columns are narrow."""
        account = e("small", span.account) if self._accounts else None
        return self.where(span) if span.kind is Kind.OPERATION else [span.region, account]

    def where(self, span: Span) -> str:
        """Say where a span was; a StackSet is in no region."""
        return "StackSet" if span.kind is Kind.OPERATION else self.place(span)

    @staticmethod
    def _outcome(span: Span) -> Content:
        reason = e("div", span.reason) if span.reason else None
        return [badge(span.outcome, _TONES[span.outcome]), " ", e("small", span.status), reason]

    def _aside(self, span: Span) -> str:
        return f"{self.where(span)}, by {span.by}" if span.by else self.where(span)

    def _row(self, span: Span) -> list[Content]:
        return [
            [_breakable(name(span)), e("small", f"by {span.by}") if span.by else None],
            self.spot(span),
            [e("small", "before") if span.began_before else None, self.clock.say(span.began)],
            self.clock.say(span.ended) if span.ended else "goes on",
            self.took(span),
            self._outcome(span),
        ]


def name(span: Span) -> str:
    """Name a span: a stack by its unit, an operation by what it does."""
    if span.kind is Kind.OPERATION:
        return f"{span.source}: {span.what} operation"
    return span.source if span.kind is Kind.STACK else span.what


def _breakable(text: str) -> Content:
    """Let a name of several break where they are put together."""
    first, *more = text.split("/")
    return [first, [["/", e("wbr"), part] for part in more]]
