"""E9206: plain HTTP."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Resource, Template
from generator.lint.template.bucket_policies import covered, is_for_everyone, stated_of
from generator.lint.template.bucket_uses import keeping
from generator.lint.template.policies import Statement

DENY = "Deny s3:* to everyone where Bool aws:SecureTransport is false"

WEBSITE = (
    " (and serve the site through CloudFront from a private bucket: S3's website endpoints know no"
    " TLS)"
)


class PlainHttp(Guardrail):
    """Buckets refuse what does not come by TLS."""

    id = "E9206"
    shortdesc = "Bucket can be read over plain HTTP"
    description = (
        "S3 answers plain HTTP too: what a misconfigured client sends or reads so, its signature"
        " included, is open to whoever listens on the way."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html"
    )
    bad = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:  # <- Data
      VersioningConfiguration: {Status: Enabled}
"""
    good = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
  DataPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Deny
            Principal: "*"
            Action: s3:*
            Resource: [!GetAtt Data.Arn, !Sub "${Data.Arn}/*"]
            Condition: {Bool: {aws:SecureTransport: false}}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for bucket in keeping(template):
            stated = stated_of(template, bucket)
            if stated is not None:
                yield from self._judge(template, bucket, stated)

    def _judge(
        self, template: Template, bucket: Resource, stated: list[Statement]
    ) -> Iterator[Flaw]:
        denies = [each for each in stated if _denies_plain_http(each)]
        for properties in bucket.get():
            missing = [
                part
                for part in ("bucket", "objects")
                if not template.conditions.cover(
                    [
                        node.given
                        for deny in denies
                        for node in deny.each("Resource")
                        if part in covered(template, bucket, node)
                    ],
                    properties.given,
                )
            ]
            if len(missing) == 1 and denies:
                place = next(iter(denies[0].node.get("Resource")), denies[0].node)
                what = {"bucket": "the bucket", "objects": "all its objects (/*)"}[missing[0]]
                yield Flaw.at(place, f"name {what} too in the Resource of this Deny")
            elif missing:
                website = any(node.is_known for node in bucket.get("WebsiteConfiguration"))
                yield Flaw.at(
                    properties,
                    f"add a bucket policy for this bucket: {DENY}{WEBSITE if website else ''}",
                )


def _denies_plain_http(statement: Statement) -> bool:
    conditions = list(statement.conditions())
    return (
        statement.denies
        and is_for_everyone(statement)
        and any(str(action.value).lower() in ("s3:*", "*") for action in statement.each("Action"))
        and any(
            operator.startswith("Bool")
            and key == "aws:securetransport"
            and any(value.is_false for value in values.items())
            for operator, key, values in conditions
        )
        and all(key in ALLOWED_BESIDES for _, key, _ in conditions)
    )


ALLOWED_BESIDES = ("aws:securetransport", "aws:principalisawsservice")
"""Any other condition would let some plain HTTP through."""
