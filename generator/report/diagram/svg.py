"""Draw a graph as SVG: boxes with words in them, lines that differ without colour."""

from __future__ import annotations

from collections.abc import Sequence

from generator.picture import Edge, Graph, Node
from generator.picture.graph import Flow
from generator.picture.system import PRIMARY, REGION
from generator.report.diagram.layers import Box, Layout, Point, layered
from generator.report.html import Element, e

_MARGIN = 14
_LEGEND = 44
_HEIGHTS = {False: 46, True: 60}
"""Of a box, without a line for details and with one."""
_CHARACTERS = {"kind": 25, "name": 20, "detail": 23}
"""Of a line, at most, in a box."""
_LABEL = 16
"""Of what stands at a line; the table says all of it."""
_PLACES = {PRIMARY: "primary", REGION: "regions"}
"""Where a group is, that is not the picture's own."""
DASHES = {
    Flow.REQUEST: None,
    Flow.DATA: None,
    Flow.EVENT: "7 4",
    Flow.LOG: "1.5 4",
    Flow.DELIVERY: "14 4 2 4",
}
NAMES = {
    Flow.REQUEST: "requests",
    Flow.DATA: "data",
    Flow.EVENT: "events",
    Flow.LOG: "logs",
    Flow.DELIVERY: "releases",
}


def draw(graph: Graph, name: str, title: str, description: str, *, home: str) -> Element:
    """Draw a graph in columns; what is not in the group `home` says where it is."""
    nodes = graph.nodes
    heights = {node.id: _HEIGHTS[bool(node.detail)] for node in nodes.values()}
    layout = layered(heights, [(edge.source, edge.target) for edge in graph.edges])
    where = {node.id: group.id for group in graph.groups for node in group.nodes}
    flows = [flow for flow in Flow if any(edge.flow is flow for edge in graph.edges)]
    width = layout.width + 2 * _MARGIN
    height = layout.height + 2 * _MARGIN + _LEGEND
    return e(
        "svg",
        e("title", title, id=f"{name}-title"),
        e("desc", description, id=f"{name}-desc"),
        e("defs", arrow(name)),
        e(
            "g",
            [_line(edge, line, name) for edge, line in zip(graph.edges, layout.lines, strict=True)],
            [
                _box(node, layout.boxes[node.id], where[node.id], home)
                for node in nodes.values()
            ],
            [_label(edge, line) for edge, line in zip(graph.edges, layout.lines, strict=True)],
            transform=f"translate({_MARGIN} {_MARGIN})",
        ),
        _legend(flows, layout),
        style=least_width(width), viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}", height=f"{height:.0f}",
        role="img", aria_labelledby=f"{name}-title {name}-desc",
    )  # fmt: skip


def arrow(name: str) -> Element:
    """Give the head of a line, which is of the line's colour."""
    return e(
        "marker",
        e("path", d="M0 0 8 4 0 8z", fill="context-stroke"),
        id=f"{name}-arrow", viewBox="0 0 8 8", refX=7, refY=4, markerWidth=8, markerHeight=8,
        orient="auto-start-reverse", markerUnits="userSpaceOnUse",
    )  # fmt: skip


def least_width(width: float) -> str:
    """Say how far a picture may shrink to fit: below that it scrolls, and stays readable."""
    return f"min-width:{width * 0.74:.0f}px"


def curve(points: Sequence[Point]) -> str:
    """Write a path that goes through points, level where it passes through a column."""
    (x, y), *others = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in others:
        middle = (x + to_x) / 2
        parts.append(
            f"H{to_x:.1f}"
            if abs(y - to_y) < 0.05
            else f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        )
        x, y = to_x, to_y
    return "".join(parts)


def shortened(text: str, most: int) -> str:
    """Leave out the middle of a long text: names differ at their ends."""
    if len(text) <= most:
        return text
    end = (most - 1) // 2
    return f"{text[: most - 1 - end]}…{text[-end:]}"


def _line(edge: Edge, line: Sequence[Point], name: str) -> Element:
    return e(
        "path",
        d=curve(line),
        class_=f"line {edge.flow}",
        stroke_dasharray=DASHES[edge.flow],
        marker_end=f"url(#{name}-arrow)",
    )


def _label(edge: Edge, line: Sequence[Point]) -> Element | None:
    """Write what goes along a line where it begins: there no other line begins."""
    if not edge.label:
        return None
    (x, y), (to_x, _) = line[0], line[1]
    leftward = to_x < x
    return e(
        "text",
        edge.label if len(edge.label) <= _LABEL else f"{edge.label[: _LABEL - 1]}…",
        x=f"{x - 7 if leftward else x + 7:.1f}", y=f"{y - 4:.1f}", class_="label",
        text_anchor="end" if leftward else None,
    )  # fmt: skip


def _box(node: Node, box: Box, group: str, home: str) -> Element:
    away = group != home
    where = f" · {place}" if away and (place := _PLACES.get(group)) else ""
    lines = [(f"{node.kind}{where}", "kind"), (node.name, "name")]
    if node.detail:
        lines.append((node.detail, "detail"))
    first = box.middle - (len(lines) - 1) * 7.5 + 4
    return e(
        "g",
        e("title", f"{node.kind} {node.name}{where}" + (f": {node.detail}" * bool(node.detail))),
        e(
            "rect",
            x=f"{box.x:.1f}", y=f"{box.y:.1f}", width=f"{box.width:.1f}",
            height=f"{box.height:.1f}", rx=6, stroke_dasharray="4 3" if away else None,
        ),
        [
            e(
                "text", shortened(text, _CHARACTERS[look]),
                x=f"{box.x + box.width / 2:.1f}", y=f"{first + number * 15:.1f}", class_=look,
                text_anchor="middle",
            )
            for number, (text, look) in enumerate(lines)
        ],
        class_="node away" if away else "node",
    )  # fmt: skip


def _legend(flows: Sequence[Flow], layout: Layout) -> Element:
    y = layout.height + 2 * _MARGIN + _LEGEND - 18
    return e(
        "g",
        [
            e(
                "g",
                e(
                    "path",
                    d=f"M{_MARGIN + number * 110} {y}h30",
                    class_=f"line {flow}",
                    stroke_dasharray=DASHES[flow],
                ),
                e(
                    "text",
                    NAMES[flow],
                    x=_MARGIN + number * 110 + 38,
                    y=y + 4,
                    class_="label",
                ),
            )
            for number, flow in enumerate(flows)
        ],
    )
