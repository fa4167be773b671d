"""Statements and managed policies, and how many characters IAM counts of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

Condition = dict[str, dict[str, tuple[str, ...]]]
"""Operator → key → values."""

MANAGED_LIMIT = 6_144
"""Characters of a managed policy.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


@dataclass(frozen=True)
class Statement:
    """A statement that allows something; texts are as Fn::Sub takes them."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)

    def size(self, values: Mapping[str, str]) -> int:
        """Count its characters with variables replaced, white space left out."""
        text = json.dumps(
            {
                "Sid": self.sid,
                "Effect": "Allow",
                "Action": self.actions,
                "Resource": self.resources,
                "Condition": self.condition,
            },
            separators=(",", ":"),
        )
        for name, value in values.items():
            text = text.replace("${" + name + "}", value)
        return len(text)

    def halves(self) -> tuple[Statement, Statement]:
        """Part its actions into two statements."""
        middle = len(self.actions) // 2
        return (
            replace(self, sid=f"{self.sid}A", actions=self.actions[:middle]),
            replace(self, sid=f"{self.sid}B", actions=self.actions[middle:]),
        )


@dataclass(frozen=True)
class Policy:
    """A managed policy."""

    id: str
    """Its logical id."""
    statements: tuple[Statement, ...]


EMPTY = len('{"Version":"2012-10-17","Statement":[]}')


def packed(
    statements: Sequence[Statement], *, prefix: str, values: Mapping[str, str]
) -> tuple[Policy, ...]:
    """Put statements into as few policies as a greedy packing needs, each within IAM's limit."""
    room = MANAGED_LIMIT - EMPTY
    waiting = sorted(statements, key=lambda s: (-s.size(values), s.sid))
    bins: list[list[Statement]] = []
    while waiting:
        statement = waiting.pop(0)
        if statement.size(values) >= room and len(statement.actions) > 1:
            waiting[:0] = statement.halves()
            continue
        for each in bins:
            if sum(s.size(values) + 1 for s in each) + statement.size(values) <= room:
                each.append(statement)
                break
        else:
            bins.append([statement])
    return tuple(
        Policy(f"{prefix}{number}", tuple(sorted(each, key=lambda s: s.sid)))
        for number, each in enumerate(bins, 1)
    )
