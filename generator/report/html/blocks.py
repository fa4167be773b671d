"""What pages are made of: tables, figures, facts, notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from generator.report.html.elements import Content, Element, e, text_of

TONES = ("neutral", "good", "warning", "bad", "accent")
"""A tone never says anything alone: what it stands for is also written."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    numeric: bool = False
    wide: bool = False
    """It holds sentences or long lists."""
    narrow: bool = False
    """It never breaks its lines."""
    share: int | None = None
    """Percent of the width, where several tables should have the same columns."""
    upright: bool = False
    """Its title stands on end: there are many columns of short values."""

    @property
    def look(self) -> str | None:
        looks = (
            ("number", self.numeric), ("wide", self.wide), ("narrow", self.narrow),
            ("upright", self.upright),
        )  # fmt: skip
        return " ".join(name for name, is_ in looks if is_) or None


def table(
    caption: str,
    columns: Sequence[Column | str],
    rows: Iterable[Sequence[Content]],
    *,
    strong_caption: bool = False,
    header_cells: int = 1,
    stacks: bool = False,
) -> Element:
    """Lay rows out as a table whose first cells name their rows.

    It scrolls by itself when it is too wide: people without a mouse reach it by the keyboard. One
    that `stacks`, for rows with much to read, shows their cells one below the other on a phone.
    """
    heads = [each if isinstance(each, Column) else Column(each) for each in columns]
    looks = (("even", all(column.share for column in heads)), ("stack", stacks))
    # What is laid out as blocks is no table to some browsers, unless its roles say so.
    table_, group, row_ = ("table", "rowgroup", "row") if stacks else (None, None, None)
    return e(
        "div",
        e(
            "table",
            e("caption", caption, class_="strong" if strong_caption else None),
            e("thead", e("tr", [_head(c, stacks) for c in heads], role=row_), role=group),
            e(
                "tbody",
                [
                    e(
                        "tr",
                        [
                            _cell(head, cell, position < header_cells, stacks)
                            for position, (head, cell) in enumerate(zip(heads, row, strict=True))
                        ],
                        role=row_,
                    )
                    for row in rows
                ],
                role=group,
            ),
            class_=" ".join(name for name, is_ in looks if is_) or None, role=table_,
        ),
        class_="scroll", role="group", aria_label=caption, tabindex=0,
    )  # fmt: skip


def _head(column: Column, stacks: bool) -> Element:
    return e(
        "th", e("span", column.title) if column.upright else column.title, scope="col",
        class_=column.look, style=f"width:{column.share}%" if column.share else None,
        role="columnheader" if stacks else None,
    )  # fmt: skip


def _cell(column: Column, content: Content, names: bool, stacks: bool) -> Element:
    if names:
        role = "rowheader" if stacks else None
        return e("th", content, scope="row", class_=column.look, role=role)
    named = {"role": "cell", "data_label": column.title} if stacks else {}
    return e("td", content, class_=column.look, **named)


def figure(picture: Element, caption: Content, *, alternative: Content = None) -> Element:
    """Show a picture, what it shows, and the same in words or a table, folded away."""
    return e(
        "figure",
        e(
            "div", picture,
            class_="scroll picture", role="group", tabindex=0,
            aria_label=f"Picture: {text_of(caption)}",
        ),
        e("figcaption", caption),
        alternative and e("details", e("summary", "The same as a table"), alternative),
    )  # fmt: skip


def facts(pairs: Mapping[str, Content]) -> Element:
    """List short facts with their names."""
    return e(
        "dl",
        [e("div", e("dt", name), e("dd", value)) for name, value in pairs.items()],
        class_="facts",
    )


def numbers(pairs: Mapping[str, Content]) -> Element:
    """Show few numbers large, each with what it counts."""
    return e(
        "dl",
        [e("div", e("dt", name), e("dd", value)) for name, value in pairs.items()],
        class_="numbers",
    )


def badge(text: str, tone: str = "neutral") -> Element:
    """Mark something with a word; the tone only helps to find it."""
    if tone not in TONES:
        raise ValueError(f"no tone: {tone!r}")
    return e("span", text, class_=f"badge {tone}")


def note(*content: Content, tone: str = "neutral") -> Element:
    """Set a remark apart from the text."""
    if tone not in TONES:
        raise ValueError(f"no tone: {tone!r}")
    return e("p", *content, class_=f"note {tone}")


def code(text: str) -> Element:
    """Write an identifier so that it may break where names are put together."""
    parts = re.split(r"(?<=[/:.\-_*])(?=.)", text)
    return e("code", [[part, e("wbr")] for part in parts[:-1]], parts[-1])


def slug(text: str) -> str:
    """Make an id of a text."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
