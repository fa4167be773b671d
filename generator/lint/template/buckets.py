"""Which bucket of a template something means."""

from __future__ import annotations

import re

from generator.lint.template.node import Node
from generator.lint.template.template import Resource, Template
from generator.lint.template.text import PLACEHOLDER

BUCKET = "AWS::S3::Bucket"

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
ARN = re.compile(r"arn:(?:[\w-]+|\$\{[^}]*\}):s3:::")
DOMAIN = re.compile(r"(?<=.)\.s3[.-][^/]*$")
OF = re.compile(r"\$\{(\w+)\.(?:Arn|DomainName|RegionalDomainName|DualStackDomainName)\}")
"""An attribute that tells which bucket it is."""


def bucket_of(template: Template, node: Node) -> Resource | None:
    """Find the bucket that a name, an ARN or a domain name means."""
    return None if (text := node.text) is None else _named(template, text)


def words_of(bucket: Resource) -> set[str]:
    """Split a bucket's logical id and what is literal in its name into words."""
    names = [PLACEHOLDER.sub(" ", node.text or "") for node in bucket.get("BucketName")]
    return {word.lower() for name in (bucket.id, *names) for word in WORD.findall(name)}


def _named(template: Template, text: str) -> Resource | None:
    if (found := OF.fullmatch(text)) is not None:
        text = f"${{{found[1]}}}"
    text = DOMAIN.sub("", ARN.sub("", text, count=1))
    if (bucket := template.target_of(text, BUCKET)) is not None:
        return bucket
    named = template.names.get(text, ())  # also by the same parameter
    return next((each for each in named if each.type == BUCKET), None)
