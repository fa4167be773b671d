"""E9202: public access."""

from collections.abc import Iterable, Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.buckets import BUCKET

ALL = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


class PublicAccess(Guardrail):
    """Buckets block public access in all four ways."""

    id = "E9202"
    shortdesc = "Bucket does not block public access"
    description = (
        "One policy or ACL, written by mistake later on, opens the data to the internet. Each of"
        " the four settings stops another way in, so each has to be on."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
        "access-control-block-public-access.html"
    )
    bad = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration:  # <- Data
        BlockPublicAcls: true
        BlockPublicPolicy: true
"""
    good = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration:
        BlockPublicAcls: true
        BlockPublicPolicy: true
        IgnorePublicAcls: true
        RestrictPublicBuckets: true
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for bucket in template.of_type(BUCKET):
            for block in bucket.get("PublicAccessBlockConfiguration"):
                if block.is_absent:
                    yield Flaw.at(block, f"set PublicAccessBlockConfiguration: {_all_of(ALL)}")
                    continue
                settings = [(name, node) for name in ALL for node in block.get(name)]
                missing = dict.fromkeys(name for name, node in settings if node.is_absent)
                if missing:
                    yield Flaw.at(
                        block, f"in PublicAccessBlockConfiguration, set {_all_of(missing)}"
                    )
                for name, node in settings:
                    if node.is_false:
                        yield Flaw.at(node, f"set {name}: true")


def _all_of(names: Iterable[str]) -> str:
    return ", ".join(f"{name}: true" for name in names)
