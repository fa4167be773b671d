"""E9701: required tags."""

from collections.abc import Iterator
from enum import StrEnum

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.permissions import stack_tags_reach, tag_property_of
from generator.lint.template import Given, Node, Resource, Template

REQUIRED = ["Project", "Environment", "Owner", "CostCenter"]


class Stack(StrEnum):
    """What the configuration says of the stack's own tags."""

    UNKNOWN = "unknown"
    """Then a template that puts a required tag on one resource is taken to tag all itself."""
    TAGGED = "tagged"
    UNTAGGED = "untagged"


class RequiredTags(Guardrail):
    """Whatever takes tags has those that say whose it is and who pays."""

    id = "E9701"
    shortdesc = "Required tags are missing"
    description = (
        "Costs that nobody is charged for, and resources that nobody dares to delete: what has no"
        " tags is in no report. Tags of the stack reach nearly all; a template that tags its"
        " resources one by one has to tag every one. Options (configure_rules): keys, the required"
        " tags, and stack, which says that the stack has them (tagged), has none (untagged), or"
        " that this shows only in the template (unknown)."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-properties-resource-tags.html"
    )
    bad = """
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      Tags:
        - {Key: Project, Value: shop}
        - {Key: Environment, Value: prod}
        - {Key: Owner, Value: orders-team}
        - {Key: CostCenter, Value: "4711"}
  Returns:
    Type: AWS::SQS::Queue
    Properties:
      Tags:  # <- Returns
        - {Key: Project, Value: shop}
"""
    good = """
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      Tags:
        - {Key: Project, Value: shop}
        - {Key: Environment, Value: prod}
        - {Key: Owner, Value: orders-team}
        - {Key: CostCenter, Value: "4711"}
"""

    def __init__(self) -> None:
        super().__init__()
        self.config_definition = {
            "keys": {"default": REQUIRED, "type": "list", "itemtype": "string"},
            "stack": {"default": Stack.UNKNOWN.value, "type": "string"},
        }
        self.configure()

    def check(self, template: Template) -> Iterator[Flaw]:
        keys: list[str] = self.config["keys"]
        stack = self.config["stack"]
        if stack == Stack.TAGGED:
            return
        takers = [
            (resource, name)
            for resource in template.resources.values()
            if (name := tag_property_of(resource.type))
        ]
        if stack == Stack.UNKNOWN and not any(
            key in keys
            for resource, name in takers
            if stack_tags_reach(resource.type)  # where they don't, a tag of its own says nothing
            for tags in resource.get(name)
            for key in _keys_of(tags) or ()
        ):
            return
        for resource, name in takers:
            yield from _judge(resource, name, keys)


def _judge(resource: Resource, name: str, required: list[str]) -> Iterator[Flaw]:
    for tags in resource.get(name):
        there = _keys_of(tags)
        if there is None:
            continue
        cover = tags.conditions.cover
        missing = [key for key in required if not cover(there.get(key, ()), tags.given)]
        if missing:
            yield Flaw.at(tags, f"add to {name}, or to the tags of the stack: {', '.join(missing)}")


def _keys_of(tags: Node) -> dict[str, list[Given]] | None:
    """Tell when a resource has which tags, as a list or a mapping; None when they can't be read."""
    if tags.is_absent:
        return {}
    found: dict[str, list[Given]] = {}
    if isinstance(tags.value, list):
        for key in (key for tag in tags.items() for key in tag.get("Key")):
            if key.literal is None:
                return None
            found.setdefault(key.literal, []).append(key.given)
        return found
    if isinstance(tags.value, dict) and tags.is_known:
        for name, value in tags.fields():
            found.setdefault(name, []).append(value.given)
        return found
    return None
