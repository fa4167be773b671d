"""ARNs in texts that have the form of `Fn::Sub`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.lint.template.text import PLACEHOLDER, UNKNOWN

WITHIN = re.compile(r"\barn:([^:\s\"'/]*):([^:\s\"']*):([^:\s\"']*):([^:\s\"']*):([^\s\"']*)")
COLON = "\0"
"""Stands for the colons of `${AWS::Region}` while an ARN is taken apart."""


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN's parts; those after one that nothing tells are None: it may hold several."""

    partition: str | None
    service: str | None
    region: str | None
    account: str | None
    resource: str | None


def arn_of(text: str) -> Arn | None:
    """Take a text apart that is an ARN from its start, perhaps a short one."""
    if not text.startswith("arn:"):
        return None
    return _arn(_hidden(text).split(":", 5)[1:])


def arns_in(text: str) -> Iterator[Arn]:
    """Find the ARNs in a longer text, one within another too."""
    hidden = _hidden(text)
    position = 0
    while found := WITHIN.search(hidden, position):
        yield _arn([*found.groups()])
        position = found.start(5)


def without_references(text: str) -> str:
    """Give what of a text is literal."""
    return PLACEHOLDER.sub("", text)


def _hidden(text: str) -> str:
    return PLACEHOLDER.sub(lambda found: found[0].replace(":", COLON), text)


def _arn(parts: list[str]) -> Arn:
    known: list[str | None] = []
    for part in parts:
        if UNKNOWN in part and len(known) < 4:
            break
        known.append(part.replace(COLON, ":"))
    known += [None] * (5 - len(known))
    return Arn(*known)
