"""Compare what a template says besides its resources: parameters, outputs, conditions, …"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.plan.changes import RESOURCES, Action, Reason, ResourceChange
from generator.plan.leaves import leaf_changes
from generator.plan.side import Side, dotted, told, value_at
from generator.plan.templates import section
from generator.plan.values import ABSENT, Secret, Text, Value, references


def other_sections(
    old: Side, new: Side, secret: frozenset[str], renewed: set[str]
) -> Iterator[ResourceChange]:
    """Compare everything besides the resources, entry by entry."""
    for name in dict.fromkeys([*new.template, *old.template]):
        if name == RESOURCES:
            continue
        was, now = _entries(old, name, secret), _entries(new, name, secret)
        for entry in dict.fromkeys([*now, *was]):
            nothing: Value = {} if isinstance(now.get(entry, was.get(entry)), dict) else ABSENT
            leaves = leaf_changes(was.get(entry, nothing), now.get(entry, nothing))
            reasons = [Reason(dotted(x.path), told(x.before), told(x.after)) for x in leaves]
            if name == "Outputs" and entry in was and not reasons:
                reasons = _renewed_outputs(now.get(entry), renewed)
            action = Action.MODIFY
            if entry not in was or entry not in now:
                action = Action.REMOVE if entry in was else Action.ADD
            if reasons or action is not Action.MODIFY:
                yield ResourceChange(
                    entry, name.removesuffix("s"), action, reasons=tuple(reasons), section=name
                )


def _entries(side: Side, name: str, secret: frozenset[str]) -> dict[str, Value]:
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


def _bodies(side: Side, name: str) -> dict[str, Any]:
    return section(side.template, name)


def _parameter(side: Side, name: str, body: Any, secret: frozenset[str]) -> Value:
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
        Reason(dotted(path), text, text, cause=found.resource)
        for path, found in references(body)
        if found.resource in renewed and (text := told(value_at(body, path)))
    ]
