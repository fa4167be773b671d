"""E9804: whether a rule may call its function."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.functions import Callee, callee
from generator.lint.template.text import UNKNOWN, WHOLE

PRINCIPAL = re.compile(r"events\.(?:amazonaws\.com(?:\.cn)?|\$\{AWS::URLSuffix\})|\*")
FIXED_PREFIX = re.compile(r".*:rule/[^*]+\*.*")


class RulePermission(Guardrail):
    """A rule that calls a function is let in, and no other rule with it."""

    id = "E9804"
    shortdesc = "Rule may not call its function"
    description = (
        "EventBridge asks the function's policy: without a permission from this rule, on just the "
        "alias that it calls, every event is dropped and the stack looks healthy."
    )
    source_url = (
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"
    )
    bad = """
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties: {Handler: index.handler, Role: !GetAtt Role.Arn, Code: {S3Key: !Ref Key}}
  Nightly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 day)
      Targets:
        - Id: function
          Arn: !GetAtt Function.Arn  # <- Nightly
"""
    good = """
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties: {Handler: index.handler, Role: !GetAtt Role.Arn, Code: {S3Key: !Ref Key}}
  Nightly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 day)
      Targets:
        - Id: function
          Arn: !GetAtt Function.Arn
  NightlyPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Function
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Nightly.Arn
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        permissions = list(template.of_type("AWS::Lambda::Permission"))
        for rule in template.of_type("AWS::Events::Rule"):
            for target in rule.body.each("Properties", "Targets", "*"):
                for arn in target.get("Arn"):
                    called = callee(template, arn)
                    # With a role, EventBridge calls as that.
                    if called is not None and all(
                        role.is_absent for role in target.get("RoleArn", given=arn.given)
                    ):
                        yield from _flaw(template, rule, arn, called, permissions)


def _flaw(
    template: Template, rule: Resource, arn: Node, called: Callee, permissions: list[Resource]
) -> Iterator[Flaw]:
    too_wide: str | None = None
    for permission in permissions:
        if template.conditions.both(
            arn.given, permission.body.given
        ) is None or not _lets_events_call(template, permission, called):
            continue
        for source in permission.get("SourceArn"):
            if _means(template, source, rule):
                return
            if source.is_absent or "*" in (source.text or ""):
                too_wide = permission.id
    if too_wide:
        yield Flaw.at(arn, f"set SourceArn of {too_wide} to !GetAtt {rule.id}.Arn")
    else:
        yield Flaw.at(
            arn,
            "add an AWS::Lambda::Permission on just what is called here, for "
            f"events.amazonaws.com, with SourceArn: !GetAtt {rule.id}.Arn",
        )


def _lets_events_call(template: Template, permission: Resource, called: Callee) -> bool:
    if not any(
        _is_given(template, node) or PRINCIPAL.fullmatch(node.text or "")
        for node in permission.get("Principal")
    ):
        return False
    for named in permission.get("FunctionName"):
        meant = callee(template, named)
        if meant is None and _is_given(template, named):
            return True
        if meant and meant.function.id == called.function.id and _same(meant, called):
            return True
    return False


def _same(one: Callee, other: Callee) -> bool:
    """Whether two mean the same version, or may."""
    if one.qualifier == other.qualifier:
        return True
    return not (one.is_latest or other.is_latest) and "${" in one.qualifier + other.qualifier


def _is_given(template: Template, node: Node) -> bool:
    """Whether a value comes from outside: a parameter, an import, another stack."""
    if not node.is_unknown:
        return False
    if node.text is None or UNKNOWN in node.text:
        return True
    if (whole := WHOLE.fullmatch(node.text)) is None:
        return False
    name, attribute = whole.groups()
    return (attribute or "Outputs.").startswith("Outputs.") and (
        attribute is not None or name not in template.resources
    )


def _means(template: Template, source: Node, rule: Resource) -> bool:
    """Whether an ARN is that of a rule, or may be."""
    if source.is_absent:
        return False
    if (meant := template.target(source, rule.type)) is not None:
        return meant.id == rule.id
    text = source.text or ""
    named = text.rpartition("/")[2]
    if _is_given(template, source) or named == f"${{{rule.id}}}" or FIXED_PREFIX.fullmatch(text):
        return True
    # A rule without a name gets one that nobody knows beforehand.
    has_name = any(not name.is_absent for name in rule.get("Name"))
    others = {f"${{{name}}}" for name in template.resources}
    return has_name and ":rule/" in text and "${" in named and named not in others
