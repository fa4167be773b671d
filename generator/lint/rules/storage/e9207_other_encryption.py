"""E9207: uploads under another encryption."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.bucket_policies import covered, is_for_everyone, stated_of
from generator.lint.template.bucket_uses import artifact_buckets
from generator.lint.template.policies import Statement

HEADERS = ("s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id")
PUTS = re.compile(r"(?i)\*|s3:(\*|Put\*|PutO\w*\*?)")


class OtherEncryption(Guardrail):
    """Artifact buckets refuse uploads that ask for another encryption than the bucket's own."""

    id = "E9207"
    shortdesc = "Artifact bucket takes uploads under any encryption"
    description = (
        "The bucket's encryption is only a default: an upload that names another key, or S3's own,"
        " is stored under that. Then the bucket's key policy does not protect the artifact, or"
        " those who deploy it can't read it."
    )
    source_url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"
    bad = """
Resources:
  ArtifactBucket:
    Type: AWS::S3::Bucket
    Properties:  # <- ArtifactBucket
      VersioningConfiguration: {Status: Enabled}
"""
    good = """
Resources:
  ArtifactBucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
  ArtifactPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref ArtifactBucket
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          # The Null test lets uploads through that name no encryption: they get the bucket's own.
          - Effect: Deny
            Principal: "*"
            Action: s3:PutObject
            Resource: !Sub "${ArtifactBucket.Arn}/*"
            Condition:
              "Null": {s3:x-amz-server-side-encryption: false}
              StringNotEquals: {s3:x-amz-server-side-encryption: aws:kms}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for bucket in artifact_buckets(template):
            stated = stated_of(template, bucket)
            if stated is None:
                continue
            held = [
                node.given
                for statement in stated
                if _denies_others(statement)
                for node in statement.each("Resource")
                if "objects" in covered(template, bucket, node)
            ]
            for properties in bucket.get():
                if not template.conditions.cover(held, properties.given):
                    yield Flaw.at(
                        properties,
                        "add a bucket policy for this bucket: Deny s3:PutObject where"
                        " s3:x-amz-server-side-encryption is given and is not aws:kms",
                    )


def _denies_others(statement: Statement) -> bool:
    return (
        statement.denies
        and is_for_everyone(statement)
        and any(PUTS.fullmatch(str(action.value)) for action in statement.each("Action"))
        and any(
            key in HEADERS
            and ("Not" in operator or any(v.value == "AES256" for v in values.items()))
            for operator, key, values in statement.conditions()
            if operator.rpartition(":")[2].startswith(("String", "Arn"))
        )
    )
