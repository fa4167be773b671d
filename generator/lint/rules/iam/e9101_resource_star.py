"""E9101: grants on every resource."""

from collections.abc import Iterator

from generator.lint.actions import Takes, covered, has_wildcard
from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.policies import grants

REVIEWED = frozenset(
    {
        # Shows composite alarms only to who may see all.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
        "cloudwatch:DescribeAlarms",
        # Of a template that is no stack yet.
        "cloudformation:GetTemplateSummary",
        # Without a terminology or parallel data there is no resource.
        "translate:StartTextTranslationJob",
        "translate:TranslateText",
        # Another rule says so, and of whom it may be passed to.
        "iam:PassRole",
    }
)
"""Actions that are not reported on `*` although the reference has resources for them."""
NAMED = 3
"""How many actions a message names."""


class ResourceStar(Guardrail):
    """A policy names the resources of every action that can be held to some."""

    id = "E9101"
    shortdesc = "Permission on every resource"
    description = (
        'On Resource "*" an action that could be held to one table or bucket is allowed on all of '
        "the account, other teams' and tomorrow's too: one leaked credential or one wrong name in "
        "the code reaches all of them."
    )
    source_url = (
        "https://docs.aws.amazon.com/service-authorization/latest/reference/"
        "reference_policies_actions-resources-contextkeys.html"
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
            Action: [dynamodb:GetItem, dynamodb:PutItem]
            Resource: "*"  # <- Worker
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
            Action: [dynamodb:GetItem, dynamodb:PutItem]
            Resource: !GetAtt Orders.Arn
          - Effect: Allow
            Action: [xray:PutTraceSegments, xray:PutTelemetryRecords]
            Resource: "*"
  Orders:
    Type: AWS::DynamoDB::Table
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for statement, given in grants(template):
            for resource in statement.each("Resource", given):
                if set(resource.text or "") != {"*"}:
                    continue
                actions = [
                    action.value
                    for action in statement.each("Action", resource.given)
                    if isinstance(action.value, str) and _can_be_held(action.value)
                ]
                if actions:
                    yield Flaw.at(
                        resource,
                        f'write ARNs in Resource instead of "*": {_listed(actions)} can be held '
                        "to single resources",
                    )


def _can_be_held(action: str) -> bool:
    takes = {
        name: takes is Takes.RESOURCE and name not in REVIEWED
        for name, takes in covered(action).items()
    }
    if has_wildcard(action) and not action.endswith(":*"):
        # Of `ec2:Describe*` a few could be held to a resource; it is about the many.
        return sum(takes.values()) * 2 > len(takes)
    return any(takes.values())


def _listed(actions: list[str]) -> str:
    if "*" in actions:
        return "most actions"
    more = len(actions) - NAMED
    return ", ".join(actions[:NAMED]) + (f" and {more} more" if more > 0 else "")
