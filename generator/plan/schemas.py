"""Which property changes make CloudFormation replace a resource, by type.

gen render takes this from the resource schemas and keeps it in the build, so that planning needs
no schema and is quick.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from generator.plan.leaves import Path
from generator.plan.values import Value, function_of

FILE = "schemas.json"
"""In the build folder."""


class Recreation(StrEnum):
    """Whether a property's change takes a new resource, in the words of AWS's change sets."""

    NEVER = "Never"
    CONDITIONALLY = "Conditionally"
    ALWAYS = "Always"


@dataclass(frozen=True, slots=True)
class TypeSchema:
    """A resource type's properties that are set once: `LaunchTemplate/Name`, `Rules/*/Id`.

    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
    """

    create_only: tuple[str, ...] = ()
    conditional_create_only: tuple[str, ...] = ()

    def recreation(self, path: Path, before: Value, after: Value) -> Recreation:
        """Say what a change at a path takes; its values may hold more than the path names."""
        # Paths go from the properties inward.
        changed = [_property(leaf) for value in (before, after) for leaf in _leaves(path, value)]
        for recreation, names in (
            (Recreation.ALWAYS, self.create_only),
            (Recreation.CONDITIONALLY, self.conditional_create_only),
        ):
            if any(_covers(name.split("/"), leaf) for name in names for leaf in changed):
                return recreation
        return Recreation.NEVER


Schemas = Mapping[str, TypeSchema]


def to_json(schemas: Schemas) -> str:
    """Write what read_schemas reads."""
    rows = {
        name: {
            "createOnlyProperties": each.create_only,
            "conditionalCreateOnlyProperties": each.conditional_create_only,
        }
        for name, each in sorted(schemas.items())
    }
    return json.dumps(rows, indent=2) + "\n"


def read_schemas(text: str) -> Schemas:
    """Read the schemas that a build keeps."""
    return {
        name: TypeSchema(
            tuple(each["createOnlyProperties"]), tuple(each["conditionalCreateOnlyProperties"])
        )
        for name, each in json.loads(text).items()
    }


def _leaves(path: Path, value: Value) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _leaves((*path, key), each)
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from _leaves((*path, index), each)
    else:
        yield path


def _property(path: Path) -> list[str]:
    """Name the property that a path is about: a function is not part of its name."""
    names: list[str] = []
    keys = iter(path)
    for key in keys:
        if key == "Fn::If":
            next(keys, None)  # the branch
        elif function_of({key: None}):
            break
        else:
            names.append("*" if isinstance(key, int) else key)
    return names


def _covers(name: list[str], leaf: list[str]) -> bool:
    """Say whether a leaf is the named property or within it."""
    return len(name) <= len(leaf) and all(
        a == b or "*" in (a, b) for a, b in zip(name, leaf, strict=False)
    )
