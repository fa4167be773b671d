"""What another value of each parameter would do to a stack: a new version, something replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.plan.changes import Replacement
from generator.plan.differences import resource_changes
from generator.plan.evaluation import parameter_values, secret_parameters
from generator.plan.schemas import Schemas
from generator.plan.side import Side
from generator.plan.templates import read_template, section

_VERSION = "AWS::Lambda::Version"
_TURNED = str.maketrans("0123456789", "1234567890")


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens when one parameter gets another value, and nothing else changes."""

    versions: tuple[str, ...] = ()
    """Logical ids of the versions that are published anew: traffic shifts to them."""
    replaced: tuple[str, ...] = ()
    """Logical ids of what else is made anew for sure."""
    losing: tuple[str, ...] = ()
    """Those of them whose data is lost."""
    changed: tuple[tuple[str, int], ...] = ()
    """Types of what is changed in place, and how many of each."""


def effects(template: str, values: Mapping[str, str], *, schemas: Schemas) -> dict[str, Effect]:
    """Try another value for every parameter of a template, one by one.

    The values tried are of the same shape, not of the same meaning: they only tell what refers to
    the parameter. Raises GenError when the text is no template.
    """
    read = read_template(template)
    secret = secret_parameters(read)
    before = Side(read, parameter_values(read, values, secret))
    found = {}
    for name, definition in section(read, "Parameters").items():
        tried = _another(definition if isinstance(definition, dict) else {}, values.get(name))
        after = Side(read, parameter_values(read, {**values, name: tried}, secret))
        found[name] = _effect(before, after, schemas)
    return found


def _effect(before: Side, after: Side, schemas: Schemas) -> Effect:
    changes = resource_changes(before, after, schemas)
    renewed = [c for c in changes if c.replacement is Replacement.ALWAYS]
    versions = tuple(c.logical_id for c in renewed if c.type == _VERSION)
    # What only takes the number of a new version is part of making it.
    in_place = [c for c in changes if c.replacement is not Replacement.ALWAYS]
    return Effect(
        versions=versions,
        replaced=tuple(c.logical_id for c in renewed if c.type != _VERSION),
        losing=tuple(c.logical_id for c in changes if c.data_loss),
        changed=tuple(Counter(c.type for c in in_place if any(_own(c, versions))).items()),
    )


def _own(change: Any, versions: tuple[str, ...]) -> Iterator[bool]:
    """Yield for each reason of a change whether it is another one than a new version."""
    yield from (reason.cause not in versions for reason in change.reasons)
    if not change.reasons:
        yield True


def _another(definition: dict[str, Any], value: str | None) -> str:
    """Give a value that is not the present one."""
    allowed = [str(each) for each in definition.get("AllowedValues") or ()]
    present = str(definition.get("Default", "")) if value is None else value
    if others := [each for each in allowed if each.lower() != present.lower()]:
        return others[0]
    turned = present.translate(_TURNED)
    return turned if turned != present else f"{present}x"
