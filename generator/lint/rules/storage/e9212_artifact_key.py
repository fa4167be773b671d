"""E9212: key of artifacts."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.bucket_uses import stores_of
from generator.lint.template.buckets import BUCKET

ALIAS = "alias/aws/s3"


class ArtifactKey(Guardrail):
    """Artifact stores and buckets use a customer key of their region."""

    id = "E9212"
    shortdesc = "Artifact store or bucket is encrypted under alias/aws/s3"
    description = (
        "That key's policy can't be changed: no other account can ever read what it encrypts, so a"
        " deployment into one fails on its artifact; and no other region has the same key."
    )
    source_url = (
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/S3-artifact-encryption.html"
    )
    bad = """
Resources:
  Artifacts:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - BucketKeyEnabled: true
            ServerSideEncryptionByDefault:
              SSEAlgorithm: aws:kms
              KMSMasterKeyID: alias/aws/s3  # <- Artifacts
"""
    good = """
Parameters:
  KeyArn: {Type: String, Description: Customer key of this region}
Resources:
  Artifacts:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - BucketKeyEnabled: true
            ServerSideEncryptionByDefault:
              SSEAlgorithm: aws:kms
              KMSMasterKeyID: !Ref KeyArn
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for bucket in template.of_type(BUCKET):
            for rules in bucket.get("BucketEncryption", "ServerSideEncryptionConfiguration"):
                for rule in rules.items():
                    for key in rule.get("ServerSideEncryptionByDefault", "KMSMasterKeyID"):
                        if (key.text or "").endswith(ALIAS):
                            yield Flaw.at(
                                key, "set KMSMasterKeyID to a customer key of this region"
                            )
        for pipeline in template.of_type("AWS::CodePipeline::Pipeline"):
            for store in stores_of(pipeline):
                for key in store.get("EncryptionKey", "Id"):
                    if (key.text or "").endswith(ALIAS):
                        yield Flaw.at(key, "set EncryptionKey.Id to a customer key of this region")
