"""What a part of a template refers to, and what has to be there before it."""

from __future__ import annotations

from collections.abc import Iterator

from generator.lint.template.conditions import function_of
from generator.lint.template.node import Node
from generator.lint.template.template import Resource, Template
from generator.lint.template.text import placeholders


def referred(node: Node) -> frozenset[str]:
    """Name all that stands in `Ref`, `GetAtt` and `Sub` at a node and below, without attributes."""
    return frozenset(name for place in node.walk() for name in _named(place))


def _named(place: Node) -> Iterator[str]:
    match function_of(place.value):
        case ("Ref", str(name)):
            yield name
        case ("Fn::GetAtt", str(name) | [str(name), *_]):
            yield name.partition(".")[0]
        case ("Fn::Sub", str(text)):
            yield from (name.partition(".")[0] for name in placeholders(text))
        case ("Fn::Sub", [str(text), dict(values), *_]):
            own = [name for name in placeholders(text) if name not in values]
            yield from (name.partition(".")[0] for name in own)


def depends_on(resource: Resource) -> frozenset[str]:
    """Name what `DependsOn` of a resource lists."""
    return frozenset(
        str(node.value) for listed in resource.body.get("DependsOn") for node in listed.items()
    )


def made_before(template: Template, resource: Resource) -> frozenset[str]:
    """Name every resource that a resource waits for, directly or by way of others."""
    found: set[str] = set()
    waiting = [resource]
    while waiting:
        each = waiting.pop()
        for name in (depends_on(each) | referred(each.body)) - found:
            if name in template.resources:
                found.add(name)
                waiting.append(template.resources[name])
    return frozenset(found)
