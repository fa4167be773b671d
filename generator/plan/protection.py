"""Stack policies: what an update of a stack must not replace or delete."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

import yaml

from generator.plan.stateful import HOLDINGS
from generator.plan.text import same_text

KEPT = frozenset({"Retain", "RetainExceptOnCreate"})
"""Deletion policies by which a resource outlives its stack."""
_ALLOW = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def kept_resources(template: str) -> dict[str, str]:
    """Give what outlives a template's stack: types by logical id, in the template's order."""
    return {logical_id: kind for logical_id, kind, policy in _resources(template) if policy in KEPT}


def stack_policy(template: str, *, replaceable: Collection[str] = ()) -> str:
    """Deny replacing and deleting what holds data, allow all else.

    `replaceable` names resources that may be replaced or deleted all the same: that makes the
    policy for one update (StackPolicyDuringUpdateBody). A resource that the template does not name
    any more is still denied by the policy that the stack has: give the stack's present template.
    """
    held = [
        f"LogicalResourceId/{logical_id}"
        for logical_id, kind in kept_resources(template).items()
        if kind in HOLDINGS and logical_id not in replaceable
    ]
    deny = {
        "Effect": "Deny",
        "Action": ["Update:Delete", "Update:Replace"],
        "Principal": "*",
        "Resource": held,
    }
    # The last statement that fits has been seen to win, whatever it says: the denial comes last.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
    return json.dumps({"Statement": [_ALLOW, deny] if held else [_ALLOW]})


def same_policy(wanted: str, found: str | None) -> bool:
    """Say whether two policies are the same document; a stack without one allows everything."""
    if found is None:
        return same_policy(wanted, stack_policy(""))
    try:
        return bool(json.loads(wanted) == json.loads(found))
    except ValueError:
        return same_text(wanted, found)


def _resources(template: str) -> Iterator[tuple[str, str, str]]:
    """Yield logical id, type and deletion policy."""
    for logical_id, resource in _entries(
        _entries(yaml.compose(template, Loader=yaml.CSafeLoader)).get("Resources")
    ).items():
        told = _entries(resource)
        kind, policy = told.get("Type"), told.get("DeletionPolicy")
        yield (
            logical_id,
            kind.value if isinstance(kind, yaml.ScalarNode) else "",
            policy.value if isinstance(policy, yaml.ScalarNode) else "Delete",
        )


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value}
