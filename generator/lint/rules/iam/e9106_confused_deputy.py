"""E9106: services in resource policies."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Kind, Node, Template, statements

POLICIES = {
    "AWS::KMS::Key": "key",
    "AWS::KMS::ReplicaKey": "key",
    "AWS::S3::BucketPolicy": "bucket",
    "AWS::SNS::TopicPolicy": "topic",
    "AWS::SNS::TopicInlinePolicy": "topic",
    "AWS::SQS::QueuePolicy": "queue",
    "AWS::SQS::QueueInlinePolicy": "queue",
    "AWS::Events::EventBus": "bus",
    "AWS::Events::EventBusPolicy": "bus",
}
EVENTBRIDGE = ("events.amazonaws.com", "events.${AWS::URLSuffix}")
UNABLE = {"key": EVENTBRIDGE, "topic": EVENTBRIDGE}
"""Services that send none of the condition keys there, so that a condition would refuse them.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"""
SCOPES = (
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:referer",
    "kms:viaservice",
    "kms:calleraccount",
    "kms:encryptioncontextkeys",
)
"""Condition keys that say on whose behalf; those of encryption contexts have names of their own."""
CONTEXT = "kms:encryptioncontext:"


class ConfusedDeputy(Guardrail):
    """Services act for this account only."""

    id = "E9106"
    shortdesc = "Service is let in on anybody's behalf"
    description = (
        "A service acts for every customer of AWS. Let in without a condition, it can be asked by "
        "a stranger's account to read, write or send here: the confused deputy problem."
    )
    source_url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"
    bad = """
Resources:
  Alerts:
    Type: AWS::SNS::Topic
  AlertsPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Alerts]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: cloudwatch.amazonaws.com}  # <- AlertsPolicy
            Action: sns:Publish
            Resource: !Ref Alerts
"""
    good = """
Resources:
  Alerts:
    Type: AWS::SNS::Topic
  AlertsPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Alerts]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: cloudwatch.amazonaws.com}
            Action: sns:Publish
            Resource: !Ref Alerts
            Condition:
              StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sns:Publish
            Resource: !Ref Alerts
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for statement in statements(template):
            kind = POLICIES.get(statement.owner.type)
            if kind is None or statement.kind is not Kind.RESOURCE or not statement.allows:
                continue
            for name, principal in statement.principals():
                service = principal.text
                if name != "Service" or service is None or "." not in service:
                    continue
                if service in UNABLE.get(kind, ()):
                    continue
                for condition in statement.node.get("Condition", given=principal.given):
                    if not condition.is_unknown and not _is_scoped(condition):
                        yield Flaw.at(
                            principal,
                            f"say in Condition on whose behalf {service} may act: "
                            f"aws:SourceAccount or aws:SourceArn{ON_KEYS if kind == 'key' else ''}",
                        )


ON_KEYS = ", kms:ViaService or kms:EncryptionContext:..."


def _is_scoped(condition: Node) -> bool:
    return any(
        (key.lower() in SCOPES or key.lower().startswith(CONTEXT))
        and not all(value.literal == "*" for value in values.elements())
        for operator, keys in condition.fields()
        if operator.lower() != "null"
        for key, values in keys.fields()
    )
