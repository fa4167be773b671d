"""The sections with pictures: where the system is, and what flows in it."""

from __future__ import annotations

from generator.picture import Edge, Graph, System
from generator.picture.graph import Flow
from generator.picture.system import PRIMARY, REGION, WAVES
from generator.report.diagram import svg, wave_map
from generator.report.diagram.fold import folded
from generator.report.docs.words import counted, listed
from generator.report.html import Column, Content, Section, code, e, facts, figure, numbers, table
from generator.report.html.blocks import badge

_NAMED = 6
"""Regions that a cell names; the table of regions names all."""
_HELD = {
    "core": "central event bus · alerts · log archive",
    "pipeline": "pipeline · rollback coordinator · dashboard",
    "roles": "roles of the StackSets",
}


_TOLD = {"topic", "log group", "people", "event bus"}
"""What gets to know, of the primary region; the other picture shows how releases go."""


def overview(system: System) -> Section:
    """Say what there is, and where."""
    places = system.places
    stacks = sum(unit.stacks for unit in system.units)
    resources = sum(unit.stacks * unit.resources for unit in system.units)
    held = [
        word
        for unit in system.units
        if unit.name in _HELD
        for word in _HELD[unit.name].split(" · ")
        if word != "dashboard" or any(d.what == "dashboard" for d in system.costs.drivers)
    ]
    order = " Then ".join(
        f"{listed([place.region for place in wave])}." for wave in places.waves
    )  # fmt: skip
    return Section(
        "Overview",
        [
            numbers(
                {
                    "functions": len(system.functions),
                    "regions": len(places.places),
                    "accounts": len(places.accounts),
                    "stacks": stacks,
                    "resources": f"{resources:,}",
                }
            ),
            figure(
                wave_map.draw(
                    places,
                    held,
                    f"The primary region is {places.primary}. Releases go to {order}"
                    " Every region sends its alarms, deployments and logs to the primary region.",
                ),
                "Accounts, regions and waves: a release goes down the left side, what regions tell"
                " comes back on the right.",
                alternative=_regions(system),
            ),
            table(
                "What is deployed, in this order; resources are those of one stack",
                ["Unit", "Kind", Column("Holds", wide=True), Column("Stacks", numeric=True),
                 Column("Resources", numeric=True), Column("Regions", wide=True)],
                [
                    (
                        code(unit.name), unit.kind, unit.purpose, unit.stacks, unit.resources,
                        ", ".join(unit.regions)
                        if len(unit.regions) <= _NAMED
                        else f"{len(unit.regions)} regions",
                    )
                    for unit in system.units
                ],
                stacks=True,
            ),
            facts(system.tags),
        ],
    )  # fmt: skip


def _regions(system: System) -> Content:
    return table(
        "Regions by wave",
        ["Region", Column("Wave", numeric=True), "Role", Column("Accounts", wide=True)],
        [
            (
                code(place.region), place.wave,
                [badge("canary", "accent") if place.wave == 1 else None,
                 " " if place.wave == 1 and place.is_primary else None,
                 badge("primary") if place.is_primary else None],
                ", ".join(place.accounts),
            )
            for place in system.places.places
        ],
    )  # fmt: skip


def inside(system: System) -> Section:
    """Show what flows in each region, and in the primary one."""
    service, primary = system.graph.around(REGION), system.graph.around(PRIMARY)
    kinds = {node.id: node.kind for node in system.graph.nodes.values()}
    waves = {node.id for group in system.graph.groups if group.id == WAVES for node in group.nodes}

    def tells(edge: Edge) -> bool:
        return edge.flow is Flow.LOG or bool({kinds[edge.source], kinds[edge.target]} & _TOLD)

    return Section(
        "Data and events",
        [
            e("h3", "In every region of the service"),
            _flow(service, "region", "What flows in every region of the service", REGION),
            e("p", f"{system.network[0].upper()}{system.network[1:]}."),
            e("h3", f"In the primary region, {system.places.primary}"),
            _flow(
                primary.only(lambda edge: not tells(edge) and edge.target not in waves),
                "release",
                "How a release gets out of the primary region, and back",
                PRIMARY,
            ),
            _flow(
                primary.only(tells),
                "told",
                "Who is told, and what is kept in the primary region",
                PRIMARY,
            ),
            e("h3", "Functions"),
            table(
                "Functions and their routes",
                ["Function", Column("What it does", wide=True), Column("Routes", wide=True)],
                [
                    (
                        code(name),
                        description,
                        e("ul", [e("li", code(each)) for each in routes], class_="plain")
                        if routes
                        else "none",
                    )
                    for name, description, routes in system.functions
                ],
                stacks=True,
            ),
        ],
        lead=e(
            "p",
            "Read from the templates: what calls what, what a function's role lets it use, and"
            " where logs, alarms and events go. Dashed boxes are somewhere else.",
        ),
    )


def _flow(graph: Graph, name: str, title: str, home: str) -> Content:
    few = folded(graph)
    left_out = len(graph.nodes) - len(few.nodes)
    description = (
        f"{counted(len(graph.nodes), 'box', 'boxes')} and"
        f" {counted(len(graph.edges), 'connection')}; the table below says the same."
    )
    more = f" {left_out} are folded together; the table names all." if left_out > 0 else ""
    return figure(
        svg.draw(few, name, title, description, home=home),
        f"{title}.{more}",
        alternative=connections(graph, f"{title}: all connections"),
    )


def connections(graph: Graph, caption: str) -> Content:
    """List a graph's edges."""
    nodes = graph.nodes
    return table(
        caption,
        [Column("From", narrow=True), Column("What"), Column("To", narrow=True), "Kind"],
        [
            (
                [nodes[edge.source].name, e("small", nodes[edge.source].kind)],
                edge.label,
                [nodes[edge.target].name, e("small", nodes[edge.target].kind)],
                svg.NAMES[edge.flow],
            )
            for edge in graph.edges
        ],
        stacks=True,
    )
