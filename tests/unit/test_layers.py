"""The layout of pictures: nothing overlaps, and no line passes under a box."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.report.diagram.layers import Box, Layout, layered

pytestmark = pytest.mark.unit

HEIGHT = 46


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, float], list[tuple[str, str]]]:
    """Draw a graph as it may come: cycles, long ways, what hangs on nothing."""
    names = [f"n{number}" for number in range(draw(st.integers(1, 24)))]
    ends = st.sampled_from(names)
    links = st.tuples(ends, ends).filter(lambda link: link[0] != link[1])
    heights = draw(st.lists(st.sampled_from([46, 60]), min_size=len(names), max_size=len(names)))
    return dict(zip(names, heights, strict=True)), draw(st.lists(links, max_size=40, unique=True))


def overlap(one: Box, other: Box) -> bool:
    apart = (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y + 1e-6
        or other.y + other.height <= one.y + 1e-6
    )
    return not apart


def check(layout: Layout, links: list[tuple[str, str]]) -> None:
    boxes = layout.boxes
    for one, other in combinations(boxes, 2):
        assert not overlap(boxes[one], boxes[other]), (one, other)
    for box in boxes.values():
        assert box.x >= 0
        assert box.y >= -1e-6
        assert box.x + box.width <= layout.width + 1e-6
        assert box.y + box.height <= layout.height + 1e-6
    for (source, target), line in zip(links, layout.lines, strict=True):
        first, last = boxes[source], boxes[target]
        assert line[0][0] in (first.x, first.x + first.width)
        assert line[-1][0] in (last.x, last.x + last.width)
        assert first.y < line[0][1] < first.y + first.height
        assert last.y < line[-1][1] < last.y + last.height
        for (x, y), (to_x, to_y) in pairwise(line):
            # Between two columns there is no box; within one, the line is level.
            for name, box in boxes.items():
                if min(x, to_x) < box.x + box.width and max(x, to_x) > box.x:
                    assert y == to_y
                    assert not box.y < y < box.y + box.height, name


@given(graphs())
def test_boxes_and_lines_stay_out_of_each_others_way(
    graph: tuple[dict[str, float], list[tuple[str, str]]],
) -> None:
    nodes, links = graph

    check(layered(nodes, links), links)


@pytest.mark.parametrize("functions", [1, 2, 9, 50])
def test_a_service_of_any_size_is_laid_out(functions: int) -> None:
    names = [f"function-{number}" for number in range(functions)]
    links = [
        ("clients", "api"),
        *(("api", name) for name in names),
        *((name, "table") for name in names),
        *(("codedeploy", name) for name in names),
        ("table", "codedeploy"),
    ]
    nodes = dict.fromkeys(["clients", "api", *names, "table", "codedeploy"], HEIGHT)

    layout = layered(nodes, links)

    check(layout, links)
    assert layout.width < 1500


def test_the_same_graph_is_always_laid_out_the_same() -> None:
    nodes = dict.fromkeys("abcdef", HEIGHT)
    links = [("a", "c"), ("b", "c"), ("c", "d"), ("a", "d"), ("d", "b"), ("e", "f")]

    assert layered(nodes, links) == layered(nodes, links)


def test_what_feeds_stands_left_of_what_is_fed() -> None:
    boxes = layered(dict.fromkeys("cba", HEIGHT), [("a", "b"), ("b", "c")]).boxes

    assert boxes["a"].x < boxes["b"].x < boxes["c"].x
    assert boxes["a"].y == boxes["b"].y == boxes["c"].y


def test_nothing_at_all_is_an_empty_picture() -> None:
    assert layered({}, []) == Layout(0, 0, {}, ())
