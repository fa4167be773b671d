"""A rendered unit, to be read: its template, and its texts with what is known put into them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from generator.config.regions import partition_of
from generator.lint import Subject
from generator.lint.document import read
from generator.lint.template import Node, Resource, Template
from generator.lint.template.text import PLACEHOLDER, UNKNOWN
from generator.plan.naming import NAMES
from generator.units import Kind, Unit, Waves

SOMETHING = "…"
"""Stands for what nothing in the template tells."""
HERE = ("{account}", "{region}")
"""What a stack's own account and region are called where there are several stacks."""


@dataclass(frozen=True)
class RenderedUnit:
    """A unit's template in an environment."""

    unit: Unit
    waves: Waves
    subject: Subject = field(repr=False)
    values: dict[str, str] = field(repr=False)
    """The values that gen supplies, by parameter; all others are the template's defaults."""
    _naming: set[str] = field(default_factory=set, repr=False, compare=False)
    """What is being named."""

    @property
    def name(self) -> str:
        return self.unit.name

    @property
    def is_set(self) -> bool:
        return self.unit.kind is Kind.STACK_SET

    @property
    def instances(self) -> int:
        """How many stacks there are of it."""
        return sum(map(len, self.waves))

    @property
    def here(self) -> tuple[str, str]:
        """Give the stack's own account and region."""
        pairs = [pair for wave in self.waves for pair in wave]
        return pairs[0] if len(pairs) == 1 and not self.is_set else HERE

    @cached_property
    def template(self) -> Template:
        document = read(self.subject.text)
        root = document.as_template() if document else None
        maps = root.get("Mappings") if isinstance(root, dict) else None
        return Template(_looked_up(root, maps) if isinstance(maps, dict) else root)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Give each parameter's value, as far as it has one before the code is packaged."""
        found = {}
        for name, node in self.template.section("Parameters").items():
            default = next(node.get("Default")).literal
            value = self.values.get(name, default)
            if value is not None:
                found[name] = value
        return found

    def said(self, node: Node) -> str:
        """Write a text with the values of parameters and the names of resources put into it."""
        return SOMETHING if node.text is None else self.filled(node.text)

    def filled(self, text: str) -> str:
        """Fill a text in the form of `Fn::Sub`; what is not known is `…`."""
        text = text.replace(UNKNOWN, SOMETHING)
        return PLACEHOLDER.sub(lambda found: self._value(found[1].strip()), text).replace(
            "${!", "${"
        )

    def _value(self, name: str) -> str:
        account, region = self.here
        pseudo = {
            "AWS::AccountId": account,
            "AWS::Region": region,
            "AWS::Partition": partition_of(region) or "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        logical, _, _ = name.partition(".")
        if (resource := self.template.resources.get(logical)) is not None:
            return self.name_of(resource)
        return SOMETHING

    def name_of(self, resource: Resource) -> str:
        """Give a resource's physical name where the template says it, else its logical id."""
        if resource.type in NAMES and resource.id not in self._naming:
            # In a template that is wrong, names may refer to each other.
            self._naming.add(resource.id)
            try:
                for node in resource.get(NAMES[resource.type]):
                    if node.text is not None:
                        return self.filled(node.text)
            finally:
                self._naming.discard(resource.id)
        return resource.id


def _looked_up(value: Any, maps: dict[str, Any]) -> Any:
    """Put in what `Fn::FindInMap` finds where its names are written out."""
    match value:
        case {"Fn::FindInMap": [str(name), str(first), str(second)]}:
            found = maps.get(name, {}).get(first, {}).get(second)
            return value if found is None else found
        case dict():
            return {key: _looked_up(each, maps) for key, each in value.items()}
        case list():
            return [_looked_up(each, maps) for each in value]
    return value


_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words(name: str) -> str:
    """Write a name in CamelCase as words: `ApiBurst` is `api burst`."""
    return " ".join(_WORDS.split(name)).lower()
