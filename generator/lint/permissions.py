"""Look up in cfn-lint's schemas what handlers take, what makes a new resource, what takes tags."""

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


@cache
def tag_property_of(type_name: str) -> str | None:
    """Look up in which property a type takes tags; None when it takes none."""
    schema = _schema(type_name) or {}
    named = {"taggable": "Tags" in schema.get("properties", {})} | schema.get("tagging", {})
    if not named["taggable"]:
        return None
    return str(named.get("tagProperty", "/properties/Tags")).removeprefix("/properties/")


@cache
def stack_tags_reach(type_name: str) -> bool:
    """Tell whether a type's schema promises that the tags of a stack are set on creation."""
    return bool((_schema(type_name) or {}).get("tagging", {}).get("tagOnCreate"))


def _schema(type_name: str) -> dict[str, Any] | None:
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_name).schema
    except (ResourceNotFoundError, KeyError):
        return None
    return dict(schema)
