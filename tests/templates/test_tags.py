"""Everything that takes tags gets them: the stack's own, or its own where these may not arrive."""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from templates.rendered import Template, listed

pytestmark = pytest.mark.unit


def schema_of(kind: str) -> dict[str, Any]:
    return PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema


def tag_property(kind: str) -> str | None:
    """Name the property in which a type takes tags."""
    schema = schema_of(kind)
    tagging = schema.get("tagging", {"taggable": "Tags" in schema["properties"]})
    if not tagging["taggable"]:
        return None
    return str(tagging.get("tagProperty", "/properties/Tags")).removeprefix("/properties/")


def stack_tags_reach(kind: str) -> bool:
    """Say whether the schema promises that what CloudFormation hands over is set on creation."""
    return bool(schema_of(kind).get("tagging", {}).get("tagOnCreate"))


def test_everything_that_takes_tags_gets_them(template: Template) -> None:
    wanted = template.config.all_tags
    for id_, resource in template.body["Resources"].items():
        kind = resource["Type"]
        if (name := tag_property(kind)) is None or stack_tags_reach(kind):
            continue
        given = listed(resource["Properties"].get(name, []))
        tags = {tag["Key"]: tag["Value"] for tag in given if isinstance(tag["Value"], str)}
        assert wanted.items() <= tags.items(), (
            f"{id_}: {name}: {{{{ tags.listed(config.all_tags) }}}}"
        )


def test_the_few_that_stack_tags_may_not_reach() -> None:
    assert not stack_tags_reach("AWS::CodeBuild::Project")
    assert not stack_tags_reach("AWS::Route53::HealthCheck")
    assert tag_property("AWS::Route53::HealthCheck") == "HealthCheckTags"
    assert stack_tags_reach("AWS::Lambda::Function")
    assert tag_property("AWS::KMS::Alias") is None
