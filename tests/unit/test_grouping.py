"""Few calls for many pairs."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.plan.grouping import MOST_INSTANCES, rectangles

pytestmark = pytest.mark.unit

PAIRS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")), max_size=40)


@settings(deadline=None)
@given(PAIRS, st.integers(6, 40))
def test_every_pair_is_in_exactly_one_call_and_no_call_is_too_big(
    pairs: list[tuple[str, str]], most: int
) -> None:
    groups = rectangles(pairs, most=most)
    covered = [pair for group in groups for pair in group.pairs]
    assert sorted(covered) == sorted(set(pairs))
    assert all(len(group.pairs) <= most for group in groups)


@settings(deadline=None)
@given(PAIRS)
@example([("a", "u"), ("a", "w"), ("c", "w"), ("b", "u"), ("b", "w"), ("c", "u")])
def test_the_order_of_the_pairs_is_that_of_the_calls(pairs: list[tuple[str, str]]) -> None:
    for group in rectangles(pairs):
        for names, place in ((group.accounts, 0), (group.regions, 1)):
            order = list(dict.fromkeys(pair[place] for pair in pairs))
            assert list(names) == sorted(names, key=order.index)


def test_no_three_accounts_in_three_regions_take_a_call_too_many() -> None:
    cells = list(product("abc", "xyz"))
    sides = [[n for n in range(3) if bits >> n & 1] for bits in range(1, 8)]
    blocks = [frozenset(cells[3 * a + r] for a in some for r in others)
              for some, others in product(sides, sides)]  # fmt: skip

    @cache
    def fewest(rest: frozenset[tuple[str, str]]) -> int:
        if not rest:
            return 0
        first = min(rest)
        return 1 + min(fewest(rest - b) for b in blocks if first in b and b <= rest)

    for bits in range(1 << 9):
        wanted = [cell for n, cell in enumerate(cells) if bits >> n & 1]
        assert len(rectangles(wanted)) == fewest(frozenset(wanted)), wanted


CASES = {
    "all regions of all accounts": ([(a, r) for a in "abc" for r in "xyz"], 1),
    "one pair left out": ([(a, r) for a in "abc" for r in "xyz" if a + r != "bz"], 2),
    "a new account beside one that lacks a region": (
        [("a", "z"), ("b", "x"), ("b", "y"), ("b", "z")], 2,
    ),
    "an account that is left out of a region, and a region that two leave out": (
        [(a, r) for a in "abcd" for r in "wxyz" if a + r not in ("aw", "bz", "cz")], 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("pairs", "calls"), CASES.values(), ids=CASES.keys())
def test_ragged_targets_take_few_calls(pairs: list[tuple[str, str]], calls: int) -> None:
    assert len(rectangles(pairs)) == calls


def test_a_call_is_about_no_more_instances_than_aws_works_on_at_once() -> None:
    regions = [f"region-{n}" for n in range(20)]
    full = [(f"{n:012}", region) for n in range(500) for region in regions]
    assert len(full) == MOST_INSTANCES
    assert len(rectangles(full)) == 1
    more = [*full, *(("9" * 12, region) for region in regions)]
    assert [len(group.pairs) for group in rectangles(more)] == [MOST_INSTANCES, 20]
