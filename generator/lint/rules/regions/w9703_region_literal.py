"""W9703: literal regions."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.text import text_of

NAME = re.compile(
    r"(?<![A-Za-z0-9])(?:af|ap|ca|cn|eu|il|me|mx|sa|us|eusc-de)(?:-gov|-iso[bef]?)?"
    r"-(?:central|east|west|north(?:east|west)?|south(?:east|west)?)-\d(?![\d])"
)
IN_SCRIPTS = re.compile(rf"--region[ =]['\"]?({NAME.pattern})")
STACK_SETS = re.compile(rf"cloudformation\.{NAME.pattern}\.amazonaws\.com")
"""The StackSets of another region, which an opt-in region needs in the roles of others.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-opt-in-regions.html"""
DASHBOARD = "DashboardBody"
OTHER_RULES = re.compile(r"arn:|com\.amazonaws\.")
"""What begins an ARN or the name of an endpoint's service: there other rules look."""
PROSE = ("Metadata", "Description", "Comment", "Sid")
CHOICES = ("Condition", "EventPattern", "RegionOrder", "Replicas")
"""Where templates name other regions than their own; so does what is called …Regions."""
ELSEWHERE = ("AWS::CodePipeline::Pipeline", "AWS::Route53::RecordSet")
"""What has a `Region` that is often another than the stack's."""


class RegionLiteral(Guardrail):
    """Regions are named by `AWS::Region`, or come from a mapping or a parameter."""

    id = "W9703"
    shortdesc = "Literal region"
    description = (
        "In every other region than this one the template refers to what isn't there, or, worse,"
        " works on another region's resources."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "pseudo-parameter-reference.html"
    )
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Environment:
        Variables:
          QUEUE_REGION: eu-west-1  # <- Orders
"""
    good = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Environment:
        Variables:
          QUEUE_REGION: !Ref AWS::Region
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        kinds = {resource.id: resource.type for resource in template.resources.values()}
        for section in ("Resources", "Outputs"):
            for name, entry in template.section(section).items():
                kind = kinds.get(name) if section == "Resources" else None
                for node in entry.search(NAME):
                    if region := _named(node, entry, kind):
                        yield Flaw.at(node, f"{_instead(node.value, region)} instead of {region}")


def _named(node: Node, entry: Node, kind: str | None) -> str | None:
    """Give the region that a text names and should not."""
    text: str = node.value
    inside = [name for name in node.path if isinstance(name, str)][2:]
    if DASHBOARD in inside:
        regions = set(NAME.findall(text))  # of several, none can be the stack's own
        return regions.pop() if len(regions) == 1 else None
    if "\n" in text:
        found = IN_SCRIPTS.search(text)
        return found[1] if found else None
    found = NAME.search(text)
    if not found or STACK_SETS.match(text) or OTHER_RULES.search(_whole(node, entry)):
        return None
    if any(name in PROSE or name in CHOICES or name.endswith("Regions") for name in inside):
        return None
    if kind in ELSEWHERE and "Region" in inside:
        return None
    return found[0]


def _whole(node: Node, entry: Node) -> str:
    """Give the text that a string is joined into; the string itself when it is not."""
    value, whole = entry.value, node.value
    for name in node.path[len(entry.path) :]:
        if name == "Fn::Join":
            whole = text_of(value) or whole
        value = value[name]
    return str(whole)


def _instead(text: str, region: str) -> str:
    if re.fullmatch(region + "[a-z]", text):
        return "take a zone from !GetAZs ''"
    written = "!Ref AWS::Region" if text == region else "${AWS::Region}"
    return f"write {written}, or take it from a parameter or mapping,"
