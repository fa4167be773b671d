"""The page of all keys of a parameter file, from their JSON schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generator.config import Config
from reference import WRITTEN, anchor, table

HEAD = f"""\
# The parameter file

{WRITTEN.format(source="the types in generator/config/")}

`params/defaults.yaml` holds what environments share, `params/<environment>.yaml` the rest, and
wins: mappings merge, lists replace. An unknown key is an error. `gen schema` prints all of this as
a JSON schema, for editors.

`<name>` stands for a name of yours, `[]` for each entry of a list. What a section says must be
given must be given where the section is there.
"""
REGIONS = ("us-east-1", "eu-central-1")
"""Values that hold these are all regions: the page has no use for the list."""


def page() -> str:
    """Write the page."""
    schema = Config.model_json_schema()
    sections = dict(_sections("Top level", schema, schema["$defs"]))
    lines = [HEAD]
    for title, section in sections.items():
        required = set(section.get("required", ()))
        rows = (
            (f"`{key}`", _type(each, sections, schema["$defs"]),
             _default(each, needed=key in required), _meaning(each, schema["$defs"]))
            for key, each in section["properties"].items()
        )  # fmt: skip
        lines += [f"## {title}\n", f"{section['description']}\n"]
        lines += table(("key", "type", "default", "meaning"), rows)
    return "\n".join(lines).rstrip() + "\n"


def _sections(
    title: str, section: dict[str, Any], known: dict[str, Any], path: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping with fixed keys once, with its title: the path to its first place."""
    told: set[str] = set()

    def walk(title: str, section: dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
        yield title, section
        for key, each in section["properties"].items():
            for suffix, name in _mappings(each):
                if name in told:
                    continue
                told.add(name)
                here = f"{path}{key}{suffix}"
                kind = known[name]["properties"].get("type", {}).get("const")
                said = f", type {kind}" if kind else ""
                yield from walk(f"`{here}`{said}", known[name], f"{here}.")

    return walk(title, section, path)


def _mappings(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name the sections that a key leads to, each with what stands between."""
    if "$ref" in schema:
        yield "", schema["$ref"].rpartition("/")[2]
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _mappings(each)
    if schema.get("type") == "array" and "items" in schema:
        yield from (("[]" + suffix, name) for suffix, name in _mappings(schema["items"]))
    if schema.get("type") == "object":
        for each in schema.get("patternProperties", {}).values():
            yield from ((".<name>" + suffix, name) for suffix, name in _mappings(each))


def _type(
    schema: dict[str, Any], sections: dict[str, dict[str, Any]], known: dict[str, Any], *,
    many: bool = False,
) -> str:  # fmt: skip
    s = "s" if many else ""
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        values = schema["enum"]
        if set(REGIONS) <= set(values):
            return "regions" if many else "a region"
        return " · ".join(f"`{value}`" for value in values)
    if "$ref" in schema:
        target = known[schema["$ref"].rpartition("/")[2]]
        title = next(title for title, section in sections.items() if section is target)
        return f"[mapping{s}](#{anchor(title)})"
    if choices := schema.get("anyOf", schema.get("oneOf")):
        kinds = [_type(c, sections, known, many=many) for c in choices if c.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    kind = schema.get("type")
    if kind == "array":
        items = _type(schema["items"], sections, known, many=True)
        return f"list{s} of {items}" + ("" if many else _bounds(schema, "Items"))
    if kind in ("object", None):
        named = [_type(each, sections, known, many=True)
                 for each in schema.get("patternProperties", {}).values()]  # fmt: skip
        return f"{' or '.join(named)} by name" if named else f"mapping{s}"
    words = {"string": f"text{s}", "integer": f"whole number{s}", "number": f"number{s}"}
    return words.get(kind, "`true` · `false`") + _bounds(schema, "Length")


def _bounds(schema: dict[str, Any], of: str) -> str:
    least = schema.get("minimum", schema.get(f"min{of}"))
    most = schema.get("maximum", schema.get(f"max{of}"))
    unit = " characters" if of == "Length" and schema.get("type") == "string" else ""
    if "exclusiveMinimum" in schema:
        return f", more than {schema['exclusiveMinimum']:,}" + (
            f", at most {most:,}" if most else ""
        )
    if least is not None and most is not None:
        return f", {least:,} to {most:,}{unit}"
    if most is not None:
        return f", at most {most:,}{unit}"
    if least is not None and (least, unit) != (1, " characters"):
        return f", at least {least:,}{unit}"
    return ""


def _default(schema: dict[str, Any], *, needed: bool) -> str:
    if needed:
        return "must be given"
    default = schema.get("default")
    if isinstance(default, dict) and default:
        return "as there"
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _meaning(schema: dict[str, Any], known: dict[str, Any]) -> str:
    if "description" in schema:
        return str(schema["description"])
    (name, *_) = (name for _, name in _mappings(schema))
    return str(known[name]["description"])
