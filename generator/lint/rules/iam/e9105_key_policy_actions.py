"""E9105: actions of key policies."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Statement, Template, statements
from generator.lint.template.grants import policy_is_hidden
from generator.lint.template.reach import allows_action

EVERYTHING = ("kms:*", "*")
KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")


class KeyPolicyActions(Guardrail):
    """Administrators administer keys, users use them."""

    id = "E9105"
    shortdesc = "Key policy allows every action"
    description = (
        "Whoever has kms:* on a key can use it, hand it on, and have it deleted with all that it "
        "encrypts. Given to the account, every principal with a broad identity policy has it."
    )
    source_url = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html"
    bad = """
Resources:
  Data:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
            Action: kms:*  # <- Data
            Resource: "*"
"""
    good = """
Resources:
  Data:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Sid: Administer
            Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
            Action:
              - kms:DescribeKey
              - kms:EnableKeyRotation
              - kms:GetKeyPolicy
              - kms:PutKeyPolicy
              - kms:ScheduleKeyDeletion
              - kms:TagResource
              - kms:UpdateKeyDescription
            Resource: "*"
          - Sid: Use
            Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
            Action: [kms:Decrypt, kms:DescribeKey, kms:GenerateDataKey*]
            Resource: "*"
            Condition:
              StringEquals: {kms:ViaService: !Sub "s3.${AWS::Region}.amazonaws.com"}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        allowed = {
            key.id: [s for s in statements(template) if s.owner.id == key.id and s.allows]
            for key in template.of_type(*KEYS)
        }
        for key in template.of_type(*KEYS):
            for statement in allowed[key.id]:
                for action in statement.each("Action"):
                    if action.literal is not None and action.literal.lower() in EVERYTHING:
                        yield Flaw.at(
                            action,
                            "list the actions instead of kms:*: administration (kms:PutKeyPolicy, "
                            "kms:ScheduleKeyDeletion, ...) for administrators, and in a statement "
                            "of its own use (kms:Decrypt, kms:GenerateDataKey*, ...) for users",
                        )
            if policy_is_hidden(template, key) or not allowed[key.id]:
                continue
            if not any(_keeps_the_policy(statement) for statement in allowed[key.id]):
                for policy in key.get("KeyPolicy"):
                    for bypass in key.get("BypassPolicyLockoutSafetyCheck", given=policy.given):
                        if policy.is_known and bypass.is_absent:
                            yield Flaw.at(
                                policy,
                                "let some administrator keep kms:PutKeyPolicy, or nobody can ever "
                                "change this policy",
                            )


def _keeps_the_policy(statement: Statement) -> bool:
    """Tell whether a statement gives, or may give, the right to change the policy."""
    actions = [item.literal for node in statement.node.get("Action") for item in node.elements()]
    if not actions:  # NotAction
        return True
    return any(each is None or allows_action(each, "kms:PutKeyPolicy") for each in actions)
