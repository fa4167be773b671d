"""E9201: bucket encryption."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.bucket_uses import keeping, log_targets

AWS_OWN = "alias/aws/"


class BucketEncryption(Guardrail):
    """Buckets are encrypted under a customer key, with a bucket key."""

    id = "E9201"
    shortdesc = "Bucket is not encrypted under a customer key"
    description = (
        "Under S3's or AWS's own key, whoever may read the bucket may read the data: no key policy"
        " says who decrypts, and nothing can be shut off. Without a bucket key every object costs"
        " a call of KMS, in money and against its request quota."
    )
    source_url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html"
    bad = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: AES256  # <- Data
"""
    good = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - BucketKeyEnabled: true
            ServerSideEncryptionByDefault:
              SSEAlgorithm: aws:kms
              KMSMasterKeyID: !GetAtt Key.Arn
  Key:
    Type: AWS::KMS::Key
    Properties: {EnableKeyRotation: true, KeyPolicy: {Version: "2012-10-17", Statement: []}}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for bucket in keeping(template):
            if bucket.id not in log_targets(template):  # these can't have a customer key
                for listed in bucket.get("BucketEncryption", "ServerSideEncryptionConfiguration"):
                    if listed.is_unknown:
                        continue
                    rules = list(listed.items())
                    if not rules:
                        yield Flaw.at(listed, "set BucketEncryption to aws:kms with a customer key")
                    for rule in rules:
                        yield from self._judge(rule)

    def _judge(self, rule: Node) -> Iterator[Flaw]:
        for default in rule.get("ServerSideEncryptionByDefault"):
            for algorithm in default.get("SSEAlgorithm"):
                if algorithm.literal == "AES256" or algorithm.is_absent:
                    yield Flaw.at(algorithm, "set SSEAlgorithm: aws:kms, and KMSMasterKeyID")
                elif algorithm.literal in ("aws:kms", "aws:kms:dsse"):
                    for key in default.get("KMSMasterKeyID", given=algorithm.given):
                        if key.is_absent or not key.value or AWS_OWN in (key.text or ""):
                            yield Flaw.at(key, "set KMSMasterKeyID to the ARN of a customer key")
                if algorithm.literal == "aws:kms":  # dsse has no bucket key
                    for bucket_key in rule.get("BucketKeyEnabled", given=algorithm.given):
                        if bucket_key.is_absent or bucket_key.is_false:
                            yield Flaw.at(bucket_key, "set BucketKeyEnabled: true")
