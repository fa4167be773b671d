"""Check a resource's properties against its schema, as CloudFormation does before it makes one.

Lenient where CloudFormation is: it turns numbers and booleans into strings and back. Of patterns
only those are applied that Python reads as AWS does.
"""

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.schemas import JsonSchema, ResourceSchema

_JSON_NAMES = {
    dict: "JSONObject", list: "JSONArray", str: "String", bool: "Boolean", int: "Integer",
    float: "Number", type(None): "Null",
}  # fmt: skip
_SYSTEM_TAG = "aws:"


def problems(schema: ResourceSchema, properties: Mapping[str, Any]) -> list[str]:
    """Return what is wrong, one line each in CloudFormation's words."""
    given = _without_system_tags(schema, properties)
    forbidden = [name for name in given if name in schema.read_only - _writable(schema)]
    found = [f"#: extraneous key [{name}] is not permitted" for name in forbidden]
    return found + list(_Checker(schema).check(given, schema.document, "#"))


class _Checker:
    """Walk a value along a schema."""

    def __init__(self, schema: ResourceSchema) -> None:
        self._schema = schema

    def check(self, value: Any, schema: JsonSchema, at: str) -> Iterator[str]:
        schema = self._schema.resolve(schema)
        types = schema.get("type")
        if types is not None and not _fits(value, types):
            yield f"{at}: expected type: {_type_name(types)}, found: {_JSON_NAMES[type(value)]}"
            return
        yield from self._constraints(value, schema, at)
        if isinstance(value, dict):
            yield from self._object(value, schema, at)
        elif isinstance(value, list):
            yield from self._array(value, schema, at)
        yield from self._combined(value, schema, at)

    def _constraints(self, value: Any, schema: JsonSchema, at: str) -> Iterator[str]:
        allowed = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
        if allowed is not None and _text(value) not in map(_text, allowed):
            yield f"{at}: {_text(value)} is not a valid enum value"
        if isinstance(value, (dict, list)):
            return
        # A keyword speaks of the type that the schema declares, not of what the template wrote.
        numeric = schema.get("type") in ("integer", "number")
        for keyword, holds in (_OF_NUMBERS if numeric else _OF_STRINGS).items():
            if keyword in schema and not holds(value, schema[keyword]):
                yield f"{at}: failed validation constraint for keyword [{keyword}]"

    def _object(self, value: dict[str, Any], schema: JsonSchema, at: str) -> Iterator[str]:
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{at}: required key [{name}] not found"
        for name, one in value.items():
            matching = [sub for pattern, sub in patterns.items() if _matches(name, pattern)]
            if name in known:
                yield from self.check(one, known[name], f"{at}/{name}")
            elif matching:
                yield from self.check(one, matching[0], f"{at}/{name}")
            elif schema.get("additionalProperties", True) is False:
                yield f"{at}: extraneous key [{name}] is not permitted"
        for name, needed in schema.get("dependentRequired", {}).items():
            for other in needed if name in value else ():
                if other not in value:
                    yield f"{at}: property [{other}] is required"
        for names in _groups(schema.get("requiredXor")):
            if sum(name in value for name in names) != 1:
                yield f"{at}: exactly one of {_listed(names)} is required"
        for names in _groups(schema.get("requiredOr")):
            if not any(name in value for name in names):
                yield f"{at}: one of {_listed(names)} is required"

    def _array(self, value: list[Any], schema: JsonSchema, at: str) -> Iterator[str]:
        if len(value) < schema.get("minItems", 0):
            yield f"{at}: expected minimum item count: {schema['minItems']}, found: {len(value)}"
        if len(value) > schema.get("maxItems", len(value)):
            yield f"{at}: expected maximum item count: {schema['maxItems']}, found: {len(value)}"
        texts = [_text(one) for one in value]
        if schema.get("uniqueItems") and len(set(texts)) < len(texts):
            yield f"{at}: array items are not unique"
        items = schema.get("items")
        if isinstance(items, Mapping):
            for number, one in enumerate(value):
                yield from self.check(one, items, f"{at}/{number}")

    def _combined(self, value: Any, schema: JsonSchema, at: str) -> Iterator[str]:
        for one in schema.get("allOf", []):
            yield from self.check(value, one, at)
        for keyword in ("anyOf", "oneOf"):
            # CloudFormation's conversions make several branches of a oneOf fit: one is enough.
            branches = schema.get(keyword, [])
            if branches and all(list(self.check(value, one, at)) for one in branches):
                yield f"{at}: #: no subschema matched out of the total {len(branches)} subschemas"


def _fits(value: Any, types: str | list[str]) -> bool:
    return any(_FITS[one](value) for one in ([types] if isinstance(types, str) else types))


def _is_number(value: Any, read: Callable[[str], Any]) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    try:
        read(str(value))
    except ValueError:
        return False
    return True


_FITS: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, (str, int, float, bool)),
    "boolean": lambda value: isinstance(value, bool) or _text(value) in ("true", "false"),
    "integer": lambda value: _is_number(value, int),
    "number": lambda value: _is_number(value, float),
    "null": lambda value: value is None,
}


_OF_STRINGS: dict[str, Callable[[Any, Any], bool]] = {
    "pattern": lambda value, pattern: _matches(_text(value), pattern),
    "minLength": lambda value, least: len(_text(value)) >= least,
    "maxLength": lambda value, most: len(_text(value)) <= most,
}
_OF_NUMBERS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, least: float(value) >= least,
    "maximum": lambda value, most: float(value) <= most,
}


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _matches(text: str, pattern: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(text) is not None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _type_name(types: str | list[str]) -> str:
    names = {"object": "JSONObject", "array": "JSONArray"}
    listed = [types] if isinstance(types, str) else types
    return " or ".join(names.get(one, one.capitalize()) for one in listed)


def _groups(groups: Any) -> list[list[str]]:
    if not groups:
        return []
    return groups if isinstance(groups[0], list) else [groups]


def _listed(names: list[str]) -> str:
    return f"[{', '.join(names)}]"


def _writable(schema: ResourceSchema) -> set[str]:
    # Some schemas list a property as read-only although templates set it as identifier.
    return {name for name in schema.identifier if name in schema.create_only}


def _without_system_tags(schema: ResourceSchema, given: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the tags that CloudFormation itself adds, for templates may not set them."""
    name = schema.tag_property or "Tags"
    tags = given.get(name)
    if isinstance(tags, dict):
        own: Any = {key: tags[key] for key in tags if not key.startswith(_SYSTEM_TAG)}
    elif isinstance(tags, list):
        own = [
            tag
            for tag in tags
            if not (isinstance(tag, dict) and str(tag.get("Key")).startswith(_SYSTEM_TAG))
        ]
    else:
        return dict(given)
    if tags and not own:
        return {key: value for key, value in given.items() if key != name}
    return {**given, name: own}
