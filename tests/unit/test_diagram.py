"""Graphs as text for other tools, small pictures of many things, and the map of waves."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.picture import Edge, Graph, Group, Node
from generator.picture.graph import Flow
from generator.picture.places import Place, Places
from generator.report.diagram import svg, text, wave_map
from generator.report.diagram.fold import folded
from generator.report.html import markup

pytestmark = pytest.mark.unit

HOSTILE = 'a "b" \\ <c> & `d` end; } --> x | #quot; %% subgraph \n\x1b[0m'


def small(name: str = "orders") -> Graph:
    return Graph(
        (
            Group("outside", "Outside", "", (Node("x.clients", "people", name),)),
            Group("region", name, name, (Node("x.api", "HTTP API", name, name),)),
        ),
        (Edge("x.clients", "x.api", name, Flow.REQUEST), Edge("x.api", "x.clients", "", Flow.LOG)),
    )


def of_functions(count: int) -> Graph:
    functions = tuple(Node(f"f{n}", "function", f"function-{n}") for n in range(count))
    return Graph(
        (Group("region", "Region", "", (Node("api", "HTTP API", "api"), *functions)),),
        tuple(Edge("api", node.id, "1 route", Flow.REQUEST) for node in functions),
    )


def test_a_graph_is_written_for_mermaid() -> None:
    assert text.mermaid(small()).splitlines() == [
        "flowchart LR",
        '  subgraph g0["Outside"]',
        '    n0_x_clients["people<br/>orders"]',
        "  end",
        '  subgraph g1["orders – orders"]',
        '    n1_x_api["HTTP API<br/>orders<br/>orders"]',
        "  end",
        '  n0_x_clients ==>|"orders"| n1_x_api',
        "  n1_x_api -.-> n0_x_clients",
    ]


def test_a_graph_is_written_for_graphviz() -> None:
    written = text.dot(small())

    assert '    n1_x_api [label="HTTP API\\norders\\norders"];' in written
    assert '  n0_x_clients -> n1_x_api [label="orders", style=bold];' in written
    assert written.count("{") == written.count("}") == 3


@settings(max_examples=40)
@given(st.one_of(st.just(HOSTILE), st.text(min_size=1)))
def test_whatever_names_hold_a_line_of_mermaid_stays_one(name: str) -> None:
    lines = text.mermaid(small(name)).rstrip("\n").split("\n")

    assert len(lines) == 9
    for line in lines:
        # Quotes stand around labels only, in pairs.
        assert re.fullmatch(r'[^"]*("[^"<>`;\\]*(;|<br/>|[^"<>`\\])*"[^"]*)?', line), line


@settings(max_examples=40)
@given(st.one_of(st.just(HOSTILE), st.text(min_size=1)))
def test_whatever_names_hold_a_text_of_dot_ends_where_it_should(name: str) -> None:
    lines = text.dot(small(name)).rstrip("\n").split("\n")

    assert len(lines) == 15
    for line in lines:
        assert re.fullmatch(r'[^"]*("(\\.|[^"\\])*"[^"]*)*', line), line


def test_nodes_of_alike_names_stay_apart() -> None:
    graph = Graph((Group("g", "g", "", (Node("a-b", "x", "1"), Node("a_b", "x", "2"))),), ())

    assert len(set(re.findall(r"n\d+_\w*", text.dot(graph)))) == 2


@pytest.mark.parametrize("count", [1, 9])
def test_what_is_few_is_drawn_as_it_is(count: int) -> None:
    assert folded(of_functions(count), most=9) == of_functions(count)


@pytest.mark.parametrize("count", [10, 50])
def test_of_many_functions_some_are_drawn_and_the_rest_is_counted(count: int) -> None:
    few = folded(of_functions(count), most=9)

    functions = [node.name for node in few.nodes.values() if node.kind == "function"]
    assert len(functions) == 9
    assert functions[-1] == f"and {count - 8} more"
    assert [edge.label for edge in few.edges] == ["1 route"] * 9


@pytest.mark.parametrize("name", ["orders", HOSTILE, "x" * 300])
def test_a_picture_is_sound_xml_that_names_and_describes_itself(name: str) -> None:
    drawn = markup(svg.draw(small(name), "p", f"Title {name}", "What it shows", home="region"))

    root = ElementTree.fromstring(drawn)
    assert root.attrib["role"] == "img"
    named = {part.attrib.get("id") for part in root}
    assert set(root.attrib["aria-labelledby"].split()) <= named
    lines = [part.attrib for part in root.iter("path") if "marker-end" in part.attrib]
    assert len(lines) == 2
    # Without colours, too.
    assert len({line.get("stroke-dasharray") for line in lines}) == 2


def test_a_long_name_keeps_both_its_ends() -> None:
    assert svg.shortened("orders-prod-fulfilment-inbox", 12) == "orders…inbox"
    assert svg.shortened("orders", 12) == "orders"


def places(regions: int, accounts: int, waves: int) -> Places:
    names = tuple(f"{number:012}" for number in range(accounts))
    return Places(
        "us-east-1", names[0], names,
        tuple(
            Place(f"us-east-{number}", 1 + number * waves // regions, names, number == 1)
            for number in range(regions)
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("regions", "accounts", "waves"), [(1, 1, 1), (3, 2, 2), (33, 20, 3), (33, 20, 33), (33, 1, 1)]
)
def test_a_map_of_any_size_shows_every_region_once_and_overlaps_nothing(
    regions: int, accounts: int, waves: int
) -> None:
    root = ElementTree.fromstring(
        markup(wave_map.draw(places(regions, accounts, waves), ["pipeline", "alerts"], "A map"))
    )

    def extent(part: ElementTree.Element) -> tuple[float, ...]:
        x, y, width, height = (float(part.attrib[n]) for n in ("x", "y", "width", "height"))
        return x, y, x + width, y + height

    frames = [extent(p) for p in root.iter("rect") if "frame" in p.attrib.get("class", "")]
    cards = [extent(p[1]) for p in root.iter("g") if p.attrib.get("class") == "node"]
    assert len(cards) == regions
    assert len(frames) == waves + 1
    for boxes in (frames, cards):
        for one, other in combinations(boxes, 2):
            assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    _, _, width, height = (float(each) for each in root.attrib["viewBox"].split())
    for x, y, right, bottom in [*frames, *cards]:
        assert x >= 0
        assert y >= 0
        assert right <= width
        assert bottom <= height


def test_a_map_says_in_how_many_accounts_a_region_is() -> None:
    ragged = Places(
        "us-east-1", "111111111111", ("111111111111", "222222222222", "333333333333"),
        (
            Place("us-west-2", 1, ("111111111111",), False),
            Place("us-east-1", 2, ("111111111111", "222222222222"), True),
            Place("eu-west-1", 2, ("111111111111", "222222222222", "333333333333"), False),
        ),
    )  # fmt: skip

    said = [wave_map.accounts(ragged, place) for place in ragged.places]

    assert said == ["111111111111", "2 of 3", "3 accounts"]
