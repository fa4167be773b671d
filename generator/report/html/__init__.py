"""Pages that are one file: no script, nothing fetched from anywhere, readable on any screen.

`elements` builds markup that cannot be wrong in its escapes, `blocks` the parts that pages are made
of (tables, figures, facts, notes), `page` the whole document around them with its one style sheet.
"""

from generator.report.html.blocks import (
    Column,
    badge,
    code,
    facts,
    figure,
    note,
    numbers,
    table,
)
from generator.report.html.elements import Content, Element, e, markup
from generator.report.html.page import Section, page

__all__ = [
    "Column",
    "Content",
    "Element",
    "Section",
    "badge",
    "code",
    "e",
    "facts",
    "figure",
    "markup",
    "note",
    "numbers",
    "page",
    "table",
]
