"""W9211: replication."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.bucket_uses import replicas
from generator.lint.template.buckets import BUCKET, words_of

LASTING = frozenset({"release", "releases", "state", "tfstate", "archive", "archives"})
OTHERS = frozenset({"replica", "replicas", "replication", "destination", "secondary", "machine"})
"""What the name of a copy says, or that of a state machine's bucket."""


class Replication(Guardrail):
    """What must outlast a region is replicated to another."""

    id = "W9211"
    shortdesc = "Releases, state or archive are in one region only"
    description = (
        "When the region fails, what a rollback or a rebuild elsewhere needs is out of reach just"
        " then."
    )
    source_url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html"
    bad = """
Resources:
  ReleaseBucket:
    Type: AWS::S3::Bucket
    Properties:  # <- ReleaseBucket
      VersioningConfiguration: {Status: Enabled}
"""
    good = """
Parameters:
  ReplicationRoleArn: {Type: String}
  ReplicaArn: {Type: String}
Resources:
  ReleaseBucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      ReplicationConfiguration:
        Role: !Ref ReplicationRoleArn
        Rules:
          - {Status: Enabled, Destination: {Bucket: !Ref ReplicaArn}}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for bucket in template.of_type(BUCKET):
            words = words_of(bucket)
            if words & LASTING and not words & OTHERS and bucket.id not in replicas(template):
                for replication in bucket.get("ReplicationConfiguration"):
                    if replication.is_absent:
                        yield Flaw.at(
                            replication,
                            "set ReplicationConfiguration to a bucket in another region,"
                            " or ignore this rule here with the reason why one is enough",
                        )
