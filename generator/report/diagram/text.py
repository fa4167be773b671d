"""A graph as text for other tools: Mermaid and DOT."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.picture import Graph, Node
from generator.picture.graph import Flow
from generator.report.looks import printable

_ARROWS = {
    Flow.REQUEST: "==>",
    Flow.DATA: "-->",
    Flow.EVENT: "-.->",
    Flow.LOG: "-.->",
    Flow.DELIVERY: "==>",
}
_STYLES = {
    Flow.REQUEST: "bold",
    Flow.DATA: "solid",
    Flow.EVENT: "dashed",
    Flow.LOG: "dotted",
    Flow.DELIVERY: "bold",
}


def mermaid(graph: Graph) -> str:
    """Write a graph as a Mermaid flowchart."""
    return "\n".join(_mermaid(graph)) + "\n"


def dot(graph: Graph) -> str:
    """Write a graph as DOT, for Graphviz."""
    return "\n".join(_dot(graph)) + "\n"


def _mermaid(graph: Graph) -> Iterator[str]:
    names = _names(graph)
    yield "flowchart LR"
    for number, group in enumerate(graph.groups):
        title = " – ".join(filter(None, (group.title, group.detail)))
        yield f'  subgraph g{number}["{_entities(title)}"]'
        for node in group.nodes:
            yield f'    {names[node.id]}["{"<br/>".join(map(_entities, _lines(node)))}"]'
        yield "  end"
    for edge in graph.edges:
        label = f'|"{_entities(edge.label)}"|' if edge.label else ""
        yield f"  {names[edge.source]} {_ARROWS[edge.flow]}{label} {names[edge.target]}"


def _dot(graph: Graph) -> Iterator[str]:
    names = _names(graph)
    yield "digraph system {"
    yield "  rankdir=LR;"
    yield '  node [shape=box, style=rounded, fontname="sans-serif"];'
    yield '  edge [fontname="sans-serif", fontsize=10];'
    for number, group in enumerate(graph.groups):
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={_quoted(group.title, group.detail)};"
        for node in group.nodes:
            yield f"    {names[node.id]} [label={_quoted(*_lines(node))}];"
        yield "  }"
    for edge in graph.edges:
        looks = f"label={_quoted(edge.label)}, style={_STYLES[edge.flow]}"
        yield f"  {names[edge.source]} -> {names[edge.target]} [{looks}];"
    yield "}"


def _names(graph: Graph) -> dict[str, str]:
    """Give nodes names that are words in both languages; whatever comes in them stays unique."""
    return {
        id: f"n{number}_{re.sub('[^A-Za-z0-9]+', '_', id)}" for number, id in enumerate(graph.nodes)
    }


def _lines(node: Node) -> list[str]:
    return [line for line in (node.kind, node.name, node.detail) if line]


def _entities(text: str) -> str:
    """Write a text for Mermaid, which takes numbers of characters for whatever it would read."""
    return re.sub(
        r"[^A-Za-z0-9 ,.:/(){}@_…–*$+-]", lambda found: f"#{ord(found[0])};", _one_line(text)
    )


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _quoted(*lines: str) -> str:
    said = (_one_line(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines if line)
    joined = "\\n".join(said)
    return f'"{joined}"'
