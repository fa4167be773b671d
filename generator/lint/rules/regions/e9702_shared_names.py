"""E9702: names that two regions would share."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.buckets import BUCKET
from generator.lint.template.conditions import function_of
from generator.lint.template.text import PLACEHOLDER, placeholders
from generator.plan.naming import NAMES

GLOBAL = (
    BUCKET,
    "AWS::IAM::Group",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
)
"""What has one namespace for all regions; buckets, for all accounts too."""
REGION, ACCOUNT = "AWS::Region", "AWS::AccountId"


class SharedNames(Guardrail):
    """Names in a global namespace are of one region only."""

    id = "E9702"
    shortdesc = "Name that two regions would share"
    description = (
        "Roles, policies, users and buckets have one namespace for all regions: the stack of the"
        " second region fails, because the first has the name. A bucket's may be another account's."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-properties-name.html"
    )
    bad = """
Parameters:
  Project: {Type: String}
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: orders-data  # <- Data
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "${Project}-reader"  # <- Reader
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}
"""
    good = """
Parameters:
  Project: {Type: String}
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "${Project}-data-${AWS::AccountId}-${AWS::Region}"
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for resource in template.of_type(*GLOBAL):
            name = NAMES[resource.type]
            wanted = [REGION, ACCOUNT] if resource.type == BUCKET else [REGION]
            for node in resource.get(name):
                missing = _missing(template, node.text, wanted)
                if missing and not _is_in_one_region(template, node):
                    parts = " and ".join(f"${{{part}}}" for part in missing)
                    yield Flaw.at(node, f"leave out {name}, or put {parts} into it")


def _missing(template: Template, text: str | None, wanted: list[str]) -> list[str]:
    if not text or "{{resolve:" in text or PLACEHOLDER.fullmatch(text):
        return []  # what a single parameter says, its values decide
    parts = [part.partition(".")[0] for part in placeholders(text)]
    # A part that is unknown, or made by another resource, may say anything.
    if any(part in ("?", "AWS::StackId") or part in template.resources for part in parts):
        return []
    return [each for each in wanted if not any(_says(part, each) for part in parts)]


def _is_in_one_region(template: Template, node: Node) -> bool:
    """Tell whether a condition lets something be in one region only."""
    for name, holds in node.given.items():
        for definition in template.root.get("Conditions", name) if holds else ():
            match function_of(definition.value):
                case ("Fn::Equals", [left, right]) if {"Ref": REGION} in (left, right):
                    return True
    return False


def _says(part: str, wanted: str) -> bool:
    word = "region" if wanted == REGION else "account"
    return part == wanted or (not part.startswith("AWS::") and word in part.lower())
