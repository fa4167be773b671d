"""E9204: versioning."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.bucket_uses import keeping


class Versioning(Guardrail):
    """Buckets keep earlier versions of their objects."""

    id = "E9204"
    shortdesc = "Bucket keeps no versions"
    description = (
        "What is overwritten or deleted by mistake is gone. Pipelines with an S3 source, rollbacks"
        " and replication need versions besides."
    )
    source_url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"
    bad = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Suspended}  # <- Data
"""
    good = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for bucket in keeping(template):
            for status in bucket.get("VersioningConfiguration", "Status"):
                if status.is_absent or status.literal not in ("Enabled", None):
                    yield Flaw.at(status, "set VersioningConfiguration.Status: Enabled")
