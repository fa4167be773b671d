"""Numbers and lists in words, as the page says them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from generator.report.html import Content, code, e

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def counted(number: int, what: str, many: str | None = None) -> str:
    """Write a number of things in a sentence: `one region`, `twelve` is `12`."""
    said = _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"
    return f"{said} {what if number == 1 else many or what + 's'}"


_MOST = 6
"""Of a list in a cell, before the rest is folded away."""


def few(texts: Sequence[str]) -> Content:
    """List identifiers one below the other; of many, most are folded away."""
    shown = e("ul", [e("li", code(text)) for text in texts[:_MOST]], class_="plain")
    if len(texts) <= _MOST:
        return shown
    rest = e("ul", [e("li", code(text)) for text in texts[_MOST:]], class_="plain")
    return [shown, e("details", e("summary", f"and {len(texts) - _MOST} more"), rest)]


def strategy(name: str) -> str:
    """Say in words how traffic shifts: CodeDeploy's own names tell it, shortly."""
    if found := re.fullmatch(r"LambdaCanary(\d+)Percent(\d+)Minutes?", name):
        return f"{found[1]} percent first, the rest after {found[2]} min"
    if found := re.fullmatch(r"LambdaLinear(\d+)PercentEvery(\d+)Minutes?", name):
        return f"{found[1]} percent more every {found[2]} min"
    return "all at once" if name == "LambdaAllAtOnce" else name


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does: `a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
