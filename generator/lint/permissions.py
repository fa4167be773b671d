"""Look up in cfn-lint's schemas what a resource's handlers take and what makes a new resource."""

from __future__ import annotations

from functools import cache
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

from generator.lint.needs import Needs
from generator.lint.set_once import SetOnce

REGION = "us-east-1"
"""Where every type of our templates exists; permissions do not differ by region."""
LIFECYCLE = ("create", "read", "update", "delete")
"""The handlers that stacks call. `list` is for Cloud Control's ListResources alone.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html"""


@cache
def permissions_of(type_name: str) -> Needs | None:
    """Look a type's permissions up; None when its schema names no handlers."""
    schema = _schema(type_name) or {}
    if not (handlers := schema.get("handlers")):
        return None
    named = {name: handlers.get(name, {}).get("permissions", ()) for name in LIFECYCLE}
    tagging = schema.get("tagging", {}).get("permissions", ())
    return Needs(
        lifecycle=frozenset([action for actions in named.values() for action in actions])
        | frozenset(tagging),
        delete=frozenset(named["delete"]),
    )


def properties_set_once(type_name: str) -> SetOnce | None:
    """Look up which properties of a type are set once; None when it has no schema."""
    if (schema := _schema(type_name)) is None:
        return None
    always, conditionally = (
        tuple(sorted(name.removeprefix("/properties/") for name in schema.get(key) or ()))
        for key in ("createOnlyProperties", "conditionalCreateOnlyProperties")
    )
    return SetOnce(always, conditionally)


def _schema(type_name: str) -> dict[str, Any] | None:
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_name).schema
    except (ResourceNotFoundError, KeyError):
        return None
    return dict(schema)
