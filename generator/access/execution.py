"""From the types that the StackSets hold to the managed policies of the execution role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from generator.access.additions import ADDITIONS
from generator.access.former import FORMER_TYPES
from generator.access.grants import HOSTED_ZONE, Grant, grants_of
from generator.access.omissions import omission_of
from generator.access.policy import Condition, Policy, Statement, packed

PREFIX = "ExecutionOfTypes"
MOST_POLICIES = 8
"""Ten may be attached to a role; the template has two of its own.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
OF_CLOUDFORMATION = frozenset({"AWS::CloudFormation::WaitConditionHandle"})
"""Types that CloudFormation makes within itself: they take no permission, and name none."""
WORST = {
    "AWS::AccountId": "1" * 12,
    "AWS::Partition": "aws-us-gov",
    "AWS::URLSuffix": "amazonaws.com.cn",
}
"""The longest values of what a policy's texts refer to."""


class Needs(Protocol):
    """The actions that a type's schema names."""

    @property
    def lifecycle(self) -> frozenset[str]: ...
    @property
    def delete(self) -> frozenset[str]: ...


class UnscopedError(Exception):
    """Nobody has said what an action of a type may be granted on, or the type names none."""

    def __init__(self, type_name: str, action: str | None):
        self.type_name = type_name
        super().__init__(
            f"{type_name} needs {action}, for which generator/access/grants.py has no scope"
            if action
            else f"no schema says which permissions {type_name} takes"
        )


def execution_policies(
    used: Mapping[str, frozenset[str]],
    needs_of: Callable[[str], Needs | None],
    *,
    project: str,
    environment: str,
    hosted_zone: str = "*",
) -> tuple[Policy, ...]:
    """Compute the managed policies that making, changing and deleting resources takes.

    `used` gives the top-level properties that the templates set, by type. Raises UnscopedError.
    """
    granted: dict[str, list[tuple[str, Grant]]] = {}
    for type_name, action in _actions(used, needs_of):
        for grant in grants_of(type_name, action):
            granted.setdefault(grant.sid, []).append((action, grant))
    values = WORST | {"Project": project, "Environment": environment}
    policies = packed(
        [_statement(sid, pairs, hosted_zone) for sid, pairs in sorted(granted.items())],
        prefix=PREFIX,
        values=values,
    )
    if len(policies) > MOST_POLICIES:
        raise ValueError(f"{len(policies)} policies, but a role has room for {MOST_POLICIES}")
    return policies


def _actions(
    used: Mapping[str, frozenset[str]], needs_of: Callable[[str], Needs | None]
) -> Iterable[tuple[str, str]]:
    """Yield what each type takes and nobody has left out; all of it has a scope."""
    for type_name in sorted({*used, *FORMER_TYPES} - OF_CLOUDFORMATION):
        properties = used.get(type_name, frozenset())
        if (needs := needs_of(type_name)) is None:
            raise UnscopedError(type_name, None)
        named = set(needs.delete if type_name not in used else needs.lifecycle)
        for addition in ADDITIONS:
            if type_name in used and addition.applies(type_name, properties):
                named |= set(addition.actions)
        for action in sorted(named):
            if omission_of(type_name, action, properties):
                continue
            if not grants_of(type_name, action):
                raise UnscopedError(type_name, action)
            yield type_name, action


def _statement(sid: str, pairs: list[tuple[str, Grant]], hosted_zone: str) -> Statement:
    """Join what has one sid: the union of actions, resources and of each condition's values."""
    condition: Condition = {}
    for _, grant in pairs:
        for operator, keys in grant.condition.items():
            for key, values in keys.items():
                there = condition.setdefault(operator, {}).get(key, ())
                condition[operator][key] = tuple(sorted({*there, *values}))
    return Statement(
        sid,
        tuple(sorted({action for action, _ in pairs})),
        tuple(
            dict.fromkeys(
                resource.replace(HOSTED_ZONE, hosted_zone)
                for _, grant in pairs
                for resource in grant.resources
            )
        ),
        condition,
    )
