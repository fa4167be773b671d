"""E9205: lifecycle."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.bucket_uses import keeping

SUPERSEDED = {
    "NoncurrentVersionExpirationInDays": "NoncurrentVersionExpiration.NoncurrentDays",
    "NoncurrentVersionTransition": "NoncurrentVersionTransitions (a list)",
    "Transition": "Transitions (a list)",
}
EXPIRY = ("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays")
ABORT = ("AbortIncompleteMultipartUpload",)


class Lifecycle(Guardrail):
    """Buckets get rid of old versions and of uploads that never ended."""

    id = "E9205"
    shortdesc = "Bucket never tidies up"
    description = (
        "Old versions and the parts of broken uploads are in no listing, but on every bill. The"
        " singular lifecycle properties are superseded."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-properties-s3-bucket-rule.html"
    )
    bad = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      LifecycleConfiguration:
        Rules:  # <- Data
          - Status: Enabled
            NoncurrentVersionExpirationInDays: 30  # <- Data
"""
    good = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      LifecycleConfiguration:
        Rules:
          - Status: Enabled
            NoncurrentVersionExpiration: {NoncurrentDays: 30}
            AbortIncompleteMultipartUpload: {DaysAfterInitiation: 7}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for bucket in keeping(template):
            for listed in bucket.get("LifecycleConfiguration", "Rules"):
                if listed.is_absent:
                    wanted = "NoncurrentVersionExpiration and AbortIncompleteMultipartUpload"
                    yield Flaw.at(listed, f"set LifecycleConfiguration with {wanted}")
                elif listed.is_known:
                    yield from self._judge(listed)

    def _judge(self, listed: Node) -> Iterator[Flaw]:
        rules = list(listed.items())
        for rule in rules:
            for name, instead in SUPERSEDED.items():
                for node in rule.get(name):
                    if node.is_known:
                        yield Flaw.at(node, f"write {instead} instead of {name}")
        if any(rule.is_unknown for rule in rules):
            return
        for wanted in (EXPIRY, ABORT):
            held = [node.given for rule in rules for node in _in_force(rule, wanted)]
            if not listed.conditions.cover(held, listed.given):
                yield Flaw.at(listed, f"add {wanted[0]} to a rule that is Enabled")


def _in_force(rule: Node, names: tuple[str, ...]) -> Iterator[Node]:
    for status in rule.get("Status"):
        if status.literal != "Disabled":
            for name in names:
                yield from (
                    node for node in rule.get(name, given=status.given) if not node.is_absent
                )
