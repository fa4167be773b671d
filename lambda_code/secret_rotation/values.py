"""What a secret's value looks like, and how the next one is made of it: nothing is called here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

RENEWED = ("password", "value")
"""The field of a JSON secret that a rotation renews: the first of these that it has."""
MAX_LENGTH = 4096  # of GetRandomPassword


class RotationError(Exception):
    """Why a step was not done; never says a value."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a new password is generated."""

    length: int
    exclude_characters: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read the function's environment."""
        length = environment.get("LENGTH", "")
        if not (length.isascii() and length.isdigit() and 1 <= int(length[:9]) <= MAX_LENGTH):
            raise RotationError(f"LENGTH must be a whole number from 1 to {MAX_LENGTH}")
        return cls(int(length), environment.get("EXCLUDE_CHARACTERS", ""))


def renew(current: str, password: str) -> str:
    """Write the value that follows `current`: in a JSON object one field is new, else all of it."""
    fields = _fields(current)
    if fields is None:
        return password
    return json.dumps({**fields, _renewed(fields): password}, ensure_ascii=False)


def check(pending: str, current: str) -> None:
    """Raise unless readers of `current` could read `pending` just so."""
    fields, before = _fields(pending), _fields(current)
    if before is None:
        if not pending:
            raise RotationError("the pending value is empty")
        return
    if fields is None:
        raise RotationError("the pending value is not a JSON object, but the current one is")
    renewed = _renewed(before)
    if fields.keys() != before.keys():
        raise RotationError("the pending value has other fields than the current one")
    if not (isinstance(fields[renewed], str) and fields[renewed]):
        raise RotationError(f"the pending value has no text in {renewed!r}")


def same(pending: str, current: str) -> bool:
    """Say whether both have the same password."""
    fields, before = _fields(pending), _fields(current)
    if fields is None or before is None:
        return pending == current
    renewed = _renewed(before)
    return bool(fields.get(renewed) == before[renewed])


def _fields(value: str) -> dict[str, Any] | None:
    """Read a JSON object; None for any other text (a password may well be a JSON number)."""
    try:
        fields = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _renewed(fields: dict[str, Any]) -> str:
    """Name the field to renew; to guess one, or to drop them all, would break every reader."""
    for name in RENEWED:
        if name in fields:
            return name
    raise RotationError(f"the current value is a JSON object without {' or '.join(RENEWED)}")
