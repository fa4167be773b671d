"""Write plans as JSON without copying them first, as dataclasses.asdict does: they may be big."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any


def canonical(value: object) -> str:
    """Write a value so that equal values are equal texts: to be digested."""
    return json.dumps(value, sort_keys=True, default=fields_of)


def fields_of(value: object) -> object:
    """Give a dataclass's fields, and anything else that JSON does not know as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _names(type(value))}
    return str(value)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
