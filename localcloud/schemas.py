"""CloudFormation's resource schemas; the only module that knows cfn-lint, which carries them."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

# The region whose schemas serve for a region that cfn-lint does not know.
FALLBACK_REGION = "us-east-1"
# cfn-lint adds these two to every region; they are no resources of CloudFormation's registry.
_MODULES = "AWS::CloudFormation::CustomResource"
JsonSchema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ResourceSchema:
    """What CloudFormation knows of a resource type in a region.

    `attributes` are those that Fn::GetAtt answers, with their schema. `identifier` names the
    properties that identify a resource, `create_only` those whose change replaces it.
    """

    type_name: str
    document: JsonSchema
    attributes: Mapping[str, JsonSchema]
    identifier: tuple[str, ...]
    create_only: frozenset[str]
    conditionally_create_only: frozenset[str]
    read_only: frozenset[str]
    tag_property: str | None

    @property
    def properties(self) -> Mapping[str, JsonSchema]:
        found: Mapping[str, JsonSchema] = self.document.get("properties", {})
        return found

    def resolve(self, schema: JsonSchema) -> JsonSchema:
        """Follow a schema's references within the document."""
        return _resolve(self.document, schema)


@functools.cache
def find(type_name: str, region: str) -> ResourceSchema | None:
    """Return the schema of a type in a region, or None where the type does not exist."""
    for known in dict.fromkeys((region, FALLBACK_REGION)):
        try:
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(known, type_name)
        except (ResourceNotFoundError, KeyError, ModuleNotFoundError, ValueError):
            continue
        document = schema.schema
        return ResourceSchema(
            type_name=type_name,
            document=document,
            attributes={
                name: _follow(document, pointer) for name, pointer in schema.get_atts.items()
            },
            identifier=tuple(_names(document, "primaryIdentifier")),
            create_only=frozenset(_names(document, "createOnlyProperties")),
            conditionally_create_only=frozenset(
                [
                    *_names(document, "conditionalCreateOnlyProperties"),
                    *_nested_names(document, "createOnlyProperties"),
                ]
            ),
            read_only=frozenset(_names(document, "readOnlyProperties")),
            tag_property=_tag_property(document),
        )
    return None


@functools.cache
def type_names() -> frozenset[str]:
    """Return every type that exists in the fallback region, which has them all but a few."""
    return frozenset(PROVIDER_SCHEMA_MANAGER.get_resource_types(FALLBACK_REGION)) - {_MODULES}


def _resolve(document: JsonSchema, schema: JsonSchema) -> JsonSchema:
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def _follow(document: JsonSchema, pointer: str) -> JsonSchema:
    """Return the schema at a pointer of property names; an empty one where it leads nowhere."""
    schema = document
    for step in pointer.removeprefix("/properties/").split("/"):
        inner = _resolve(document, schema)
        if step == "*":
            schema = inner.get("items", {})
        elif step not in ("properties", "items"):
            schema = inner.get("properties", {}).get(step, {})
    return _resolve(document, schema)


def _names(document: JsonSchema, keyword: str) -> list[str]:
    """Return the top-level properties that a keyword lists; nested paths are left out."""
    pointers = [pointer.split("/")[2:] for pointer in document.get(keyword, [])]
    return [steps[0] for steps in pointers if len(steps) == 1]


def _nested_names(document: JsonSchema, keyword: str) -> list[str]:
    """Return the top-level properties of which a keyword lists a part."""
    pointers = [pointer.split("/")[2:] for pointer in document.get(keyword, [])]
    return [steps[0] for steps in pointers if len(steps) > 1]


def _tag_property(document: JsonSchema) -> str | None:
    tagging = document.get("tagging", {})
    if not tagging.get("taggable", "Tags" in document.get("properties", {})):
        return None
    name = str(tagging.get("tagProperty", "/properties/Tags")).rpartition("/")[2]
    return name if name in document.get("properties", {}) else None
