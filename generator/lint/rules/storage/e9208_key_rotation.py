"""E9208: key rotation."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template


class KeyRotation(Guardrail):
    """Keys of AWS's own material rotate."""

    id = "E9208"
    shortdesc = "KMS key does not rotate"
    description = (
        "A key that never rotates protects everything ever written with the same material: once "
        "that is exposed, all of it is. Rotation costs nothing to those who use the key."
    )
    source_url = "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"
    bad = """
Resources:
  Data:
    Type: AWS::KMS::Key
    Properties:  # <- Data
      KeyPolicy: {Version: "2012-10-17", Statement: []}
"""
    good = """
Resources:
  Data:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy: {Version: "2012-10-17", Statement: []}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for key in template.of_type("AWS::KMS::Key"):
            for spec in key.get("KeySpec"):
                if not spec.is_absent and spec.literal != "SYMMETRIC_DEFAULT":
                    continue
                for origin in key.get("Origin", given=spec.given):
                    if not origin.is_absent and origin.literal != "AWS_KMS":
                        continue
                    for rotation in key.get("EnableKeyRotation", given=origin.given):
                        if not rotation.is_true and not rotation.is_unknown:
                            yield Flaw.at(rotation, "set EnableKeyRotation: true")
