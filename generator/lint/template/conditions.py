"""Which branches of a template can be true together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Given = Mapping[str, bool]
"""What is assumed of conditions, by name."""
NOTHING: Given = {}
DEEPEST = 20
"""How far definitions are followed: a condition may, wrongly, be defined by itself."""


class Conditions:
    """The conditions of a template; what can't be decided counts as possible."""

    def __init__(self, definitions: Any) -> None:
        self._definitions = definitions if isinstance(definitions, dict) else {}

    def branches(self, name: Any, given: Given) -> Iterator[tuple[bool, Given]]:
        """Yield each truth that a condition can have, and what is so then."""
        for truth in (True, False):
            if isinstance(name, str) and (assumed := self.assume(name, truth, given)) is not None:
                yield truth, assumed

    def assume(self, name: str, truth: bool, given: Given) -> Given | None:
        """Add what follows when a condition has a truth; None when it can't have it."""
        known = self._truth({"Condition": name}, given)
        if known is not None:
            return given if known is truth else None
        assumed = {**given}
        self._follow({"Condition": name}, truth, assumed, DEEPEST)
        return assumed

    def both(self, one: Given, other: Given) -> Given | None:
        """Join two sets of assumptions; None when they can't be true together."""
        together: Given | None = one
        for name, truth in other.items():
            if together is None:
                return None
            if IS in name:  # a fact, which follows from a condition that is assumed as well
                continue
            together = self.assume(name, truth, together)
        return together

    def cover(self, cases: Iterable[Given], given: Given, deep: int = 8) -> bool:
        """Tell whether one of several cases is so, however the conditions turn out.

        What would take too many steps to find out counts as covered.
        """
        possible = []
        for case in cases:
            truths = {n: self._truth({"Condition": n}, given) for n in case if IS not in n}
            if _contradict(case, given) or any(
                truth is (not case[name]) for name, truth in truths.items()
            ):
                continue
            if None not in truths.values():
                return True
            possible.append((case, next(name for name in truths if truths[name] is None)))
        if not possible or not deep:
            return bool(possible)
        return all(
            self.cover([case for case, _ in possible], assumed, deep - 1)
            for _, assumed in self.branches(possible[0][1], given)
        )

    def _follow(self, expression: Any, truth: bool, assumed: dict[str, bool], deep: int) -> None:
        match function_of(expression):
            case ("Condition", str(name)) if deep and name not in assumed:
                assumed[name] = truth
                self._follow(self._definitions.get(name), truth, assumed, deep - 1)
            case ("Fn::Not", [operand]):
                self._follow(operand, not truth, assumed, deep)
            case ("Fn::And", list(operands)) if truth:
                for operand in operands:
                    self._follow(operand, True, assumed, deep)
            case ("Fn::Or", list(operands)) if not truth:
                for operand in operands:
                    self._follow(operand, False, assumed, deep)
            case ("Fn::Equals", [left, right]) if truth and (fact := _fact(left, right)):
                assumed[fact] = True
            case _:
                pass

    def _truth(self, expression: Any, given: Given, deep: int = DEEPEST) -> bool | None:
        match function_of(expression):
            case ("Condition", str(name)):
                if name in given:
                    return given[name]
                return self._truth(self._definitions.get(name), given, deep - 1) if deep else None
            case ("Fn::Not", [operand]):
                truth = self._truth(operand, given, deep)
                return None if truth is None else not truth
            case ("Fn::And", list(operands)):
                truths = [self._truth(operand, given, deep) for operand in operands]
                return False if False in truths else None if None in truths else True
            case ("Fn::Or", list(operands)):
                truths = [self._truth(operand, given, deep) for operand in operands]
                return True if True in truths else None if None in truths else False
            case ("Fn::Equals", [left, right]):
                return _equal(left, right, given)
        return None


def agree(one: Given, other: Given) -> bool:
    """Tell whether what is assumed at two places can be so at once."""
    return all(other.get(name, truth) is truth for name, truth in one.items())


def function_of(value: Any) -> tuple[str, Any] | None:
    """Take an intrinsic function apart into its name and argument; None for any other value."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        if isinstance(name, str) and (name.startswith("Fn::") or name in ("Ref", "Condition")):
            return str(name), argument
    return None


def _contradict(one: Given, other: Given) -> bool:
    return any(name in other and other[name] is not truth for name, truth in one.items())


def _equal(left: Any, right: Any, given: Given) -> bool | None:
    if not isinstance(left, dict | list) and not isinstance(right, dict | list):
        return str(left) == str(right)
    if (fact := _fact(left, right)) is None:
        return None
    if fact in given:
        return True
    # One value cannot be equal to two.
    about = fact.partition(IS)[0]
    return False if any(known.startswith(about + IS) for known in given) else None


IS = " is "


def _fact(left: Any, right: Any) -> str | None:
    """Name the fact that something has a literal value, whichever way round it is written."""
    if isinstance(left, str):
        left, right = right, left
    if not isinstance(left, dict) or isinstance(right, dict | list):
        return None
    return f"{canonical(left)}{IS}{right}"


def canonical(value: Any) -> str:
    """Write a value so that equal ones are written the same."""
    try:
        return json.dumps(value, sort_keys=True, default=str)
    except (TypeError, ValueError):  # keys of several kinds have no order
        return repr(value)
