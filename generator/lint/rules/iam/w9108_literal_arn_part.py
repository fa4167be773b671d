"""W9108: account, partition or region written out in an ARN."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.arns import Arn, arns_in

PARTITION = re.compile(r"aws(-[a-z]+)*")
REGION = re.compile(r"[a-z]{2,3}(-[a-z]+){1,2}-\d+")
ACCOUNT = re.compile(r"\d{12}")
PROSE: frozenset[str | int] = frozenset({"Description", "ZipFile", "InlineCode"})
"""Properties whose text is no value of CloudFormation's."""


class LiteralArnPart(Guardrail):
    """An ARN takes partition, region and account from the stack."""

    id = "W9108"
    shortdesc = "Account, partition or region written out in an ARN"
    description = (
        "Deployed to a second region or account the template still points at the first one: it is "
        "refused, or it reads and writes there. arn:aws: exists neither in China nor in GovCloud."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "pseudo-parameter-reference.html"
    )
    bad = """
Resources:
  Worker:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: orders
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sns:Publish
            Resource: arn:aws:sns:us-east-1:111111111111:orders  # <- Worker
"""
    good = """
Resources:
  Worker:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: orders
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sns:Publish
            Resource: !Sub "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:orders"
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for resource in template.resources.values():
            for properties in resource.get():
                for node in properties.texts():
                    if PROSE.isdisjoint(node.path):
                        yield from _judge(node, resource)
        for output in template.section("Outputs").values():
            for value in output.get("Value"):
                yield from _judge(value, None)


def _judge(node: Node, resource: Resource | None) -> Iterator[Flaw]:
    text = node.text or ""
    if "arn:" not in text:
        return
    instead: dict[str, str] = {}
    for arn in arns_in(text):
        if PARTITION.fullmatch(arn.partition or ""):
            instead[f"{arn.partition}"] = "${AWS::Partition}"
        if REGION.fullmatch(arn.region or "") and not _is_only_there(arn, resource):
            instead[f"{arn.region}"] = "${AWS::Region}"
        if ACCOUNT.fullmatch(arn.account or ""):
            instead[f"{arn.account}"] = "${AWS::AccountId} or a parameter"
    if instead:
        parts = ", ".join(f'{right} instead of "{wrong}"' for wrong, right in instead.items())
        yield Flaw.at(node, f"write {parts} in the ARN")


def _is_only_there(arn: Arn, resource: Resource | None) -> bool:
    """Tell what CloudFront takes from us-east-1 alone, wherever the stack is."""
    return arn.region == "us-east-1" and (
        (resource is not None and resource.type.startswith("AWS::CloudFront::"))
        or (arn.service == "wafv2" and (arn.resource or "").startswith("global/"))
    )
