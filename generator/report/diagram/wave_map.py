"""Draw where a system is: its primary region, and the regions of each wave, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.picture.graph import Flow
from generator.picture.places import Place, Places
from generator.report.diagram.svg import DASHES, arrow, least_width, shortened
from generator.report.html import Element, e

WIDTH = 760
_INNER = 692
"""Where the frames end; the way back is to the right of it."""
_PAD, _GAP, _BETWEEN = 16, 12, 54
_CARDS = 4
"""In a row of a wave."""
_CARD = (_INNER - 2 * _PAD - (_CARDS - 1) * _GAP) / _CARDS
_CARD_HEIGHT = 50
_TITLE = 34


def draw(places: Places, held: Sequence[str], description: str) -> Element:
    """Draw a map; `held` is what the primary region holds."""
    parts: list[Element] = []
    primary, bottom = _primary(places, held)
    parts += primary
    told: list[float] = []
    for number, wave in enumerate(places.waves, 1):
        label = "a release begins here" if number == 1 else f"when wave {number - 1} is verified"
        parts.append(_down(bottom, bottom + _BETWEEN, label))
        top = bottom + _BETWEEN
        drawn, bottom = _wave(places, number, wave, top)
        told.append((top + bottom) / 2)
        parts += drawn
    parts += _way_back(told)
    height = bottom + 8
    return e(
        "svg",
        e("title", "Accounts, regions and waves", id="map-title"),
        e("desc", description, id="map-desc"),
        e("defs", arrow("map")),
        e("g", parts, transform="translate(4 4)"),
        style=least_width(WIDTH), viewBox=f"0 0 {WIDTH} {height:.0f}",
        width=WIDTH, height=f"{height:.0f}",
        role="img", aria_labelledby="map-title map-desc",
    )  # fmt: skip


def _primary(places: Places, held: Sequence[str]) -> tuple[list[Element], float]:
    said = list(_lines(held, 92))
    height = _TITLE + 26 + 18 * len(said)
    return [
        _frame(0, height, "frame primary"),
        _text(_PAD, 26, f"Primary region {places.primary}", "title"),
        _text(_PAD, 46, f"tools account {places.tools_account}", "detail"),
        *(_text(_PAD, 68 + 18 * number, line, "small") for number, line in enumerate(said)),
    ], height + 8


def _lines(words: Sequence[str], most: int) -> Iterator[str]:
    line = ""
    for word in words:
        if line and len(line) + 3 + len(word) > most:
            yield line + " ·"
            line = word
        else:
            line = f"{line} · {word}" if line else word
    yield line


def _wave(
    places: Places, number: int, wave: Sequence[Place], top: float
) -> tuple[list[Element], float]:
    rows = -(-len(wave) // _CARDS)
    height = _TITLE + rows * (_CARD_HEIGHT + _GAP) - _GAP + _PAD
    title = f"Wave {number}" + (" – canary" if number == 1 else "")
    regions = f"{len(wave)} region{'s' * (len(wave) != 1)}"
    parts = [
        _frame(top, height, "frame"),
        _text(_PAD, top + 23, title, "title"),
        _text(_INNER - _PAD, top + 23, regions, "detail", "end"),
    ]
    for position, place in enumerate(wave):
        x = _PAD + position % _CARDS * (_CARD + _GAP)
        y = top + _TITLE + position // _CARDS * (_CARD_HEIGHT + _GAP)
        parts.append(_card(places, place, x, y))
    return parts, top + height


def _card(places: Places, place: Place, x: float, y: float) -> Element:
    middle = x + _CARD / 2
    return e(
        "g",
        e("title", f"{place.region}: {', '.join(place.accounts)}"),
        e(
            "rect", x=f"{x:.1f}", y=f"{y:.1f}", width=f"{_CARD:.1f}", height=_CARD_HEIGHT, rx=6,
        ),
        _text(middle, y + 21, place.region, "name", "middle"),
        _text(middle, y + 38, accounts(places, place), "detail", "middle"),
        class_="node",
    )  # fmt: skip


def accounts(places: Places, place: Place) -> str:
    """Say in which accounts the service is in a region."""
    here, all_of_them = len(place.accounts), {a for p in places.places for a in p.accounts}
    if here == 1:
        return shortened(place.accounts[0], 20)
    return f"{here} accounts" if here == len(all_of_them) else f"{here} of {len(all_of_them)}"


def _frame(top: float, height: float, look: str) -> Element:
    return e("rect", x=0, y=f"{top:.1f}", width=_INNER, height=f"{height:.1f}", rx=10, class_=look)


def _text(x: float, y: float, text: str, look: str, anchor: str | None = None) -> Element:
    return e("text", text, x=f"{x:.1f}", y=f"{y:.1f}", class_=look, text_anchor=anchor)


def _down(top: float, bottom: float, label: str) -> Element:
    x = _PAD + 40
    return e(
        "g",
        e(
            "path", d=f"M{x} {top:.1f}V{bottom - 2:.1f}", class_="line delivery",
            stroke_dasharray=DASHES[Flow.DELIVERY], marker_end="url(#map-arrow)",
        ),
        _text(x + 14, (top + bottom) / 2 + 4, label, "label"),
    )  # fmt: skip


def _way_back(told: Sequence[float]) -> list[Element]:
    """Draw what every region sends to the primary one."""
    if not told:
        return []
    x, top = WIDTH - 34, 60.0
    branches = "".join(f"M{_INNER} {y:.1f}H{x}" for y in told)
    return [
        e("path", d=f"{branches}", class_="line event", stroke_dasharray=DASHES[Flow.EVENT]),
        e(
            "path", d=f"M{x} {told[-1]:.1f}V{top}H{_INNER + 2}", class_="line event",
            stroke_dasharray=DASHES[Flow.EVENT], marker_end="url(#map-arrow)",
        ),
        e(
            "text", "events, logs", class_="label", text_anchor="middle",
            transform=f"translate({x + 16} {(top + told[0]) / 2:.1f}) rotate(90)",
        ),
    ]  # fmt: skip
