"""W9102: wildcards in the actions of a grant."""

from collections.abc import Iterator

from generator.lint.actions import has_wildcard
from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.policies import grants

FAMILIES = frozenset({"kms:generatedatakey*", "kms:reencrypt*"})
"""AWS documents these so: what they cover belongs together.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""


class ActionWildcard(Guardrail):
    """A policy spells its actions out."""

    id = "W9102"
    shortdesc = "Permission by a prefix of action names"
    description = (
        "A prefix such as s3:Get* allows more than it seems to, and more each time that AWS adds "
        "an action of such a name; who reviews the policy can't see what it allows."
    )
    source_url = (
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"
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
            Action:
              - s3:Get*  # <- Worker
              - kms:Decrypt
            Resource: !Sub "${Receipts.Arn}/*"
  Receipts:
    Type: AWS::S3::Bucket
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
            Action: [s3:GetObject, kms:GenerateDataKey*]
            Resource: !Sub "${Receipts.Arn}/*"
  Receipts:
    Type: AWS::S3::Bucket
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for statement, given in grants(template):
            for action in statement.each("Action", given):
                _, colon, name = (action.literal or "").partition(":")
                if not colon or not has_wildcard(name) or set(name) == {"*"}:
                    continue
                if str(action.literal).lower() not in FAMILIES:
                    yield Flaw.at(
                        action, f'name the actions that are needed instead of "{action.literal}"'
                    )
