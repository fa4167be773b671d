"""Know the attributes that Fn::GetAtt may ask for and ministack does not answer."""

from collections.abc import Mapping
from typing import Any

from localcloud.schemas import ResourceSchema


def complete(
    schema: ResourceSchema,
    physical_id: str,
    properties: Mapping[str, Any],
    known: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the known attributes and those that are a property or the resource's own id.

    What is neither stays unknown, so that a template that asks for it fails instead of
    going on with something made up.
    """
    found = dict(known)
    for name in schema.attributes:
        if name in found:
            continue
        value = _at(properties, name)
        if value is None and schema.identifier == (name,):
            value = physical_id
        if value is not None:
            found[name] = value
    return found


def _at(properties: Mapping[str, Any], path: str) -> Any:
    value: Any = properties
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
