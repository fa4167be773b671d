"""E9203: object ownership."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.bucket_uses import acl_targets
from generator.lint.template.buckets import BUCKET


class ObjectOwnership(Guardrail):
    """Policies alone say who may do what in a bucket: no ACLs."""

    id = "E9203"
    shortdesc = "Bucket leaves access to ACLs"
    description = (
        "With ACLs, whoever uploads an object owns it and says who reads it, past the bucket's"
        " policy; and a bucket made today refuses an AccessControl."
    )
    source_url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"
    bad = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      AccessControl: Private  # <- Data
      OwnershipControls:
        Rules:
          - ObjectOwnership: ObjectWriter  # <- Data
"""
    good = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      OwnershipControls:
        Rules:
          - ObjectOwnership: BucketOwnerEnforced
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for bucket in template.of_type(BUCKET):
            if bucket.id in acl_targets(template):  # CloudFront's logs need an ACL
                continue
            for acl in bucket.get("AccessControl"):
                if "AccessControl" in acl.path and not acl.is_absent:  # whatever it says
                    yield Flaw.at(
                        acl, "leave out AccessControl, and grant access in a bucket policy"
                    )
            for rules in bucket.get("OwnershipControls", "Rules"):
                if rules.is_absent:
                    yield Flaw.at(rules, "set OwnershipControls to BucketOwnerEnforced")
                for rule in rules.items():
                    for ownership in rule.get("ObjectOwnership"):
                        if ownership.is_absent or (
                            ownership.literal not in ("BucketOwnerEnforced", None)
                        ):
                            yield Flaw.at(ownership, "set ObjectOwnership: BucketOwnerEnforced")
