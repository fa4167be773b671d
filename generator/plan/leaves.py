"""Find what differs between two values, leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from generator.plan.values import ABSENT, Value, frozen, function_of

Path = tuple[str | int, ...]
"""Keys and indices, from the outside inward; a tag's key stands for its index."""


class Leaf(NamedTuple):
    """One difference; ABSENT where there is nothing."""

    path: Path
    before: Value
    after: Value


def leaf_changes(before: Value, after: Value, path: Path = ()) -> Iterator[Leaf]:
    """Yield the differences, none when both are equal."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        if function_of(before) == function_of(after):
            for key in dict.fromkeys([*before, *after]):
                yield from leaf_changes(
                    before.get(key, ABSENT), after.get(key, ABSENT), (*path, key)
                )
            return
    elif isinstance(before, list) and isinstance(after, list):
        tags = _by_key(before), _by_key(after)
        if tags[0] is not None and tags[1] is not None:
            yield from leaf_changes(*tags, path)
        else:
            yield from _in_lists(before, after, path)
        return
    yield Leaf(path, before, after)


def _in_lists(before: list[Value], after: list[Value], path: Path) -> Iterator[Leaf]:
    """Yield what was put in, taken out and changed, so that one item more is one difference."""
    matcher = SequenceMatcher(None, [*map(frozen, before)], [*map(frozen, after)], autojunk=False)
    for operation, left, left_end, right, right_end in matcher.get_opcodes():
        if operation == "equal":
            continue
        pairs = min(left_end - left, right_end - right)
        for offset in range(pairs):
            yield from leaf_changes(
                before[left + offset], after[right + offset], (*path, right + offset)
            )
        for index in range(left + pairs, left_end):
            yield Leaf((*path, index), before[index], ABSENT)
        for index in range(right + pairs, right_end):
            yield Leaf((*path, index), ABSENT, after[index])


def _by_key(items: list[Value]) -> dict[str, Value] | None:
    """Give tags by their keys; None for what is no list of tags. Their order means nothing."""
    if not all(isinstance(item, dict) and set(item) == {"Key", "Value"} for item in items):
        return None
    named = {str(item["Key"]): item["Value"] for item in items}
    return named if len(named) == len(items) else None
