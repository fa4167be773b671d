"""What the policies of a template's buckets say."""

from __future__ import annotations

import re

from generator.lint.template.buckets import ARN, OF, bucket_of
from generator.lint.template.conditions import function_of
from generator.lint.template.node import Node
from generator.lint.template.policies import Statement, documents, statements
from generator.lint.template.template import Resource, Template
from generator.lint.template.text import UNKNOWN, placeholders

POLICY = "AWS::S3::BucketPolicy"
NAME = re.compile(r"(?:\$\{[^}]*\}|[^/*$])+")


def stated_of(template: Template, bucket: Resource) -> list[Statement] | None:
    """List the statements of a bucket's policies; None when some of them can't be read."""
    unreadable = template.once(_unreadable)
    # Only what has a name can be meant by what is not a reference.
    named = any(not name.is_absent for name in bucket.get("BucketName"))
    if bucket.id in unreadable or (named and None in unreadable):
        return None
    return stated(template).get(bucket.id, [])


def is_for_everyone(statement: Statement) -> bool:
    """Tell whether a statement is about whoever calls."""
    if any(who.value == "*" for kind, who in statement.principals() if kind in ("*", "AWS")):
        return True
    # To spare services spares nobody who could come otherwise.
    spared = [kind for node in statement.node.get("NotPrincipal") for kind, _ in node.fields()]
    return bool(spared) and set(spared) == {"Service"}


def covered(template: Template, bucket: Resource, node: Node) -> set[str]:
    """Tell what a statement's resource covers: the `bucket`, all its `objects`, both or neither.

    What can't be read may be right.
    """
    if (text := node.text) is None or UNKNOWN in text:
        return COVERED["*"]
    found = OF.match(text)
    rest = f"${{{found[1]}}}{text[found.end() :]}" if found else ARN.sub("", text, count=1)
    for name in (f"${{{bucket.id}}}", *(each.text for each in bucket.get("BucketName"))):
        if name and rest.startswith(name):
            return COVERED.get(rest[len(name) :], set())
    parts = [part.partition(".")[0] for part in placeholders(rest)]
    if parts and not any(part in template.resources for part in parts):
        # S3 takes no policy that names another bucket, so parameters give this one's name.
        return COVERED.get(NAME.sub("", rest, count=1), set())
    return {"*": COVERED["*"], "*/*": COVERED["/*"]}.get(rest, set())


COVERED = {"": {"bucket"}, "*": {"bucket", "objects"}, "/*": {"objects"}}


def stated(template: Template) -> dict[str, list[Statement]]:
    """List the statements about each bucket, by its logical id."""
    return template.once(_stated)


def _stated(template: Template) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for statement in statements(template):
        if statement.owner.type == POLICY:
            for to in statement.owner.get("Bucket", given=statement.node.given):
                if bucket := bucket_of(template, to):
                    held = Statement(
                        statement.owner, statement.kind, statement.node.assuming(to.given)
                    )
                    found.setdefault(bucket.id, []).append(held)
    return found


def _unreadable(template: Template) -> set[str | None]:
    """Name the buckets with a policy that can't be read; None for one whose bucket can't be."""
    found: set[str | None] = set()
    for document in documents(template):
        if document.owner.type == POLICY:
            buckets = [
                (bucket_of(template, to), _may_be_ours(to)) for to in document.owner.get("Bucket")
            ]
            if any(unknown for _, unknown in buckets):
                found.add(None)
            if _is_unreadable(document.node):
                found |= {bucket.id for bucket, _ in buckets if bucket}
    return found


def _is_unreadable(document: Node) -> bool:
    if document.is_unknown or isinstance(document.value, str):
        return True
    return any(
        listed.is_unknown or any(each.is_unknown for each in listed.items())
        for listed in document.get("Statement")
    )


def _may_be_ours(to: Node) -> bool:
    """Tell whether a bucket that is not found may be one of the template; an import can't."""
    called = function_of(to.value)
    return to.text is None and called is not None and called[0] != "Fn::ImportValue"
