"""Pack account × region pairs into rectangles: a StackSet call names accounts and regions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.plan.state import Group
from generator.units import Pair

MOST_INSTANCES = 10_000
"""Of one call. AWS names no limit for its accounts or regions, but one for the stack instances that
operations of an administrator account may be about at the same time.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


def rectangles(pairs: Iterable[Pair], *, most: int = MOST_INSTANCES) -> list[Group]:
    """Cover exactly the given pairs, in their order, by accounts × regions of at most `most`.

    Regions with the same accounts share a call, and so do accounts with the same regions, whichever
    takes fewer calls. (To find the very fewest is as hard as covering a graph with bicliques; of
    the 65,536 ways to leave pairs out of 4 × 4, 97 % come out best, the others one call longer.)
    """
    wanted = list(dict.fromkeys(pairs))
    by_region = _merge((region, account) for account, region in wanted)
    by_account = _merge(wanted)
    groups = [Group(accounts=values, regions=keys) for keys, values in by_region]
    if len(by_account) < len(by_region):
        groups = [Group(accounts=keys, regions=values) for keys, values in by_account]
    places = [
        {name: n for n, name in enumerate(dict.fromkeys(names))}
        for names in zip(*wanted, strict=True)
    ]
    return [part for group in groups for part in _parts(_sorted(group, *places), most)]


def _sorted(group: Group, accounts: dict[str, int], regions: dict[str, int]) -> Group:
    """Put names in the order in which the pairs have them, whatever they were gathered by."""
    return Group(
        tuple(sorted(group.accounts, key=accounts.__getitem__)),
        tuple(sorted(group.regions, key=regions.__getitem__)),
    )


def _parts(group: Group, most: int) -> Iterator[Group]:
    """Split what is too much for a call by accounts: regions alone are never too many."""
    size = max(1, most // len(group.regions))
    for start in range(0, len(group.accounts), size):
        yield Group(group.accounts[start : start + size], group.regions)


def _merge(rows: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Gather the values of each key, then the keys that have the same values."""
    values: dict[str, list[str]] = {}
    for key, value in rows:
        values.setdefault(key, []).append(value)
    same: dict[frozenset[str], tuple[list[str], tuple[str, ...]]] = {}
    for key, found in values.items():
        same.setdefault(frozenset(found), ([], tuple(found)))[0].append(key)
    return [(tuple(keys), found) for keys, found in same.values()]
