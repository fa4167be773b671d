"""A whole template: its resources, and what refers to what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from generator.lint.template.conditions import NOTHING, Conditions, Given
from generator.lint.template.node import ABSENT, Node
from generator.lint.template.text import WHOLE
from generator.plan.naming import NAMES

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that has at least a type."""

    id: str
    type: str
    body: Node
    """The mapping with `Type`, `Properties`, `DeletionPolicy`, …; its own condition is assumed."""

    def get(self, *names: str, given: Given | None = None) -> Iterator[Node]:
        """Yield a property in each branch; see Node.get."""
        return self.body.get("Properties", *names, given=given)

    @property
    def at(self) -> Node:
        """Where findings point that are about the resource as a whole."""
        return Node(self.body.value, self.body.path, self.body.conditions, self.body.given)


class Template:
    """A decoded template, however malformed."""

    def __init__(self, root: Any, read: Callable[[], str | None] = lambda: None) -> None:
        """Take what was decoded, and how to read what is written if a rule asks."""
        self._root: dict[str, Any] = root if isinstance(root, dict) else {}
        self._read = read
        self.conditions = Conditions(self._root.get("Conditions"))
        self._worked_out: dict[Any, Any] = {}

    @cached_property
    def written(self) -> str | None:
        """The file's text, comments and all; None where nobody has it."""
        return self._read()

    @cached_property
    def root(self) -> Node:
        return Node(self._root, (), self.conditions)

    @property
    def size(self) -> int | None:
        """The length of the text that was decoded; None when it is not known (after transforms)."""
        end = getattr(getattr(self._root, "end_mark", None), "index", None)
        return end if isinstance(end, int) else None

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """By logical id; without what is no resource (`Fn::ForEach`, a module's leftovers)."""
        return {
            name: Resource(name, str(node.value["Type"]), node)
            for name, node in self.section("Resources").items()
            if isinstance(node.value.get("Type"), str)
        }

    def section(self, name: str) -> dict[str, Node]:
        """Give the well-formed entries of a section: `Parameters`, `Outputs`, `Mappings`, …"""
        entries = self._root.get(name)
        if not isinstance(entries, dict):
            return {}
        return {
            key: Node(entry, (name, key), self.conditions, self._given(entry))
            for key, entry in entries.items()
            if isinstance(key, str) and isinstance(entry, dict)
        }

    def _given(self, entry: dict[Any, Any]) -> Given:
        name = entry.get("Condition")
        if not isinstance(name, str):
            return NOTHING
        return self.conditions.assume(name, True, NOTHING) or NOTHING

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of one or several types."""
        return (each for each in self.resources.values() if each.type in types)

    # ---- what a value refers to

    def target(self, node: Node, *types: str) -> Resource | None:
        """Find the resource of this template that a value means; of any type if none is named.

        By reference (`!Ref`, `!GetAtt`, `!Sub "${X.Arn}"`), or by its physical name, alone or at
        the end of an ARN.
        """
        return None if (text := node.text) is None else self.target_of(text, *types)

    def target_of(self, text: str, *types: str) -> Resource | None:
        """Find the resource that a text in the form of `Fn::Sub` means."""
        if (whole := WHOLE.fullmatch(text)) is not None and whole[1] in self.resources:
            found = self.resources[whole[1]]
            return found if found and (not types or found.type in types) else None
        for name, named in self.names.items():
            if text == name or text.endswith((f":{name}", f"/{name}")):
                for resource in named:
                    if not types or resource.type in types:
                        return resource
        return None

    @cached_property
    def names(self) -> dict[str, list[Resource]]:
        """Physical names in the form of `Fn::Sub`, and whose they are."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            if resource.type in NAMES:
                for node in resource.get(NAMES[resource.type]):
                    if node.text:
                        found.setdefault(node.text, []).append(resource)
        return found

    def default_of(self, node: Node) -> str | None:
        """Give a literal text, or what a parameter is when nobody says otherwise."""
        if (text := node.text) is None or (whole := WHOLE.fullmatch(text)) is None or whole[2]:
            return node.literal
        parameter = self.section("Parameters").get(whole[1])
        return next(parameter.get("Default")).literal if parameter else None

    # ---- work that several rules need

    def once(self, work_out: Callable[[Template], T]) -> T:
        """Work something out about this template the first time it is asked for."""
        if work_out not in self._worked_out:
            self._worked_out[work_out] = work_out(self)
        found: T = self._worked_out[work_out]
        return found


__all__ = ["ABSENT", "Resource", "Template"]
