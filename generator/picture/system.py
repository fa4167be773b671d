"""Join what each unit is into one graph: in the primary region, in every region, around them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from generator.config import Config
from generator.picture.delivery import Delivery
from generator.picture.flows import Flows
from generator.picture.graph import Edge, Flow, Graph, Group, Node, merged
from generator.picture.places import Places
from generator.picture.unit import RenderedUnit
from generator.units import SERVICE

PRIMARY, REGION, OUTSIDE, WAVES = "primary", "region", "outside", "waves"
STACK_SET = "StackSet"
SETS = "stack-set"
"""The node of the service's StackSet."""


def graph_of(
    config: Config, units: Iterable[RenderedUnit], places: Places, delivery: Delivery
) -> Graph:
    """Draw the whole system together: one region stands for all that are alike."""
    flows = {unit.name: Flows(unit) for unit in units if unit.name != "execution-role"}
    joined = _Joined(flows)
    service = f"{config.project}-{config.environment}-{SERVICE}"
    waves = [
        Node(
            f"wave{number}", "wave" if number > 1 else "canary wave", f"Wave {number}",
            ", ".join(place.region for place in wave),
        )
        for number, wave in enumerate(places.waves, 1)
    ]  # fmt: skip
    delivered = _delivery(joined, delivery, waves)
    groups = (
        Group(OUTSIDE, "Outside", "", tuple(joined.outside)),
        Group(
            PRIMARY, f"Primary region {places.primary}", f"tools account {places.tools_account}",
            (*joined.inside("roles", "core", "artifacts", "pipeline"),
             Node(SETS, STACK_SET, SERVICE, "")),
        ),
        Group(WAVES, "Waves of the service", f"StackSet {service}", tuple(waves)),
        Group(
            REGION, "In every region of the service", _everywhere(places),
            tuple(joined.inside("account", SERVICE)),
        ),
    )  # fmt: skip
    edges = [*joined.edges, *delivered]
    known = {node.id for group in groups for node in group.nodes}
    there = merged(edge for edge in edges if edge.source in known and edge.target in known)
    # What nothing has to do with tells nothing in a picture; tables list it.
    return Graph(groups, there).only(lambda _: True)


def _everywhere(places: Places) -> str:
    regions, accounts = len(places.places), {a for p in places.places for a in p.accounts}
    return f"{_count(regions, 'region')}, {_count(len(accounts), 'account')}"


class _Joined:
    """Flows of several templates, with what is outside of one found in another."""

    def __init__(self, flows: dict[str, Flows]):
        self._flows = flows
        named = {
            (node.kind, flow.unit.name_of(flow.shown[logical])): node.id
            for flow in flows.values()
            for logical in flow.shown
            for node in flow.nodes
            if node.id == flow.id(flow.shown[logical])
        }
        self._same: dict[str, str] = {}
        self.outside: list[Node] = []
        seen: dict[tuple[str, str], str] = {}
        for flow in flows.values():
            for node in (each for each in flow.nodes if ".outside." in each.id):
                found = next(
                    (id for (kind, name), id in named.items() if _is(node, kind, name)), None
                )
                found = found or seen.get((node.kind, node.name))
                if node.kind == STACK_SET or node.name == "StackSets":
                    found = SETS
                if found is not None:
                    self._same[node.id] = found
                else:
                    seen[node.kind, node.name] = node.id
                    self.outside.append(node)

    def inside(self, *units: str) -> list[Node]:
        return [
            node
            for name in units
            if name in self._flows
            for node in self._flows[name].nodes
            if ".outside." not in node.id
        ]

    @property
    def edges(self) -> list[Edge]:
        return [
            Edge(
                self._same.get(edge.source, edge.source), self._same.get(edge.target, edge.target),
                edge.label, edge.flow,
            )
            for flow in self._flows.values()
            for edge in flow.edges
        ]  # fmt: skip


def _is(outside: Node, kind: str, name: str) -> bool:
    """Tell whether what one template names is what another one makes."""
    pattern = re.sub(r"\\{(account|region)\\}", r"[\\w{}-]+", re.escape(name))
    return re.search(rf"(^|[ /:]){pattern}$", outside.name.split(" (")[0]) is not None


def _delivery(joined: _Joined, delivery: Delivery, waves: list[Node]) -> list[Edge]:
    """Tell how a release comes to the regions, and back."""
    pipeline = next((node for node in joined.inside("pipeline") if node.kind == "pipeline"), None)
    edges = [
        Edge(before.id, after.id, "verified", Flow.DELIVERY) for before, after in pairwise(waves)
    ]
    if pipeline:
        edges.append(Edge(pipeline.id, SETS, "release", Flow.DELIVERY))
    source = delivery.source
    started = {edge.source for edge in joined.edges if pipeline and edge.target == pipeline.id}
    known = {node.id for node in joined.inside("pipeline") if node.kind == "repository"}
    if pipeline and source and not started & known:
        pushed = Node("outside.source", source[0], source[1])
        joined.outside.insert(0, pushed)
        edges.append(Edge(pushed.id, pipeline.id, "push", Flow.DELIVERY))
    return [*edges, Edge(SETS, waves[0].id, "first", Flow.DELIVERY)]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
