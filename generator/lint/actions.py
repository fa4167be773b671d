"""What the service authorization reference says of IAM actions.

The data is written by tools/iam_actions.py, which says what it means; `date` is that of the
reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "iam_actions.json"


class Takes(StrEnum):
    """What an action is about."""

    RESOURCE = "resource"
    """A resource, or one of several kinds: a policy can always name it."""
    EITHER = "either"
    """Perhaps a resource; it can be called without one."""
    NONE = "none"
    """It stands on `*` alone."""


@cache
def covered(pattern: str) -> dict[str, Takes]:
    """List the actions that a policy's `service:Name`, perhaps with wildcards, covers."""
    service, colon, name = pattern.partition(":")
    if pattern == "*":
        return {
            action: takes for each in _services() for action, takes in covered(f"{each}:*").items()
        }
    if not colon:
        return {}
    matches = _matcher(name).fullmatch
    return {
        f"{service.lower()}:{action}": takes
        for action, takes in _actions_of(service.lower())
        if matches(action)
    }


def has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _matcher(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.IGNORECASE)


def _actions_of(service: str) -> Iterator[tuple[str, Takes]]:
    for takes, names in _services().get(service, {}).items():
        yield from ((name, Takes(takes)) for name in names.split())


@cache
def _services() -> dict[str, dict[str, str]]:
    services: dict[str, dict[str, str]] = json.loads(DATA.read_text())["services"]
    return services
