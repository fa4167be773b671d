"""Pack account × region pairs into rectangles: a StackSet call names accounts and regions."""

from __future__ import annotations

from collections.abc import Iterable

from generator.plan.state import Group
from generator.units import Pair


def rectangles(pairs: Iterable[Pair]) -> list[Group]:
    """Cover exactly the given pairs, in their order, by accounts × regions.

    Regions with the same accounts share a call, and so do accounts with the same regions, whichever
    takes fewer calls.
    """
    wanted = list(dict.fromkeys(pairs))
    by_region = _merge((region, account) for account, region in wanted)
    by_account = _merge(wanted)
    if len(by_account) < len(by_region):
        return [Group(accounts=keys, regions=values) for keys, values in by_account]
    return [Group(accounts=values, regions=keys) for keys, values in by_region]


def _merge(rows: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Gather the values of each key, then the keys that have the same values."""
    values: dict[str, list[str]] = {}
    for key, value in rows:
        values.setdefault(key, []).append(value)
    same: dict[frozenset[str], tuple[list[str], tuple[str, ...]]] = {}
    for key, found in values.items():
        same.setdefault(frozenset(found), ([], tuple(found)))[0].append(key)
    return [(tuple(keys), found) for keys, found in same.values()]
