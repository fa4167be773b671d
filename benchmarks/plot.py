"""Draw how something grows, on two logarithmic axes, as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
COLORS = ("#1f6feb", "#d1242f", "#1a7f37", "#8250df")
Points = list[tuple[float, float]]


def svg(title: str, across: str, lines: dict[str, Points]) -> str:
    """Draw lines by their names; all numbers must be above zero."""
    return "\n".join(_parts(title, across, lines)) + "\n"


def _parts(title: str, across: str, lines: dict[str, Points]) -> Iterator[str]:
    x = _Axis([p[0] for points in lines.values() for p in points], LEFT, WIDTH - RIGHT)
    y = _Axis([p[1] for points in lines.values() for p in points], HEIGHT - BOTTOM, TOP)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
    )
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{title}</text>'
    for value in x.ticks:
        yield _line(x(value), TOP, x(value), HEIGHT - BOTTOM, "#eaeef2")
        yield _text(x(value), HEIGHT - BOTTOM + 18, _number(value), "middle")
    for value in y.ticks:
        yield _line(LEFT, y(value), WIDTH - RIGHT, y(value), "#eaeef2")
        yield _text(LEFT - 8, y(value) + 4, _number(value), "end")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across, "middle")
    for color, (name, points) in zip(COLORS, lines.items(), strict=False):
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>'
        yield from (f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{color}"/>'
                    for a, b in points)  # fmt: skip
        last = points[-1]
        yield _text(x(last[0]) + 8, y(last[1]) + 4, name, "start", color)
    yield "</svg>"


class _Axis:
    """Powers of ten along a length."""

    def __init__(self, values: list[float], start: float, end: float):
        self._low, high = floor(log10(min(values))), ceil(log10(max(values)))
        self._high = max(high, self._low + 1)
        self._start, self._end = start, end
        self.ticks = [10.0**n for n in range(self._low, self._high + 1)]

    def __call__(self, value: float) -> float:
        part = (log10(value) - self._low) / (self._high - self._low)
        return self._start + part * (self._end - self._start)


def _line(x1: float, y1: float, x2: float, y2: float, color: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def _text(x: float, y: float, text: str, anchor: str, color: str = "#57606a") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{text}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
