"""Values of a template as far as they are known before it is deployed."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.plan.text import MASKED


@dataclass(frozen=True, slots=True)
class Reference:
    """What only a deployed stack knows: `Table`, `Table.Arn` or `AWS::Region`."""

    name: str

    @property
    def resource(self) -> str:
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        return f"${{{self.name}}}"


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is compared, and never shown."""

    value: str

    def __str__(self) -> str:
        return MASKED

    def __repr__(self) -> str:
        return f"Secret({MASKED!r})"


@dataclass(frozen=True, slots=True)
class Call:
    """A function within a text that cannot be worked out here."""

    function: dict[str, Any]

    def __str__(self) -> str:
        return f"${{{shown(self.function)}}}"


Part = str | Reference | Secret | Call


@dataclass(frozen=True, slots=True)
class Text:
    """A text of which parts are not known, or not to be shown."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""No value at all: AWS::NoValue, or a key that is not there."""
Value = Any
"""Text, str, ABSENT, or lists and mappings of values; a mapping with one key that names a function
is a call whose result is not known."""


def text_of(parts: Iterable[Part | Text]) -> str | Text:
    """Join parts: a plain text when all of them are."""
    joined: list[Part] = []
    for part in parts:
        for each in part.parts if isinstance(part, Text) else (part,):
            if isinstance(each, str) and joined and isinstance(joined[-1], str):
                joined[-1] += each
            elif each != "":
                joined.append(each)
    if not joined:
        return ""
    first = joined[0]
    return first if len(joined) == 1 and isinstance(first, str) else Text(tuple(joined))


def function_of(value: Value) -> str | None:
    """Name the function that a value is a call of; None when it is none."""
    if isinstance(value, dict) and len(value) == 1:
        name = str(next(iter(value)))
        if name == "Ref" or name.startswith("Fn::"):
            return name
    return None


def literal(value: Value) -> str | list[Any] | None:
    """Give a value that is known whole, secrets included; None when a part is not."""
    if isinstance(value, str):
        return value
    if isinstance(value, Text) and all(isinstance(part, str | Secret) for part in value.parts):
        return "".join(p.value if isinstance(p, Secret) else str(p) for p in value.parts)
    if isinstance(value, list):
        items = [literal(each) for each in value]
        return None if None in items else items
    return None


def shown(value: Value) -> str:
    """Write a value for people, secrets masked."""
    if isinstance(value, str | Text):
        return str(value)
    return json.dumps(_readable(value), ensure_ascii=False)


def _readable(value: Value) -> Any:
    if isinstance(value, dict):
        return {key: _readable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_readable(each) for each in value]
    return str(value)


def references(value: Value, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Reference]]:
    """Yield every reference within a value, with the path of the text that has it."""
    if isinstance(value, Text):
        for part in value.parts:
            if isinstance(part, Reference):
                yield path, part
            elif isinstance(part, Call):
                yield from ((path, found) for _, found in references(part.function))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from references(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from references(each, (*path, index))


def frozen(value: Value) -> Hashable:
    """Give something hashable that is equal for equal values."""
    if isinstance(value, dict):
        return frozenset((key, frozen(each)) for key, each in value.items())
    if isinstance(value, list):
        return tuple(map(frozen, value))
    if isinstance(value, Text):
        return Text, tuple(frozen(p.function) if isinstance(p, Call) else p for p in value.parts)
    return value  # type: ignore[no-any-return]
