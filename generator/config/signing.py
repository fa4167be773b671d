"""`signing`: whether functions take only packages that AWS Signer has signed."""

from __future__ import annotations

from typing import Literal

from generator.config.fields import Section

WITHOUT_SIGNER = frozenset(
    """
    ap-east-2 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
    ap-southeast-7 ca-west-1 cn-north-1 cn-northwest-1 eu-central-2 eu-south-2 il-central-1
    me-central-1 mx-central-1
    """.split()
)
"""Regions that have no AWS Signer, or whose functions know no code signing.

A test compares this with CloudFormation's resource schemas."""


class Signing(Section):
    """Packages of the service's functions are signed by AWS Signer, in each region for itself.

    What is signed is the package that was built: gen publish has it signed, and checks that nothing
    but the signature was added. The rollback coordinator, which is no part of a release, is not
    signed.
    """

    mode: Literal["enforce", "warn"]
    """What Lambda does with a package that is not signed by this environment's profile: enforce
    refuses it, warn takes it and counts it (metric SignatureValidationErrors). One that was changed
    after it was signed is always refused. Start with warn when functions are there already."""
