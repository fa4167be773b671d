"""Give each node a column and its place in that: the first half of a layered drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

Link = tuple[str, str]
Chain = Sequence[tuple[str, int]]
"""The places that a link passes, each with its column."""
_SWEEPS = 12


def break_cycles(nodes: Iterable[str], links: Sequence[Link]) -> list[Link]:
    """Turn links round that lead back, so that there are no cycles."""
    after: dict[str, list[str]] = {}
    for source, target in links:
        after.setdefault(source, []).append(target)
    done: set[str] = set()
    under_way: set[str] = set()
    back: set[Link] = set()
    entered = {target for _, target in links}
    for start in sorted(nodes, key=lambda name: name in entered):
        waiting: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            under_way.add(start)
            waiting.append((start, iter(after.get(start, ()))))
        while waiting:
            name, following = waiting[-1]
            target = next(following, "")
            if not target:
                waiting.pop()
                under_way.discard(name)
                done.add(name)
            elif target in under_way:
                back.add((name, target))
            elif target not in done:
                under_way.add(target)
                waiting.append((target, iter(after.get(target, ()))))
    return [(link[1], link[0]) if link in back else link for link in links]


def assign_columns(nodes: Mapping[str, float], links: Sequence[Link]) -> dict[str, int]:
    """Give each node the first column after all that lead to it; then pull what leads to few."""
    column = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for source, target in links:
            column[target] = max(column[target], column[source] + 1)
    for name in sorted(nodes, key=lambda n: -column[n]):
        following = [column[target] for source, target in links if source == name]
        if following and not any(target == name for _, target in links):
            column[name] = min(following) - 1
    return column


def chain_of(number: int, link: Link, columns: Mapping[str, int]) -> list[tuple[str, int]]:
    """Name the places that a link passes: its ends, and one in each column between them."""
    source, target = link
    between = range(columns[source] + 1, columns[target])
    return [
        (source, columns[source]),
        *((f"\0{number}.{column}", column) for column in between),
        (target, columns[target]),
    ]


def order(
    nodes: Iterable[str], chains: Sequence[Chain], depth: Mapping[str, int]
) -> list[list[str]]:
    """Order each column by where its neighbours are, again and again."""
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in [*nodes, *(name for name in depth if name.startswith("\0"))]:
        columns[depth[name]].append(name)
    before, after = neighbours_of(chains)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        beside = before if forward else after
        for column in columns if forward else reversed(columns):
            place = {name: n for each in columns for n, name in enumerate(each)}

            def wanted(name: str, place: dict[str, int] = place,
                       beside: dict[str, list[str]] = beside) -> float:  # fmt: skip
                near = [place[each] for each in beside.get(name, ())]
                return sum(near) / len(near) if near else place[name]

            column.sort(key=wanted)
    return columns


def neighbours_of(
    chains: Sequence[Chain],
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for chain in chains:
        for (left, _), (right, _) in pairwise(chain):
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    return before, after
