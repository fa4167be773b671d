"""The system as a graph: what is there, in groups, and what flows between."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Flow(StrEnum):
    """What goes along an edge; each is drawn differently, and named."""

    REQUEST = "request"
    DATA = "data"
    EVENT = "event"
    LOG = "log"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Node:
    """Something in the picture."""

    id: str
    kind: str
    """In words: `function`, `table`, `REST API`."""
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """Something that goes from one node to another."""

    source: str
    target: str
    label: str
    flow: Flow


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that are in one place."""

    id: str
    title: str
    detail: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """Groups of nodes, and the edges within and between them."""

    groups: tuple[Group, ...]
    edges: tuple[Edge, ...]

    @property
    def nodes(self) -> dict[str, Node]:
        """All nodes by id."""
        return {node.id: node for group in self.groups for node in group.nodes}

    def group(self, id: str) -> Group:
        return next(group for group in self.groups if group.id == id)

    def only(self, wanted: Callable[[Edge], bool]) -> Graph:
        """Give some of the edges, and what they are between."""
        edges = tuple(filter(wanted, self.edges))
        shown = {end for e in edges for end in (e.source, e.target)}
        groups = (
            Group(g.id, g.title, g.detail, tuple(n for n in g.nodes if n.id in shown))
            for g in self.groups
        )
        return Graph(tuple(group for group in groups if group.nodes), edges)

    def around(self, *ids: str) -> Graph:
        """Give some groups, and of the others what these have to do with."""
        inside = {node.id for group in self.groups if group.id in ids for node in group.nodes}
        return self.only(lambda edge: edge.source in inside or edge.target in inside)


def merged(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Join edges between the same two nodes into one that says all that they say."""
    found: dict[tuple[str, str, Flow], list[str]] = {}
    for edge in edges:
        labels = found.setdefault((edge.source, edge.target, edge.flow), [])
        if edge.label and edge.label not in labels:
            labels.append(edge.label)
    return tuple(Edge(s, t, ", ".join(labels), flow) for (s, t, flow), labels in found.items())
