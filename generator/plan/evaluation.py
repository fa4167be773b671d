"""Work out a template's functions as far as parameter values decide them.

What only a deployed stack knows stays as a reference, and what cannot be worked out as a call, both
in one form however the template writes them: `!Sub "${A}"`, `!Ref A` and a join of it are equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from generator.plan.templates import section
from generator.plan.values import (
    ABSENT,
    Call,
    Part,
    Reference,
    Secret,
    Text,
    Value,
    function_of,
    literal,
    text_of,
)

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def secret_parameters(template: dict[str, Any]) -> frozenset[str]:
    """Name the parameters whose values are never shown."""
    return frozenset(
        name
        for name, each in section(template, "Parameters").items()
        if isinstance(each, dict) and str(each.get("NoEcho")).lower() == "true"
    )


def parameter_values(
    template: dict[str, Any], given: Mapping[str, str], secret: frozenset[str]
) -> dict[str, Value]:
    """Give each parameter the value that its references have: given, or the default.

    `given` may name pseudo parameters, such as AWS::Region, too.
    """
    values: dict[str, Value] = {k: v for k, v in given.items() if k.startswith("AWS::")}
    for name, each in section(template, "Parameters").items():
        definition = each if isinstance(each, dict) else {}
        value = given.get(name, definition.get("Default"))
        if not isinstance(value, str):
            continue
        kind = str(definition.get("Type", "String"))
        if name in secret:
            values[name] = Text((Secret(value),))
        elif kind.startswith("AWS::SSM::Parameter::Value<"):
            # The value is the name of an SSM parameter, which CloudFormation looks up.
            values[name] = f"{{{{resolve:ssm:{value}}}}}"
        elif kind == "CommaDelimitedList" or kind.startswith("List<"):
            values[name] = [item.strip() for item in value.split(",")]
        else:
            values[name] = value
    return values


class Evaluation:
    """One template with the values of its parameters."""

    def __init__(self, template: dict[str, Any], values: Mapping[str, Value]):
        self._values = values
        self._conditions = section(template, "Conditions")
        self._mappings = section(template, "Mappings")
        self._decided: dict[str, bool | None] = {}
        self._functions: dict[str, Callable[[Any], Value]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
        }

    def holds(self, name: str) -> bool | None:
        """Say whether a condition holds; None when parameters do not decide it."""
        if name not in self._decided:
            self._decided[name] = None  # which a condition that needs itself finds here
            self._decided[name] = self._truth(self._conditions.get(name))
        return self._decided[name]

    def value(self, raw: Any) -> Value:
        """Work a value out as far as possible."""
        if isinstance(raw, list):
            return [v for each in raw if (v := self.value(each)) is not ABSENT]
        if not isinstance(raw, dict):
            return raw
        if (name := function_of(raw)) is None:
            values = {str(key): self.value(each) for key, each in raw.items()}
            return {key: each for key, each in values.items() if each is not ABSENT}
        argument = raw[name]
        found = self._functions[name](argument) if name in self._functions else None
        return {name: self.value(argument)} if found is None else found

    def _truth(self, test: Any) -> bool | None:
        if not isinstance(test, dict) or len(test) != 1:
            return None
        ((name, arguments),) = test.items()
        if name == "Condition" and isinstance(arguments, str):
            return self.holds(arguments)
        if not isinstance(arguments, list):
            return None
        if name == "Fn::Equals" and len(arguments) == 2:
            return _equal(self.value(arguments[0]), self.value(arguments[1]))
        truths = [self._truth(each) for each in arguments]
        if name == "Fn::Not" and len(truths) == 1:
            return None if truths[0] is None else not truths[0]
        if name in ("Fn::And", "Fn::Or"):
            decisive: bool = name == "Fn::Or"
            if decisive in truths:
                return decisive
            return None if None in truths else not decisive
        return None

    def _ref(self, name: Any) -> Value:
        if name == "AWS::NoValue":
            return ABSENT
        if not isinstance(name, str):
            return None
        return self._values.get(name, Text((Reference(name),)))

    def _get_att(self, path: Any) -> Value:
        if not isinstance(path, list) or not all(isinstance(each, str) for each in path):
            return None
        return Text((Reference(".".join(path)),))

    def _sub(self, argument: Any) -> Value:
        text, own = argument, {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
            text, own = argument
        if not isinstance(text, str):
            return None
        parts: list[Part | Text] = []
        end = 0
        for found in _VARIABLE.finditer(text):
            parts.append(text[end : found.start()])
            end = found.end()
            name = found[2].strip()
            if found[1]:
                parts.append(f"${{{found[2]}}}")
            elif (part := _part(self.value(own[name]) if name in own else self._ref(name))) is None:
                return None
            else:
                parts.append(part)
        return text_of([*parts, text[end:]])

    def _join(self, argument: Any) -> Value:
        match self.value(argument):
            case [str(delimiter), list(items)]:
                parts = [_part(item) for item in items]
                if None in parts:
                    return None
                known = [part for part in parts if part is not None]
                return text_of([each for part in known for each in (delimiter, part)][1:])
        return None

    def _if(self, argument: Any) -> Value:
        match argument:
            case [str(name), yes, no]:
                if (holds := self.holds(name)) is not None:
                    return self.value(yes if holds else no)
                if (value := self.value(yes)) == self.value(no):
                    return value
                # With AWS::NoValue in its place: a branch must not move into another's.
                branches = [self.value(each) for each in (yes, no)]
                none = Text((Reference("AWS::NoValue"),))
                return {"Fn::If": [name, *(none if b is ABSENT else b for b in branches)]}
        return None

    def _select(self, argument: Any) -> Value:
        match self.value(argument):
            case [str(index), list(items)] if index.isdecimal() and int(index) < len(items):
                return items[int(index)]
        return None

    def _split(self, argument: Any) -> Value:
        match self.value(argument):
            case [str(delimiter), str(text)] if delimiter:
                return text.split(delimiter)
        return None

    def _find_in_map(self, argument: Any) -> Value:
        found: Any = self._mappings
        match self.value(argument):
            case [str(), str(), str(), *_] as keys:
                for key in keys[:3]:
                    found = found.get(key) if isinstance(found, dict) else None
                return found
        return None


def _part(value: Value) -> Part | Text | None:
    """Give what a value is within a text; None when it has no place there."""
    if isinstance(value, str | Text):
        return value
    return Call(value) if function_of(value) else None


def _equal(left: Value, right: Value) -> bool | None:
    """Compare as far as both are known: the same unknown is equal to itself."""
    if left == right:
        return True
    known = literal(left), literal(right)
    return None if None in known else known[0] == known[1]
