"""E9103: passing roles."""

import re
from collections.abc import Iterator

from generator.lint.actions import covered
from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.arns import arn_of
from generator.lint.template.policies import Statement, grants

PASS_ROLE = "iam:PassRole"
ANY_ROLE = re.compile(r"\*+|role/\*+")
SERVICE = "iam:passedtoservice"


class PassRole(Guardrail):
    """Who passes a role passes a certain one, to a certain service."""

    id = "E9103"
    shortdesc = "Any role can be passed, or to any service"
    description = (
        "Who may pass any role can start something that runs as the most powerful role of the "
        "account; without iam:PassedToService a role for one service can be handed to another."
    )
    source_url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"
    bad = """
Resources:
  Deployer:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: deploy
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: iam:PassRole  # <- Deployer
            Resource: "*"  # <- Deployer
"""
    good = """
Resources:
  Deployer:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: deploy
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: iam:PassRole
            Resource: !GetAtt Execution.Arn
            Condition: {StringEquals: {iam:PassedToService: lambda.amazonaws.com}}
  Execution:
    Type: AWS::IAM::Role
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for statement, given in grants(template):
            for action in statement.each("Action", given):
                if not _passes_roles(action):
                    continue
                for resource in statement.each("Resource", action.given):
                    if _is_any_role(resource):
                        yield Flaw.at(
                            resource, "write the ARN of the role that is passed in Resource"
                        )
                for node in statement.node.get("Condition", given=action.given):
                    if not node.is_unknown and not _names_service(statement, node):
                        yield Flaw.at(
                            action if node.is_absent else node,
                            "say in Condition to which service the role is passed: "
                            "StringEquals: {iam:PassedToService: …}",
                        )


def _passes_roles(action: Node) -> bool:
    text = action.value
    # "*" is E9102's: it says nothing of roles.
    return isinstance(text, str) and text.lower().startswith("iam:") and PASS_ROLE in covered(text)


def _is_any_role(resource: Node) -> bool:
    text = resource.text or ""
    arn = arn_of(text)
    return bool(ANY_ROLE.fullmatch((arn.resource or "") if arn else text))


def _names_service(statement: Statement, condition: Node) -> bool:
    return any(
        key == SERVICE and "not" not in operator.lower() and not _is_anything(values)
        for operator, key, values in statement.conditions(condition.given)
    )


def _is_anything(values: Node) -> bool:
    return any(set(value.text or "") == {"*"} for value in values.items())
