"""Work out a rendered template's names as CloudFormation will, as far as they are known before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from generator.config.regions import partition_of

_REFERENCE = re.compile(r"\$\{([^!}][^}]*)\}")


class _Unknown:
    """What only CloudFormation will know."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that a stack will have; its properties are worked out when they are asked for."""

    logical_id: str
    type: str
    line: int
    """Of the rendered template, 1-based."""
    _properties: Mapping[str, Any] = field(compare=False, repr=False)
    _values: _Values = field(compare=False, repr=False)

    def value(self, name: str) -> Any:
        """Work a property out: None when it is not there, UNKNOWN what is not known yet."""
        found = self._values.of(self._properties.get(name))
        return None if found is _NO_VALUE else found

    def text(self, name: str) -> str | None:
        """Give a property that is a known text."""
        value = self.value(name)
        return value if isinstance(value, str) else None


class Template:
    """A rendered template, parsed once."""

    def __init__(self, text: str):
        loader = _Loader(text)
        try:
            root: Any = loader.get_single_node()
            self._document: dict[str, Any] = loader.construct_document(root)
        finally:
            loader.dispose()
        self._lines = {
            key.value: key.start_mark.line + 1
            for name, value in root.value
            if name.value == "Resources"
            for key, _ in value.value
        }

    def resources(
        self, parameters: Mapping[str, str], *, account: str, region: str
    ) -> Iterator[Resource]:
        """Yield what a stack with these values has; what may be left out is left out."""
        values = _Values(self._document, parameters, account=account, region=region)
        for logical_id, resource in self._document.get("Resources", {}).items():
            if not isinstance(resource, dict) or "Type" not in resource:
                continue  # a loop of a transform's
            if "Condition" in resource and not values.condition(resource["Condition"]):
                continue
            properties = resource.get("Properties", {})
            yield Resource(
                logical_id,
                resource["Type"],
                self._lines[logical_id],
                properties if isinstance(properties, dict) else {},
                values,
            )


class _Values:
    """Works out values for one account and region."""

    def __init__(
        self,
        document: dict[str, Any],
        parameters: Mapping[str, str],
        *,
        account: str,
        region: str,
    ):
        self._conditions: dict[str, Any] = document.get("Conditions", {})
        self._mappings: dict[str, Any] = document.get("Mappings", {})
        partition = partition_of(region) or "aws"
        self._known: dict[str, Any] = {
            **{
                name: str(declared["Default"])
                for name, declared in document.get("Parameters", {}).items()
                if "Default" in declared
            },
            **parameters,
            "AWS::AccountId": account,
            "AWS::Region": region,
            "AWS::Partition": partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
        }
        self._lists = {
            name
            for name, declared in document.get("Parameters", {}).items()
            if "List" in str(declared.get("Type", ""))
        }

    def condition(self, name: str) -> bool:
        """Say whether a condition is known to hold."""
        return name in self._conditions and self.of(self._conditions[name]) is True

    def of(self, value: Any) -> Any:
        """Work a value out."""
        if isinstance(value, list):
            return [one for one in map(self.of, value) if one is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or name == "Condition" or name.startswith("Fn::"):
                return self._function(name.removeprefix("Fn::"), argument)
        worked = {key: self.of(one) for key, one in value.items()}
        return {key: one for key, one in worked.items() if one is not _NO_VALUE}

    def _function(self, name: str, argument: Any) -> Any:
        match name, argument:
            case "Ref", "AWS::NoValue":
                return _NO_VALUE
            case "Ref", str():
                found = self._known.get(argument, UNKNOWN)
                return found.split(",") if argument in self._lists and found else found
            case "Sub", str():
                return self._sub(argument, {})
            case "Sub", [str() as text, dict() as more]:
                return self._sub(text, {key: self.of(one) for key, one in more.items()})
            case "Join", [str() as between, parts]:
                worked = self.of(parts)
                known = isinstance(worked, list) and all(isinstance(one, str) for one in worked)
                return between.join(worked) if known else UNKNOWN
            case "Split", [str() as between, text]:
                whole = self.of(text)
                return whole.split(between) if isinstance(whole, str) else UNKNOWN
            case "Select", [index, parts]:
                number, worked = str(self.of(index)), self.of(parts)
                known = isinstance(worked, list) and number.isdigit() and int(number) < len(worked)
                return worked[int(number)] if known else UNKNOWN
            case "FindInMap", [of, first, second]:
                found = self._mappings.get(self.of(of), {}).get(self.of(first), {})
                return found.get(self.of(second), UNKNOWN)
            case "If", [str() as condition, then, otherwise]:
                holds = self.of(self._conditions.get(condition, UNKNOWN))
                return UNKNOWN if holds is UNKNOWN else self.of(then if holds else otherwise)
            case "Condition", str():
                return self.of(self._conditions.get(argument, UNKNOWN))
            case "Equals", [first, second]:
                left, right = self.of(first), self.of(second)
                unknown = left is UNKNOWN or right is UNKNOWN
                return UNKNOWN if unknown else str(left) == str(right)
            case "Not", [one]:
                holds = self.of(one)
                return UNKNOWN if holds is UNKNOWN else not holds
            case "And", list():
                held = [self.of(one) for one in argument]
                return False if False in held else UNKNOWN if UNKNOWN in held else True
            case "Or", list():
                held = [self.of(one) for one in argument]
                return True if True in held else UNKNOWN if UNKNOWN in held else False
        return UNKNOWN

    def _sub(self, text: str, more: dict[str, Any]) -> Any:
        values = self._known | more
        names = _REFERENCE.findall(text)
        if not all(isinstance(values.get(name), str) for name in names):
            return UNKNOWN
        return _REFERENCE.sub(lambda found: str(values[found[1]]), text).replace("${!", "${")


class _NoValue:
    """The property is not there."""


_NO_VALUE: Final = _NoValue()


class _Loader(yaml.CSafeLoader):
    """Reads YAML with the short forms of CloudFormation's functions."""


def _short_form(loader: yaml.CSafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    argument: Any
    if isinstance(node, yaml.ScalarNode):
        argument = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        argument = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        argument = loader.construct_mapping(node, deep=True)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": argument}


_Loader.add_multi_constructor("!", _short_form)
