"""What another template, or other values for it, would change: resource by resource.

The words are those of AWS's change sets. What only AWS can know, such as the result of a lookup, is
said as the template says it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from generator.plan import stateful
from generator.plan.changes import Action, Reason, Replacement, ResourceChange
from generator.plan.evaluation import parameter_values, secret_parameters
from generator.plan.leaves import Leaf, leaf_changes
from generator.plan.naming import NAMES
from generator.plan.schemas import Recreation, Schemas, TypeSchema
from generator.plan.sections import other_sections
from generator.plan.side import Side, dotted, told, value_at
from generator.plan.templates import read_template
from generator.plan.text import MASKED, as_read_back
from generator.plan.values import ABSENT, Value, references, shown

_UNKNOWN_TYPE = TypeSchema()


def differences(
    before: str | None,
    after: str,
    *,
    parameters_before: Mapping[str, str],
    parameters_after: Mapping[str, str],
    schemas: Schemas,
) -> list[ResourceChange]:
    """Compare a template with the one that is deployed (None: nothing is).

    Parameters may name pseudo parameters, such as AWS::Region, too; what is not named keeps its
    default, or stays unknown. Raises GenError when a text is no template.
    """
    if before is not None and before.isascii():
        # CloudFormation has given it back, with question marks for what is not ASCII.
        after = as_read_back(after)
        parameters_after = {k: as_read_back(value) for k, value in parameters_after.items()}
    templates = read_template(before or "{}"), read_template(after)
    secret = secret_parameters(templates[0]) | secret_parameters(templates[1])
    given = [dict(parameters_before), dict(parameters_after)]
    for name in secret:
        # AWS never gives such a value back, so whether it changes cannot be known.
        if MASKED in (given[0].get(name), given[1].get(name)):
            given[0][name] = given[1][name] = MASKED
    old, new = (
        Side(template, parameter_values(template, values, secret))
        for template, values in zip(templates, given, strict=True)
    )
    changes = resource_changes(old, new, schemas)
    renewed = {c.logical_id for c in changes if c.replacement is not Replacement.NEVER}
    return [*changes, *other_sections(old, new, secret, renewed)]


def resource_changes(old: Side, new: Side, schemas: Schemas) -> list[ResourceChange]:
    """Compare the resources of two templates, each with the values that it has."""
    modified: dict[str, list[Reason]] = {}
    bodies = {
        name: (old.values_of(old.resources[name]), new.values_of(body))
        for name, body in new.resources.items()
        if name in old.resources
    }
    for name, (was, now) in bodies.items():
        schema = schemas.get(_type(now))
        modified[name] = [_reason(leaf, schema) for leaf in leaf_changes(was, now)]
    _spread({name: now for name, (_, now) in bodies.items()}, modified, schemas)
    changes = []
    for name, body in new.resources.items():
        if name not in bodies:
            changes.append(ResourceChange(name, _type(body), Action.ADD))
        elif modified[name]:
            changes.append(_modification(name, *bodies[name], tuple(modified[name])))
    for name, body in old.resources.items():
        if name not in bodies:
            was = old.values_of(body)
            loss, consequence = stateful.removal(_type(was), stateful.deletion_policy(was))
            changes.append(
                ResourceChange(
                    name, _type(was), Action.REMOVE, data_loss=loss, consequence=consequence
                )
            )
    return changes


def _reason(leaf: Leaf, schema: TypeSchema | None) -> Reason:
    recreation = Recreation.NEVER
    if leaf.path == ("Type",):
        recreation = Recreation.ALWAYS
    elif leaf.path[0] == "Properties":
        recreation = _recreation(schema, leaf)
    return Reason(dotted(leaf.path), told(leaf.before), told(leaf.after), recreation)


def _recreation(schema: TypeSchema | None, leaf: Leaf) -> Recreation:
    """Ask the type's schema; without one, such as for a custom resource, nobody knows before."""
    if schema is None:
        return Recreation.CONDITIONALLY
    return schema.recreation(leaf.path[1:], leaf.before, leaf.after)


def _spread(
    bodies: dict[str, dict[str, Value]], modified: dict[str, list[Reason]], schemas: Schemas
) -> None:
    """Carry replacements on to the resources that name a replaced one, and on from those."""
    users: dict[str, list[tuple[str, Leaf]]] = {}
    for name, body in bodies.items():
        properties = body.get("Properties", {})
        for path, found in references(properties, ("Properties",)):
            leaf = Leaf(path, value_at(properties, path[1:]), ABSENT)
            users.setdefault(found.resource, []).append((name, leaf))
    waiting = [name for name, reasons in modified.items() if _replacement(reasons) != "False"]
    seen = set(waiting)
    while waiting:
        renewed = waiting.pop()
        for name, leaf in users.get(renewed, ()):
            path = dotted(leaf.path)
            if any(_within(path, reason.path) for reason in modified[name]):
                continue
            schema = schemas.get(_type(bodies[name]), _UNKNOWN_TYPE)
            # As AWS says it: whether the new identifier is another one shows only on execution.
            certain = schema.recreation(leaf.path[1:], leaf.before, ABSENT) is Recreation.NEVER
            recreation = Recreation.NEVER if certain else Recreation.CONDITIONALLY
            text = told(leaf.before)
            modified[name].append(Reason(path, text, text, recreation, cause=renewed))
            if not certain and name not in seen:
                seen.add(name)
                waiting.append(name)


def _replacement(reasons: list[Reason] | tuple[Reason, ...]) -> Replacement:
    """Take the gravest reason's."""
    found = {reason.recreation for reason in reasons}
    if Recreation.ALWAYS in found:
        return Replacement.ALWAYS
    return Replacement.CONDITIONAL if Recreation.CONDITIONALLY in found else Replacement.NEVER


def _modification(
    name: str, was: dict[str, Value], now: dict[str, Value], reasons: tuple[Reason, ...]
) -> ResourceChange:
    change = ResourceChange(
        name, _type(now), Action.MODIFY, replacement=_replacement(reasons), reasons=reasons
    )
    if change.replacement is Replacement.NEVER:
        return change
    if _type(was) != _type(now):
        refused = "AWS refuses to change a resource's type: give it another logical ID"
        return replace(change, consequence=refused)
    certain = change.replacement is Replacement.ALWAYS
    loss, consequence = stateful.renewal(_type(now), _policy_on_renewal(was, now), certain=certain)
    said = [_kept_name(was, now, certain=certain), consequence]
    return replace(change, data_loss=loss, consequence="; ".join(filter(None, said)))


def _policy_on_renewal(was: dict[str, Value], now: dict[str, Value]) -> str:
    """Give the policy for the old resource that both templates agree on.

    Either's may be the one that AWS follows: only what both say is sure.
    """
    policies = {str(body.get("UpdateReplacePolicy", "Delete")) for body in (was, now)}
    if policies <= stateful.KEPT:
        return "Retain"
    return "Snapshot" if policies == {"Snapshot"} else "Delete"


def _kept_name(was: dict[str, Value], now: dict[str, Value], *, certain: bool) -> str:
    """Say that AWS refuses a replacement under the old one's name."""
    name = NAMES.get(_type(now), "")
    old, new = (_properties(body).get(name) for body in (was, now))
    if new is None or old != new:
        return ""
    refused = f"AWS refuses to replace it while its {name} stays {shown(new)}"
    return refused if certain else f"if it has to be replaced, {refused}"


def _properties(body: dict[str, Value]) -> dict[str, Value]:
    found = body.get("Properties")
    return found if isinstance(found, dict) else {}


def _type(body: dict[str, Any]) -> str:
    return str(body.get("Type", "?"))


def _within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))
