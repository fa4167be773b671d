"""Keep a picture readable: of many things of one kind show some, and say how many more."""

from __future__ import annotations

from generator.picture import Edge, Graph, Group, Node
from generator.picture.graph import merged

MOST = 9
"""Things of one kind in one place that a picture shows."""


def folded(graph: Graph, *, most: int = MOST) -> Graph:
    """Give the graph with at most so many nodes of a kind in each group; tables list all."""
    instead: dict[str, str] = {}
    groups = []
    for group in graph.groups:
        kinds: dict[str, list[Node]] = {}
        for node in group.nodes:
            kinds.setdefault(node.kind, []).append(node)
        nodes: list[Node] = []
        for kind, members in kinds.items():
            if len(members) > most:
                rest = members[most - 1 :]
                more = Node(f"{group.id}.more.{kind.replace(' ', '-')}", kind,
                            f"and {len(rest)} more")  # fmt: skip
                instead |= {node.id: more.id for node in rest}
                members = [*members[: most - 1], more]
            nodes += members
        groups.append(Group(group.id, group.title, group.detail, tuple(nodes)))
    edges = (
        Edge(instead.get(e.source, e.source), instead.get(e.target, e.target), e.label, e.flow)
        for e in graph.edges
    )
    return Graph(tuple(groups), tuple(e for e in merged(edges) if e.source != e.target))
