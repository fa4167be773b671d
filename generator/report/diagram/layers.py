"""Lay a graph out in columns from left to right, so that no line passes under a box.

As Sugiyama has it: break cycles, give each node a column, let long edges pass through columns at
places of their own, order each column by its neighbours, then move everything as near to its
neighbours as the distances allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.report.diagram.ranks import (
    Chain,
    Link,
    assign_columns,
    break_cycles,
    chain_of,
    neighbours_of,
    order,
)

Point = tuple[float, float]
_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node is."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is, from 0, 0."""

    width: float
    height: float
    boxes: dict[str, Box]
    lines: tuple[tuple[Point, ...], ...]
    """For each link the points that it passes, from its source to its target."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distances in pixels."""

    box_width: float = 164
    between_columns: float = 102
    between_boxes: float = 18
    between_ports: float = 17
    """Lines that end at one side of a box."""
    line: float = 16
    """What a line that passes through a column takes."""


DEFAULT = Spacing()


def layered(nodes: Mapping[str, float], links: Sequence[Link], space: Spacing = DEFAULT) -> Layout:
    """Lay nodes out; each has a least height, and links lead between two different ones."""
    forward = break_cycles(nodes, links)
    columns = assign_columns(nodes, forward)
    chains = [chain_of(number, link, columns) for number, link in enumerate(forward)]
    depth = {name: column for chain in chains for name, column in chain} | columns
    heights = _heights(nodes, forward, depth, space)
    ordered = order(nodes, chains, depth)
    middles = _middles(ordered, chains, heights, space)
    step = space.box_width + space.between_columns
    boxes = {
        name: Box(columns[name] * step, middles[name] - heights[name] / 2, space.box_width,
                  heights[name])
        for name in nodes
    }  # fmt: skip
    ports = _ports(chains, boxes, middles)
    lines = [
        _line(number, chain, boxes, middles, ports, step)
        for number, chain in enumerate(chains)
    ]  # fmt: skip
    turned = (
        line if link == was else tuple(reversed(line))
        for line, link, was in zip(lines, forward, links, strict=True)
    )
    width = (max(columns.values(), default=-1) + 1) * step - space.between_columns
    height = max((middles[name] + heights[name] / 2 for name in depth), default=0)
    return Layout(max(width, 0), height, boxes, tuple(turned))


def _heights(
    nodes: Mapping[str, float], links: Sequence[Link], depth: Mapping[str, int], space: Spacing
) -> dict[str, float]:
    heights = dict.fromkeys(depth, space.line)
    for name, least in nodes.items():
        ports = max(
            sum(1 for source, _ in links if source == name),
            sum(1 for _, target in links if target == name),
        )
        heights[name] = max(least, (ports + 1) * space.between_ports)
    return heights


def _middles(
    columns: Sequence[Sequence[str]],
    chains: Sequence[Chain],
    heights: Mapping[str, float],
    space: Spacing,
) -> dict[str, float]:
    """Say at which height the middle of everything is: near its neighbours, never overlapping."""
    middles: dict[str, float] = {}
    for column in columns:
        y = 0.0
        for name in column:
            middles[name] = y + heights[name] / 2
            y += heights[name] + space.between_boxes
    before, after = neighbours_of(chains)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else list(reversed(columns)):
            wished = []
            for name in column:
                beside = [*before.get(name, ()), *after.get(name, ())]
                near = [middles[each] for each in beside]
                wished.append(sum(near) / len(near) if near else middles[name])
            for name, middle in zip(column, _apart(column, wished, heights, space), strict=True):
                middles[name] = middle
    return _without_gaps(middles, heights, space)


def _without_gaps(
    middles: Mapping[str, float], heights: Mapping[str, float], space: Spacing
) -> dict[str, float]:
    """Move everything up that has an empty band above it, over the whole width."""
    moved: dict[str, float] = {}
    bottom, up = -space.between_boxes, 0.0
    for name in sorted(middles, key=lambda name: middles[name] - heights[name] / 2):
        top = middles[name] - heights[name] / 2 - up
        if (gap := top - bottom - space.between_boxes) > 0 or not moved:
            up += gap
        moved[name] = middles[name] - up
        bottom = max(bottom, moved[name] + heights[name] / 2)
    return moved


def _apart(
    column: Sequence[str], wished: Sequence[float], heights: Mapping[str, float], space: Spacing
) -> list[float]:
    """Come as near to what is wished as distances allow: a least-squares fit in order."""
    offsets, offset = [], 0.0
    for number, name in enumerate(column):
        if number:
            offset += (heights[column[number - 1]] + heights[name]) / 2 + space.between_boxes
        offsets.append(offset)
    # Pools of what must move together: sum of what they wish, and how many they are.
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        total, count = wish - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            more, others = pools.pop()
            total, count = total + more, count + others
        pools.append((total, count))
    fitted = [total / count for total, count in pools for _ in range(count)]
    return [fit + offset for fit, offset in zip(fitted, offsets, strict=True)]


def _ports(
    chains: Sequence[Chain],
    boxes: Mapping[str, Box],
    middles: Mapping[str, float],
) -> dict[tuple[int, bool], float]:
    """Say at which height each line leaves its source (false) and reaches its target (true)."""
    sides: dict[tuple[str, bool], list[tuple[float, int]]] = {}
    for number, chain in enumerate(chains):
        sides.setdefault((chain[0][0], False), []).append((middles[chain[1][0]], number))
        sides.setdefault((chain[-1][0], True), []).append((middles[chain[-2][0]], number))
    ports = {}
    for (name, arriving), ends in sides.items():
        box = boxes[name]
        for position, (_, number) in enumerate(sorted(ends), 1):
            ports[number, arriving] = box.y + box.height * position / (len(ends) + 1)
    return ports


def _line(
    number: int,
    chain: Chain,
    boxes: Mapping[str, Box],
    middles: Mapping[str, float],
    ports: Mapping[tuple[int, bool], float],
    step: float,
) -> tuple[Point, ...]:
    (source, _), *between, (target, _) = chain
    first, last = boxes[source], boxes[target]
    points: list[Point] = [(first.x + first.width, ports[number, False])]
    for name, column in between:
        points += [(column * step, middles[name]), (column * step + first.width, middles[name])]
    return (*points, (last.x, ports[number, True]))
