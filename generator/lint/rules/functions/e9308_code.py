"""E9308: code that is named by what is in it."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.functions import functions, is_sam
from generator.lint.template.text import placeholders

NAMED_ANEW = re.compile(
    r"(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{8,}|[0-9a-f]{32,}|(?<![0-9])1[0-9]{12}(?![0-9])"
)
"""A hash, of hex digits of both sorts (a date is none), or the millisecond of its packaging."""


class Code(Guardrail):
    """A function's code is named by a parameter or by its own content."""

    id = "E9308"
    shortdesc = "Function's code stands in the template, or under a name that never changes"
    description = (
        "CloudFormation looks at the name of the code, not at what is in it: a new package under "
        "the same key is never deployed. Code in the template is neither tested nor reviewed as "
        "code, and has no dependencies."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-properties-lambda-function-code.html"
    )
    bad = """
Parameters:
  Bucket: {Type: String}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Code:
        S3Bucket: !Ref Bucket
        S3Key: orders/latest.zip  # <- Orders
  Hello:
    Type: AWS::Lambda::Function
    Properties:
      Code:
        ZipFile: "exports.handler = async () => 'hello'"  # <- Hello
"""
    good = """
Parameters:
  Bucket: {Type: String}
  OrdersKey: {Type: String}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Code:
        S3Bucket: !Ref Bucket
        S3Key: !Ref OrdersKey
  Hello:
    Type: AWS::Lambda::Function
    Properties:
      Code:
        S3Bucket: !Ref Bucket
        S3Key: hello/9c1185a5c5e9fc54612808977ee8f548b2258d31.zip
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for function in functions(template):
            yield from self._inline(function)
            if is_sam(function):
                for uri in function.get("CodeUri"):
                    # A local path is packaged, and named by its content then.
                    if (uri.text or "").startswith("s3://") and _never_changes(template, uri):
                        yield Flaw.at(uri, "name the code in CodeUri by a parameter, or by a hash")
            code, key, version = (
                ("CodeUri", "Key", "Version")
                if is_sam(function)
                else ("Code", "S3Key", "S3ObjectVersion")
            )
            for node in function.get(code, key):
                if not node.is_absent and _never_changes(template, node):
                    for exact in function.get(code, version, given=node.given):
                        if exact.is_absent:
                            yield Flaw.at(
                                node,
                                f"name the code in {key} by a parameter of its own, or by its hash",
                            )

    def _inline(self, function: Resource) -> Iterator[Flaw]:
        names = ("InlineCode",) if is_sam(function) else ("Code", "ZipFile")
        where = "CodeUri" if is_sam(function) else "Code.S3Key"
        for node in function.get(*names):
            if not node.is_absent and (node.is_known or node.text is not None):
                yield Flaw.at(
                    node, f"keep the code in a file and name its package in {where} by a parameter"
                )


def _never_changes(template: Template, node: Node) -> bool:
    text = node.text
    return (
        text is not None
        and "{{resolve:" not in text
        and all(_is_fixed(template, name) for name in placeholders(text))
        and not NAMED_ANEW.search(text)
    )


def _is_fixed(template: Template, name: str) -> bool:
    """Tell whether something is the same for all code: the stack, or one of a few values."""
    if name.startswith("AWS::"):
        return True
    parameter = template.section("Parameters").get(name)
    return parameter is not None and not next(parameter.get("AllowedValues")).is_absent
