"""A whole page: one document that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from generator.report.html.blocks import slug
from generator.report.html.elements import Content, e, markup

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What the page forbids itself: scripts, and fetching anything from anywhere."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page with a heading of the second level; headings in it begin at the third."""

    title: str
    content: Content
    lead: Content = None
    """What the section is about, in a sentence or two."""

    @property
    def id(self) -> str:
        return slug(self.title)


def page(
    title: str,
    sections: Sequence[Section],
    *,
    kind: str,
    lead: Content = None,
    foot: Content = None,
) -> str:
    """Write a page; `kind` says above the title what it is one of."""
    body = e(
        "body",
        e("a", "Skip to the content", href="#content", class_="skip"),
        e("header", e("p", kind, class_="kind"), e("h1", title), e("div", lead, class_="lead")),
        e(
            "nav",
            e("ol", [e("li", e("a", each.title, href=f"#{each.id}")) for each in sections]),
            aria_label="On this page",
        ),
        e("main", list(map(_section, sections)), id="content", tabindex=-1),
        e("footer", foot),
    )
    head = e(
        "head",
        e("meta", charset="utf-8"),
        e("meta", name="viewport", content="width=device-width, initial-scale=1"),
        e("meta", http_equiv="Content-Security-Policy", content=POLICY),
        e("meta", name="color-scheme", content="light dark"),
        e("title", f"{title} – {kind}"),
        # An icon that is nothing: browsers ask for one where none is named.
        e("link", rel="icon", href="data:,"),
    )
    # Not escaped, since it is no text but ours; as is what stands around everything.
    style = f"<style>\n{style_sheet()}</style>"
    written = markup(head).replace("</head>", f"{style}</head>")
    return f'<!doctype html>\n<html lang="en">{written}{markup(body)}</html>\n'


def style_sheet() -> str:
    """Give the one style sheet of all pages."""
    return (files(__package__) / "style.css").read_text(encoding="utf-8")


def _section(section: Section) -> Content:
    return e(
        "section",
        e("h2", section.title, id=f"{section.id}-heading"),
        section.lead and e("div", section.lead, class_="about"),
        section.content,
        id=section.id,
        aria_labelledby=f"{section.id}-heading",
    )
