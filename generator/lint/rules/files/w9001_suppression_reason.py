"""W9001: suppressions that don't say why."""

import re
from collections.abc import Iterator

import yaml

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template

OURS = "cfn-lint"
LIST = ("config", "ignore_checks")
REASON = re.compile(r"\s*#\s*reason:\s*\S", re.IGNORECASE)
COMMENT = re.compile(r"\s*#")


class SuppressionReason(Guardrail):
    """Who switches a check off says why."""

    id = "W9001"
    shortdesc = "Suppression without a reason"
    description = (
        "A check that was switched off looks the same whether it is wrong here or was in the way: "
        "nobody dares to switch it on again, and it hides the next mistake too."
    )
    source_url = "https://github.com/aws-cloudformation/cfn-lint#metadata"
    bad = """
Resources:
  Site:
    Type: AWS::S3::Bucket
    Metadata:
      cfn-lint:
        config:
          ignore_checks: [W9211]  # <- Site
"""
    good = """
Resources:
  Site:
    Type: AWS::S3::Bucket
    Metadata:
      cfn-lint:
        config:
          ignore_checks: [W9211]
        reason: Everything in it is built from the source again in a minute
  Cache:
    Type: AWS::S3::Bucket
    Metadata:
      cfn-lint:
        config:
          # reason: nothing in it is kept for longer than an hour
          ignore_checks: [W9211]
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        bodies = [template.root, *template.section("Resources").values()]
        for body in bodies:
            for metadata in body.get("Metadata", OURS):
                ignored = list(metadata.get(*LIST))
                if not any(each.is_known and each.value for each in ignored):
                    continue
                if _is_reasoned(metadata) or _is_commented(template, (*metadata.path, *LIST)):
                    continue
                for each in ignored:
                    yield Flaw.at(
                        each, "say why in Metadata, as reason: … beside config of cfn-lint"
                    )


def _is_reasoned(metadata: Node) -> bool:
    return any(
        isinstance(reason.value, str) and reason.value.strip() for reason in metadata.get("reason")
    )


def _is_commented(template: Template, path: tuple[str | int, ...]) -> bool:
    """Tell whether a comment directly above the list, or above its first element, says why."""
    if "reason:" not in (text := template.written or "").lower():
        return False
    if not (places := list(_list_at(text, path))):
        return True  # written by a transform, so nobody knows which comment it had
    lines = text.splitlines()
    return any(REASON.match(comment) for line in places for comment in _above(lines, line))


def _list_at(text: str, path: tuple[str | int, ...]) -> Iterator[int]:
    """Yield the line of a list's key and that of its first element, counted from 0."""
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return
    key = None
    for name in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        key, node = next(((k, v) for k, v in pairs if k.value == name), (None, None))
    if key is not None:
        yield key.start_mark.line
    if isinstance(node, yaml.SequenceNode) and node.value:
        yield node.value[0].start_mark.line


def _above(lines: list[str], line: int) -> Iterator[str]:
    while line > 0 and COMMENT.match(lines[line - 1]):
        line -= 1
        yield lines[line]
