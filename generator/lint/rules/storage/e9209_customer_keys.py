"""E9209: customer keys."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template

KEYS = {
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::CodeBuild::Project": "EncryptionKey",
    "AWS::SecretsManager::Secret": "KmsKeyId",
}
"""Which property names the key."""
STREAM = "AWS::KinesisFirehose::DeliveryStream"
STREAM_KEY = "DeliveryStreamEncryptionConfigurationInput"
AWS_OWN = "alias/aws/"


class CustomerKeys(Guardrail):
    """What keeps messages, logs, builds and secrets does so under a customer key."""

    id = "E9209"
    shortdesc = "No customer key"
    description = (
        "Under a key of AWS's own nobody can say who decrypts, share it with another account (an"
        " alarm or a rule can't even send to a topic under alias/aws/sns), or shut it off."
    )
    source_url = "https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html"
    bad = """
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:  # <- Orders
      SqsManagedSseEnabled: true
  Alerts:
    Type: AWS::SNS::Topic
    Properties:
      KmsMasterKeyId: alias/aws/sns  # <- Alerts
"""
    good = """
Parameters:
  KeyArn: {Type: String}
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      KmsMasterKeyId: !Ref KeyArn
  Alerts:
    Type: AWS::SNS::Topic
    Properties:
      KmsMasterKeyId: !Ref KeyArn
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for resource in template.of_type(*KEYS):
            name = KEYS[resource.type]
            for key in resource.get(name):
                if _is_no_customer_key(key):
                    yield Flaw.at(key, f"set {name} to a customer key")
        for stream in template.of_type(STREAM):
            yield from self._judge(stream)

    def _judge(self, stream: Resource) -> Iterator[Flaw]:
        for source in stream.get("DeliveryStreamType"):
            # A stream that reads from elsewhere is encrypted as that is.
            if not source.is_absent and source.literal != "DirectPut":
                continue
            for encryption in stream.get(STREAM_KEY, given=source.given):
                if encryption.is_unknown:
                    continue
                for kind in encryption.get("KeyType"):
                    if kind.is_absent or kind.literal == "AWS_OWNED_CMK":
                        yield Flaw.at(kind, f"set {STREAM_KEY}.KeyType: CUSTOMER_MANAGED_CMK")
                        continue
                    for key in encryption.get("KeyARN", given=kind.given):
                        if _is_no_customer_key(key):
                            yield Flaw.at(key, f"set {STREAM_KEY}.KeyARN to a customer key")


def _is_no_customer_key(key: Node) -> bool:
    return key.is_absent or key.value == "" or AWS_OWN in (key.text or "")
