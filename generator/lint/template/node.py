"""A place in a template, in one of its branches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from generator.lint.template.conditions import NOTHING, Conditions, Given, function_of
from generator.lint.template.text import literal, text_of

Path = tuple[str | int, ...]
ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""The value of a property that isn't there, or is `AWS::NoValue`."""

MOST_WAYS = 64
"""In how many combinations of conditions a list is looked at."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value as written, where it stands, and what is assumed of conditions there.

    Three things can be known of it: it is absent, it is unknown (an intrinsic function that is not
    resolved), or it is a mapping, a list or a scalar.
    """

    value: Any
    path: Path
    """From the template's root; of an absent value, that of what it is absent from."""
    conditions: Conditions = field(repr=False, compare=False)
    given: Given = field(default_factory=lambda: NOTHING, compare=False)

    # ---- what it is

    @property
    def is_absent(self) -> bool:
        return self.value is ABSENT

    @property
    def is_unknown(self) -> bool:
        """Whether an intrinsic function stands here, so that the value can't be told."""
        return function_of(self.value) is not None

    @property
    def is_known(self) -> bool:
        return not self.is_absent and not self.is_unknown

    @property
    def is_true(self) -> bool:
        """Whether CloudFormation takes it for true: the boolean, or the word."""
        return str(self.value).lower() == "true"

    @property
    def is_false(self) -> bool:
        return str(self.value).lower() == "false"

    @property
    def text(self) -> str | None:
        """A scalar, Ref, GetAtt, Sub or Join in the form of `Fn::Sub`; None for anything else."""
        return text_of(self.value)

    @property
    def literal(self) -> str | None:
        """The text, when it refers to nothing."""
        return None if (text := self.text) is None else literal(text)

    @property
    def number(self) -> float | None:
        """The literal number, also when it is written as text."""
        try:
            return None if isinstance(self.value, bool) else float(self.value)
        except (TypeError, ValueError):
            return None

    # ---- what is below it, in each branch

    def get(self, *names: str, given: Given | None = None) -> Iterator[Node]:
        """Yield what stands under a name (under the names, one below the other) in each branch.

        Always yields: an absent node where something is missing on the way, an unknown one where
        an intrinsic function hides the rest. `given` adds what another node has assumed:
        `key.get("EnableKeyRotation", given=origin.given)`.
        """
        here = self if given is None else self.assuming(given)
        for node in here.branches():
            if not names:
                yield node
            elif not isinstance(node.value, dict):
                # A scalar or list where a mapping should be is another rule's business (E3002).
                yield node if node.is_unknown else node._absent()
            elif node.is_unknown:
                yield node
            elif names[0] in node.value:
                yield from node._child(names[0]).get(*names[1:])
            else:
                yield node._absent()

    def items(self) -> Iterator[Node]:
        """Yield the elements in each branch; a scalar or mapping is its own only element.

        Nothing for what is absent or unknown, and no element that is absent.
        """
        for node in self.branches():
            if isinstance(node.value, list):
                for position in range(len(node.value)):
                    for item in node._child(position).branches():
                        if isinstance(item.value, list):
                            yield from item.items()
                        elif not item.is_absent:
                            yield item
            elif node.is_known or node.text is not None:
                yield node

    def elements(self) -> Iterator[Node]:
        """Yield the elements in each branch, those that are unknown as well."""
        for node in self.branches():
            if isinstance(node.value, list):
                for position in range(len(node.value)):
                    yield from node._child(position).elements()
            elif not node.is_absent:
                yield node

    def each(self, *names: str) -> Iterator[Node]:
        """Yield what is there under the names, `*` being each element of a list; nothing absent."""
        before = names[: names.index("*")] if "*" in names else names
        for node in self.get(*before):
            if len(before) == len(names):
                if not node.is_absent:
                    yield node
            else:
                for item in node.items():
                    yield from item.each(*names[len(before) + 1 :])

    def together(self) -> Iterator[list[Node]]:
        """Yield the elements that a list has at the same time, once for each way it can be.

        Nothing for what is no list.
        """
        for node in self.branches():
            if isinstance(node.value, list):
                ways: list[tuple[Given, list[Node]]] = [(node.given, [])]
                for position in range(len(node.value)):
                    ways = [
                        (item.given, [*before, *([] if item.is_absent else [item])])
                        for given, before in ways[:MOST_WAYS]
                        for item in node._child(position).assuming(given).branches()
                    ]
                yield from (elements for _, elements in ways)

    def fields(self) -> Iterator[tuple[str, Node]]:
        """Yield each name of a mapping with what stands there, in each branch."""
        for node in self.branches():
            if isinstance(node.value, dict) and not node.is_unknown:
                for name in node.value:
                    if not str(name).startswith("Fn::"):
                        yield from ((str(name), child) for child in node._child(name).branches())

    def branches(self) -> Iterator[Node]:
        """Yield this place without `Fn::If`, once for each branch that can be."""
        match function_of(self.value):
            case ("Fn::If", [str(name), _, _]):
                for truth, assumed in self.conditions.branches(name, self.given):
                    branch = self._child("Fn::If").assuming(assumed)._child(1 if truth else 2)
                    yield from branch.branches()
            case ("Ref", "AWS::NoValue"):
                yield self._absent(self.path)
            case _:
                yield self

    def assuming(self, given: Given) -> Node:
        """Give the same place with more assumptions."""
        together = given if not self.given else {**self.given, **given}
        return Node(self.value, self.path, self.conditions, together)

    def walk(self) -> Iterator[Node]:
        """Yield this place and everything below it as it is written, `Fn::If` included."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            if isinstance(node.value, dict):
                waiting += [node._child(name) for name in reversed(node.value)]
            elif isinstance(node.value, list):
                waiting += [node._child(n) for n in reversed(range(len(node.value)))]

    def texts(self) -> Iterator[Node]:
        """Yield every text below as it is written, not what one is put together from."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if node.text is not None:
                yield node
            elif isinstance(node.value, dict):
                waiting += [node._child(name) for name in reversed(node.value)]
            elif isinstance(node.value, list):
                waiting += [node._child(n) for n in reversed(range(len(node.value)))]

    def search(self, pattern: re.Pattern[str]) -> Iterator[Node]:
        """Yield every string below this place, as it is written, in which a pattern is found."""
        waiting: list[tuple[Any, Path]] = [(self.value, self.path)]
        while waiting:
            value, path = waiting.pop()
            if isinstance(value, dict):
                waiting += [(value[name], (*path, name)) for name in reversed(value)]
            elif isinstance(value, list):
                waiting += [(value[n], (*path, n)) for n in reversed(range(len(value)))]
            elif isinstance(value, str) and pattern.search(value):
                yield Node(value, path, self.conditions, self.given)

    def _child(self, name: str | int) -> Node:
        return Node(self.value[name], (*self.path, name), self.conditions, self.given)

    def _absent(self, path: Path | None = None) -> Node:
        return Node(ABSENT, self.path if path is None else path, self.conditions, self.given)
