"""Strings of a template, however they are put together, in the form of `Fn::Sub`."""

from __future__ import annotations

import re
from typing import Any

from generator.lint.template.conditions import function_of

UNKNOWN = "${?}"
"""Stands in a text for a part that nothing in the template tells."""
PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")
"""A part that is known by name only: a parameter, a pseudo parameter, a resource's attribute."""
WHOLE = re.compile(r"\$\{([\w:]+)(?:\.([\w.:-]+))?\}")
"""A reference and nothing else: its name, and its attribute if it has one."""


def text_of(value: Any) -> str | None:
    """Write a scalar, Ref, GetAtt, Sub or Join as `Fn::Sub` would; None when it tells nothing.

    `!Ref Key` is `${Key}`, `!GetAtt Key.Arn` is `${Key.Arn}`, a literal `${` is `${!`.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value).replace("${", "${!")
    match function_of(value):
        case ("Ref", str(name)):
            return f"${{{name}}}"
        case ("Fn::GetAtt", str(name)):
            return f"${{{name}}}"
        case ("Fn::GetAtt", [str(name), str(attribute)]):
            return f"${{{name}.{attribute}}}"
        case ("Fn::Sub", str(text)):
            return str(text)
        case ("Fn::Sub", [str(text), dict(values)]):
            return _substituted(text, values)
        case ("Fn::Join", [str(delimiter), list(parts)]):
            return delimiter.join(text_of(part) or UNKNOWN for part in parts)
    return None


def _substituted(text: str, values: dict[Any, Any]) -> str:
    def put(found: re.Match[str]) -> str:
        name = found[1].strip()
        return (text_of(values[name]) or UNKNOWN) if name in values else found[0]

    return PLACEHOLDER.sub(put, text)


def placeholders(text: str) -> list[str]:
    """Name what a text refers to: `Key.Arn`, `AWS::Region`; `?` for what is not known."""
    return [name.strip() for name in PLACEHOLDER.findall(text)]


def literal(text: str) -> str | None:
    """Give a text that refers to nothing as it will be; None otherwise."""
    return None if PLACEHOLDER.search(text) else text.replace("${!", "${")
