"""What another template, or other values for it, would change: resource by resource.

The words are those of AWS's change sets. What only AWS can know, such as the result of a lookup, is
said as the template says it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from generator.plan import stateful
from generator.plan.evaluation import Evaluation, parameter_values, secret_parameters
from generator.plan.leaves import Leaf, Path, leaf_changes
from generator.plan.naming import NAMES
from generator.plan.schemas import Recreation, Schemas, TypeSchema
from generator.plan.templates import read_template, section
from generator.plan.values import ABSENT, MASK, Secret, Text, Value, references, shown

RESOURCES = "Resources"
_UNKNOWN_TYPE = TypeSchema()


class Action(StrEnum):
    """What happens."""

    ADD = "Add"
    REMOVE = "Remove"
    MODIFY = "Modify"


class Replacement(StrEnum):
    """Whether a new resource takes a modified one's place."""

    NEVER = "False"
    CONDITIONAL = "Conditional"
    ALWAYS = "True"


@dataclass(frozen=True, slots=True)
class Reason:
    """One difference within a resource or another entry of the template."""

    path: str
    """`Properties.MemorySize`, `DeletionPolicy`."""
    before: str | None
    """Readable, secrets masked; None when there was nothing."""
    after: str | None
    recreation: Recreation = Recreation.NEVER
    cause: str | None = None
    """The replaced resource whose identifiers the value has; the text itself stays the same."""


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What happens to one resource, or to one entry of another section."""

    logical_id: str
    type: str
    """A resource type; of other sections, `Parameter`, `Output`, …"""
    action: Action
    replacement: Replacement = Replacement.NEVER
    data_loss: bool = False
    consequence: str = ""
    """What becomes of the resource that is removed or replaced."""
    reasons: tuple[Reason, ...] = ()
    section: str = RESOURCES


class _Side:
    """A template with its values."""

    def __init__(self, template: dict[str, Any], values: Mapping[str, Value]):
        self.template, self.values = template, values
        self.evaluation = Evaluation(template, values)
        self.resources = self.present(RESOURCES)

    def present(self, name: str) -> dict[str, dict[str, Any]]:
        """Give a section's entries without those whose condition does not hold."""
        return {
            entry: body
            for entry, body in section(self.template, name).items()
            if isinstance(body, dict) and not self._is_off(body.get("Condition"))
        }

    def _is_off(self, condition: Any) -> bool:
        return isinstance(condition, str) and self.evaluation.holds(condition) is False

    def values_of(self, body: dict[str, Any]) -> dict[str, Value]:
        """Work out an entry: attributes, and properties if it has any."""
        values = {key: self.evaluation.value(each) for key, each in body.items()}
        if isinstance(needed := values.get("DependsOn"), str):
            values["DependsOn"] = [needed]
        if isinstance(needed := values.get("DependsOn"), list):
            values["DependsOn"] = sorted(needed, key=shown)
        return {key: each for key, each in values.items() if each is not ABSENT}


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
    templates = read_template(before or "{}"), read_template(after)
    secret = secret_parameters(templates[0]) | secret_parameters(templates[1])
    given = [dict(parameters_before), dict(parameters_after)]
    for name in secret:
        # AWS never gives such a value back, so whether it changes cannot be known.
        if MASK in (given[0].get(name), given[1].get(name)):
            given[0][name] = given[1][name] = MASK
    old, new = (
        _Side(template, parameter_values(template, values, secret))
        for template, values in zip(templates, given, strict=True)
    )
    changes = _resources(old, new, schemas)
    renewed = {c.logical_id for c in changes if c.replacement is not Replacement.NEVER}
    return [*changes, *_other_sections(old, new, secret, renewed)]


def _resources(old: _Side, new: _Side, schemas: Schemas) -> list[ResourceChange]:
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
    return Reason(_dotted(leaf.path), _text(leaf.before), _text(leaf.after), recreation)


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
            leaf = Leaf(path, _at(properties, path[1:]), ABSENT)
            users.setdefault(found.resource, []).append((name, leaf))
    waiting = [name for name, reasons in modified.items() if _replacement(reasons) != "False"]
    seen = set(waiting)
    while waiting:
        renewed = waiting.pop()
        for name, leaf in users.get(renewed, ()):
            path = _dotted(leaf.path)
            if any(_within(path, reason.path) for reason in modified[name]):
                continue
            schema = schemas.get(_type(bodies[name]), _UNKNOWN_TYPE)
            # As AWS says it: whether the new identifier is another one shows only on execution.
            certain = schema.recreation(leaf.path[1:], leaf.before, ABSENT) is Recreation.NEVER
            recreation = Recreation.NEVER if certain else Recreation.CONDITIONALLY
            text = _text(leaf.before)
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


def _other_sections(
    old: _Side, new: _Side, secret: frozenset[str], renewed: set[str]
) -> Iterator[ResourceChange]:
    """Compare everything besides the resources, entry by entry."""
    for name in dict.fromkeys([*new.template, *old.template]):
        if name == RESOURCES:
            continue
        was, now = _entries(old, name, secret), _entries(new, name, secret)
        for entry in dict.fromkeys([*now, *was]):
            nothing: Value = {} if isinstance(now.get(entry, was.get(entry)), dict) else ABSENT
            leaves = leaf_changes(was.get(entry, nothing), now.get(entry, nothing))
            reasons = [Reason(_dotted(x.path), _text(x.before), _text(x.after)) for x in leaves]
            if name == "Outputs" and entry in was and not reasons:
                reasons = _renewed_outputs(now.get(entry), renewed)
            action = Action.MODIFY
            if entry not in was or entry not in now:
                action = Action.REMOVE if entry in was else Action.ADD
            if reasons or action is not Action.MODIFY:
                yield ResourceChange(
                    entry, name.removesuffix("s"), action, reasons=tuple(reasons), section=name
                )


def _entries(side: _Side, name: str, secret: frozenset[str]) -> dict[str, Value]:
    """Give a section's entries as they are compared."""
    if name == "Outputs":
        return {k: side.values_of(body) for k, body in side.present(name).items()}
    if name == "Parameters":
        return {k: _parameter(side, k, body, secret) for k, body in _bodies(side, name).items()}
    if name == "Conditions":
        holds = side.evaluation.holds
        return {
            k: {"Definition": body, **({} if holds(k) is None else {"Value": str(holds(k))})}
            for k, body in _bodies(side, name).items()
        }
    if name in ("Mappings", "Rules", "Metadata", "Hooks"):
        return _bodies(side, name)
    return {name: side.template[name]} if name in side.template else {}


def _bodies(side: _Side, name: str) -> dict[str, Any]:
    return section(side.template, name)


def _parameter(side: _Side, name: str, body: Any, secret: frozenset[str]) -> Value:
    """Give a parameter's definition with the value it has; a secret's are masked."""
    if not isinstance(body, dict):
        return body
    definition = dict(body)
    if name in secret:
        for key in ("Default", "AllowedValues"):
            if key in definition:
                definition[key] = Text((Secret(str(definition[key])),))
    return {**definition, **({"Value": side.values[name]} if name in side.values else {})}


def _renewed_outputs(body: Value, renewed: set[str]) -> list[Reason]:
    return [
        Reason(_dotted(path), text, text, cause=found.resource)
        for path, found in references(body)
        if found.resource in renewed and (text := _text(_at(body, path)))
    ]


def _at(value: Value, path: Path) -> Value:
    for key in path:
        value = value[key]
    return value


def _type(body: dict[str, Any]) -> str:
    return str(body.get("Type", "?"))


def _text(value: Value) -> str | None:
    return None if value is ABSENT else shown(value)


def _within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


def _dotted(path: Path) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".")
