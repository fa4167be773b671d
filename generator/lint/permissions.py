"""Look up in cfn-lint's schemas which permissions a resource's handlers take."""

from __future__ import annotations

from functools import cache

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

from generator.lint.needs import Needs

REGION = "us-east-1"
"""Where every type of our templates exists; permissions do not differ by region."""
LIFECYCLE = ("create", "read", "update", "delete")
"""The handlers that stacks call. `list` is for Cloud Control's ListResources alone.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html"""


@cache
def permissions_of(type_name: str) -> Needs | None:
    """Look a type's permissions up; None when its schema names no handlers."""
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_name).schema
    except (ResourceNotFoundError, KeyError):
        return None
    if not (handlers := schema.get("handlers")):
        return None
    named = {name: handlers.get(name, {}).get("permissions", ()) for name in LIFECYCLE}
    tagging = schema.get("tagging", {}).get("permissions", ())
    return Needs(
        lifecycle=frozenset([action for actions in named.values() for action in actions])
        | frozenset(tagging),
        delete=frozenset(named["delete"]),
    )
