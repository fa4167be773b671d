"""Who may do what: every role's statements, as they stand in the templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.lint.template import Kind, Node, Resource, Statement, statements
from generator.lint.template.conditions import function_of
from generator.lint.template.pipelines import granted
from generator.lint.template.text import WHOLE, text_of
from generator.picture.unit import SOMETHING, RenderedUnit, words

ROLE = "AWS::IAM::Role"
MANAGED = "managed policy"
"""Stands for the service of what is allowed by a policy that the template only names."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one statement allows, or denies, of one service."""

    allows: bool
    service: str
    actions: tuple[str, ...]
    """Without the service's prefix."""
    resources: tuple[str, ...]
    conditions: tuple[str, ...]
    sid: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role, who may take it on, and what it may do then."""

    unit: str
    name: str
    description: str
    trusted: tuple[str, ...]
    grants: tuple[Grant, ...]

    @property
    def allowed(self) -> dict[str, int]:
        """Count the actions that it is allowed, by service."""
        found: dict[str, set[str]] = {}
        for grant in self.grants:
            if grant.allows:
                found.setdefault(grant.service, set()).update(grant.actions)
        return {service: len(actions) for service, actions in found.items()}


def roles_of(units: Iterable[RenderedUnit]) -> tuple[Role, ...]:
    """List all roles, unit by unit."""
    return tuple(
        Role(
            unit=unit.name,
            name=unit.name_of(role),
            description=next(role.get("Description")).literal or "",
            trusted=tuple(dict.fromkeys(_trusted(unit, role))),
            grants=(
                *(grant for each in granted(unit.template, role) for grant in _grants(unit, each)),
                *_managed(unit, role),
            ),
        )
        for unit in units
        for role in unit.template.of_type(ROLE)
    )


def _trusted(unit: RenderedUnit, role: Resource) -> Iterator[str]:
    for statement in statements(unit.template):
        if statement.kind is Kind.TRUST and statement.owner.id == role.id and statement.allows:
            for _, node in statement.principals():
                yield short(unit, node)


def _managed(unit: RenderedUnit, role: Resource) -> Iterator[Grant]:
    """Tell the policies whose text is not in the template: AWS's own, as a rule."""
    for listed in role.get("ManagedPolicyArns"):
        for node in listed.items():
            if unit.template.target(node, "AWS::IAM::ManagedPolicy") is None:
                name = unit.said(node).rpartition("/")[2]
                yield Grant(True, MANAGED, (name,), ("as that policy says",), (), "")


def _grants(unit: RenderedUnit, statement: Statement) -> Iterator[Grant]:
    by_service: dict[str, list[str]] = {}
    for name, but in (("Action", ""), ("NotAction", "all but ")):
        for node in statement.each(name):
            service, colon, action = unit.said(node).partition(":")
            by_service.setdefault(service if colon else "any", []).append(
                but + (action if colon else service)
            )
    resources = [short(unit, node) for node in statement.each("Resource")]
    resources += [f"all but {short(unit, node)}" for node in statement.each("NotResource")]
    conditions = tuple(dict.fromkeys(_conditions(unit, statement)))
    for service, actions in by_service.items():
        yield Grant(
            allows=statement.allows,
            service=service,
            actions=tuple(dict.fromkeys(actions)),
            resources=tuple(dict.fromkeys(resources)) or ("*",),
            conditions=conditions,
            sid=next(statement.node.get("Sid")).literal or "",
        )


def _conditions(unit: RenderedUnit, statement: Statement) -> Iterator[str]:
    for node in statement.node.get("Condition"):
        for operator, keys in node.fields():
            for key, values in keys.fields():
                said = ", ".join(short(unit, each) for each in values.items()) or SOMETHING
                yield f"{key} {operator} {said}"


def short(unit: RenderedUnit, node: Node) -> str:
    """Write a name or ARN briefly: the stack's own account and region are left out."""
    match function_of(node.value):
        case ("Fn::ImportValue", exported):
            return unit.filled(text_of(exported) or SOMETHING)
    text = node.text
    if text is None:
        return SOMETHING
    whole = WHOLE.fullmatch(text)
    if whole and (resource := unit.template.resources.get(whole[1])) is not None:
        return f"{words(resource.type.rpartition('::')[2])} {unit.name_of(resource)}"
    return brief(unit.filled(text), unit.here)


def brief(arn: str, here: tuple[str, str]) -> str:
    """Shorten an ARN: without account and region where they are the stack's own."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return arn
    _, _, service, region, account, name = parts
    where = [each for each in (region, account) if each not in (*here, "")]
    return f"{service} {name}" + (f" ({', '.join(where)})" if where else "")
