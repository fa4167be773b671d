"""E9104: ARNs with wildcards before their resource part."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.arns import Arn, arn_of, without_references
from generator.lint.template.policies import Kind, grants, statements

UNFIXED = re.compile(r"[:/]*[*?]")
"""A resource part that begins with a wildcard, or has nothing else."""
PARTS = ("partition", "service", "region", "account")
INSTEAD = {
    "partition": "${AWS::Partition}",
    "region": "${AWS::Region}",
    "account": "${AWS::AccountId}",
}


class ArnWildcard(Guardrail):
    """An ARN in a policy says whose resources it means, and where."""

    id = "E9104"
    shortdesc = "ARN of any region, any account or any resource"
    description = (
        "An ARN such as arn:aws:logs:*:*:* looks scoped and is not: it allows the action in "
        "regions and accounts that the stack has no business in."
    )
    source_url = (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"
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
            Action: logs:PutLogEvents
            Resource: arn:aws:logs:*:*:*  # <- Worker
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
            Action: sqs:SendMessage
            Resource: !Sub "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:orders-*"
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        allowing = grants(template) + [
            (statement, given)
            for statement in statements(template)
            if statement.kind is Kind.RESOURCE
            for given in statement.allowing()
        ]
        for statement, given in allowing:
            for resource in statement.each("Resource", given):
                yield from _judge(resource)


def _judge(resource: Node) -> Iterator[Flaw]:
    if (arn := arn_of(resource.text or "")) is None or _is_stack_set_target(arn):
        return
    if wild := [part for part in PARTS if _is_wild(getattr(arn, part))]:
        instead = " and ".join(INSTEAD.get(part, f"the {part}") for part in wild)
        yield Flaw.at(
            resource, f'write {instead} instead of a wildcard in the ARN "{resource.text}"'
        )
    elif UNFIXED.match(arn.resource or ""):
        yield Flaw.at(
            resource,
            f"write in the ARN which {arn.service} resources are meant: "
            "a wildcard only after the beginning of their name",
        )


def _is_wild(part: str | None) -> bool:
    literal = without_references(part or "")
    return "*" in literal or "?" in literal


def _is_stack_set_target(arn: Arn) -> bool:
    """Tell a target of StackSets: that it may be in any account is what they are for."""
    return arn.service == "cloudformation" and (arn.resource or "").startswith("stackset-target/")
