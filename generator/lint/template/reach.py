"""Whether the resource part of a statement reaches a certain thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from generator.lint.template.node import Node
from generator.lint.template.template import Resource, Template
from generator.lint.template.text import PLACEHOLDER, UNKNOWN, placeholders
from generator.plan.naming import NAMES

LEADING = re.compile(r"\$\{(\w+)(?:\.[\w.:-]+)?\}")
"""A text that begins with a reference to something named in the template."""
INSIDE = re.compile(r"(?:[:/]\*)+$")
OPAQUE = ("AWS::CloudFormation::Stack", "AWS::CloudFormation::CustomResource", "Custom::")
"""Types whose attributes can be anything."""
SAME_AS = {
    "AWS::KMS::Alias": "TargetKeyId",
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
}
"""Types that are another name of a resource, and the property that says of which."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What somebody wants to act on: a resource of the template, or a text that names it."""

    resource: Resource | None
    text: str | None

    @property
    def is_known(self) -> bool:
        return self.resource is not None or bool(self.text)


def thing_at(template: Template, node: Node) -> Thing:
    """Find what a value means."""
    return Thing(original(template, template.target(node)), node.text)


def original(template: Template, resource: Resource | None) -> Resource | None:
    """Follow an alias or a version to what it is one of."""
    for _ in SAME_AS:
        if resource is None or resource.type not in SAME_AS:
            break
        named = next(resource.get(SAME_AS[resource.type]))
        resource = template.target(named) or resource
    return resource


def reaches(template: Template, pattern: Node, thing: Thing, service: str) -> bool | None:
    """Tell whether a `Resource` element means a thing of a service; None if nobody can tell."""
    text = pattern.text
    if text is None or UNKNOWN in text:
        return None
    if not text.strip("*"):
        return True
    if text == thing.text:
        return True
    if (leading := LEADING.match(text)) is not None:
        named = template.resources.get(leading[1])
        if named is None or named.type.startswith(OPAQUE):
            return None
        named = original(template, named)
        return named is not None and thing.resource is not None and named.id == thing.resource.id
    return _arn_reaches(template, text, thing, service)


def _arn_reaches(template: Template, text: str, thing: Thing, service: str) -> bool | None:
    parts = _hidden(text).split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return None if PLACEHOLDER.search(text) else False
    if parts[2].isalnum() and parts[2].isascii() and parts[2] != service:
        return False
    local = _shown(parts[5])
    if not local.strip("*"):
        return True
    named = (template.resources.get(name.partition(".")[0]) for name in placeholders(local))
    inside = [each for each in named if each is not None]
    if inside:
        ids = {found.id for each in inside if (found := original(template, each)) is not None}
        if thing.resource is not None and thing.resource.id in ids:
            return True
        return None if any(each.type.startswith(OPAQUE) for each in inside) else False
    name = _name_of(thing)
    if name is None or UNKNOWN in name:
        return None if "*" in local or PLACEHOLDER.search(local) else False
    if _matches(local, name):
        return True
    return False if set(placeholders(local)) == set(placeholders(name)) else None


def _name_of(thing: Thing) -> str | None:
    """Give the physical name, as far as the template tells."""
    if thing.resource is not None:
        if thing.resource.type not in NAMES:
            return None
        return next(thing.resource.get(NAMES[thing.resource.type])).text
    if thing.text is None or LEADING.fullmatch(thing.text):
        return None
    parts = _hidden(thing.text).split(":", 5)
    return _shown(parts[5]) if len(parts) == 6 else thing.text


def _matches(pattern: str, name: str) -> bool:
    """Compare with and without the kind of resource in front (`function:`, `project/`)."""
    pattern, name = _hidden(pattern), _hidden(name)
    forms = {pattern, pattern.partition("/")[2], pattern.partition(":")[2]}
    # What is in it is reached as well: objects of a bucket, streams of a log group.
    forms |= {form.partition(mark)[0] for form in forms for mark in "/:"}
    forms |= {INSIDE.sub("", form) for form in forms}
    names = {name, name.partition("/")[2], name.partition(":")[2]}
    return any(_glob(form).fullmatch(each) for form in forms if form for each in names if each)


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL | re.IGNORECASE)


def allows_action(pattern: str, action: str) -> bool:
    """Tell whether an element of `Action` means an action."""
    return _glob(pattern).fullmatch(action) is not None


def _hidden(text: str) -> str:
    """Replace references by themselves without colons, so that an ARN can be split."""
    return PLACEHOLDER.sub(lambda found: found[0].replace(":", "\0"), text)


def _shown(part: str) -> str:
    return part.replace("\0", ":")
