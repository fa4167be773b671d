"""Markup as values: whatever text is put into it is escaped when it is written, by construction.

    e("p", "Fish & ", e("strong", "chips"), class_="menu")

Children are elements, texts, numbers, or collections of these; None is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from generator.report.looks import printable

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_NAME = re.compile("[A-Za-z][A-Za-z0-9:-]*")


@dataclass(frozen=True, slots=True)
class Element:
    """An element of HTML or SVG."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Content, ...]


Content: TypeAlias = "Element | str | int | float | Iterable[Content] | None"
Attribute: TypeAlias = str | int | float | bool | None


def e(name: str, /, *children: Content, **attributes: Attribute) -> Element:
    """Build an element.

    `class_` is `class`, `stroke_width` is `stroke-width`; an attribute that is True has no value,
    one that is None or False is left out. Raises ValueError for what is no name.
    """
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    for wrong in (each for each in (name, *named) if not _NAME.fullmatch(each)):
        raise ValueError(f"not a name of an element or attribute: {wrong!r}")
    if name in ("script", "style"):
        raise ValueError(f"<{name}> is not escaped like anything else; pages have one style sheet")
    given = ((key, _value(value)) for key, value in named.items())
    return Element(name, tuple((k, v) for k, v in given if v is not None), children)


def markup(content: Content) -> str:
    """Write content as HTML."""
    return "".join(_written(content))


def text_of(content: Content) -> str:
    """Give the text that people read in content."""
    match content:
        case None:
            return ""
        case str() | int() | float():
            return str(content)
        case Element():
            return text_of(content.children)
        case _:
            return "".join(map(text_of, content))


def _written(content: Content) -> Iterator[str]:
    match content:
        case None:
            return
        case str():
            yield escape(printable(content), quote=False)
        case int() | float():
            yield str(content)
        case Element(name, attributes, children):
            said = "".join(
                f' {key}="{escape(printable(value))}"' if value else f" {key}"
                for key, value in attributes
            )
            yield f"<{name}{said}>"
            if name not in _VOID:
                yield from _written(children)
                yield f"</{name}>"
        case _:
            for each in content:
                yield from _written(each)


def _value(value: Attribute) -> str | None:
    if value is None or value is False:
        return None
    return "" if value is True else str(value)
