"""E9307: versions that an alias points to."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.functions import ALIAS, VERSION, function_of
from generator.lint.template.text import UNKNOWN, placeholders

SUFFIX = re.compile(r".*[0-9a-fA-F]{8,}")
TELLING = re.compile(
    r"artifact|build|code|commit|date|deploy|digest|hash|image|key|number|package|release|revision"
    r"|run|sha|stamp|tag|time|version",
    re.IGNORECASE,
)
"""In a parameter's name: it can change whenever the code does."""


class Version(Guardrail):
    """New code makes a new version, and the alias moves to it."""

    id = "E9307"
    shortdesc = "Alias stays on its first version"
    description = (
        "A version is never updated: when nothing of it changes with the code, CloudFormation "
        "updates the function, publishes nothing, and the alias goes on with the code of the first "
        "deployment, without an error."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-lambda-version.html"
    )
    bad = """
Parameters:
  CodeKey: {Type: String}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Code: {S3Bucket: !Ref AWS::StackName, S3Key: !Ref CodeKey}
  OrdersVersion:
    Type: AWS::Lambda::Version
    Properties:  # <- OrdersVersion
      FunctionName: !Ref Orders
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      Name: live
      FunctionName: !Ref Orders
      FunctionVersion: !GetAtt OrdersVersion.Version
"""
    good = """
Parameters:
  CodeKey: {Type: String}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Code: {S3Bucket: !Ref AWS::StackName, S3Key: !Ref CodeKey}
  OrdersVersion:
    Type: AWS::Lambda::Version
    Properties:
      FunctionName: !Ref Orders
      Description: !Sub "code ${CodeKey}"
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      Name: live
      FunctionName: !Ref Orders
      FunctionVersion: !GetAtt OrdersVersion.Version
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        versions: dict[str, Resource] = {}
        for alias in template.of_type(ALIAS):
            for node in alias.get("FunctionVersion"):
                if found := template.target(node, VERSION):
                    versions[found.id] = found
            for node in alias.body.each(
                "Properties", "RoutingConfig", "AdditionalVersionWeights", "*", "FunctionVersion"
            ):
                if found := template.target(node, VERSION):
                    versions[found.id] = found
        for version in versions.values():
            if not SUFFIX.fullmatch(version.id):
                yield from self._judge(template, version)

    def _judge(self, template: Template, version: Resource) -> Iterator[Flaw]:
        code = _parameters_of_code(template, version)
        for description in version.get("Description"):
            if _changes(template, description, code):
                continue
            for digest in version.get("CodeSha256", given=description.given):
                if not _changes(template, digest, code):
                    named = f" ({', '.join(sorted(code))})" if code else ""
                    yield Flaw.at(
                        digest if description.is_absent else description,
                        f"refer in Description to the parameter that names the code{named}",
                    )


def _changes(template: Template, node: Node, code: set[str]) -> bool:
    """Tell whether a text can change with the code: also when that can't be known."""
    if node.is_absent:
        return False
    text = node.text
    if text is None or UNKNOWN in text or "{{resolve:" in text:
        return True
    parameters = template.section("Parameters")
    for name in placeholders(text):
        if name in code:
            return True
        if name in parameters:
            # A list of values to choose from names no code.
            chosen = not next(parameters[name].get("AllowedValues")).is_absent
            if not chosen and (not code or TELLING.search(name)):
                return True
        elif not name.startswith("AWS::"):
            return True  # something of a resource, which may be new with the code
    return False


def _parameters_of_code(template: Template, version: Resource) -> set[str]:
    """Name the parameters that say which code the function of a version has."""
    function = function_of(template, version)
    parameters = template.section("Parameters")
    named: set[str] = set()
    for name in ("S3Key", "S3ObjectVersion", "ImageUri"):
        for node in function.get("Code", name) if function else ():
            named.update(each for each in placeholders(node.text or "") if each in parameters)
    return named
