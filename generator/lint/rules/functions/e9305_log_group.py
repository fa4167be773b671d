"""E9305: log groups of functions."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Resource, Template
from generator.lint.template.functions import at_edge, functions
from generator.lint.template.text import PLACEHOLDER, UNKNOWN, WHOLE, placeholders

PREFIX = "/aws/lambda/"


class LogGroup(Guardrail):
    """A function's log group is made with it, not by its first line of log."""

    id = "E9305"
    shortdesc = "Function without a log group of its own"
    description = (
        "Lambda makes the missing group itself: it keeps everything for ever, unencrypted by a key "
        "of yours, stays behind when the stack goes, and no metric filter or subscription can be "
        "made before the first call."
    )
    source_url = (
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"
    )
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:  # <- Orders
      FunctionName: orders
"""
    good = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
  OrdersLog:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: /aws/lambda/orders
      RetentionInDays: 30
  Mail:
    Type: AWS::Lambda::Function
    Properties:
      LoggingConfig: {LogGroup: !Ref MailLog}
  MailLog:
    Type: AWS::Logs::LogGroup
    Properties: {RetentionInDays: 30}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        groups = _groups(template)
        for function in functions(template):
            if function.id in at_edge(template):
                continue  # Its groups are in every region but the template's.
            for node in function.get("LoggingConfig", "LogGroup"):
                if node.is_absent:
                    names = list(_names(function))
                    if not any(_same(template, group, name) for group in groups for name in names):
                        yield Flaw.at(
                            node if "LoggingConfig" not in node.path else next(function.get()),
                            f'add an AWS::Logs::LogGroup with LogGroupName: !Sub "{PREFIX}'
                            f'${{{function.id}}}", or name one in LoggingConfig.LogGroup',
                        )
                elif (
                    (text := node.text) is not None
                    # A parameter, a group of the template, something looked up.
                    and WHOLE.fullmatch(text) is None
                    and "{{resolve:" not in text
                    and not any(_same(template, group, text) for group in groups)
                ):
                    yield Flaw.at(
                        node,
                        f"add the AWS::Logs::LogGroup {text} that LoggingConfig.LogGroup names",
                    )


def _groups(template: Template) -> list[str]:
    """List the names of log groups; of those that are nobody's, what a parameter says is open."""
    parameters = template.section("Parameters")
    taken = {name for function in functions(template) for name in _names(function)}

    def open_(found: re.Match[str]) -> str:
        parameter = parameters.get(found[1])
        given = parameter is None or not next(parameter.get("Default")).is_absent
        return found[0] if given else UNKNOWN

    return [
        text if text in taken else PLACEHOLDER.sub(open_, text)
        for group in template.of_type("AWS::Logs::LogGroup")
        for name in group.get("LogGroupName")
        if (text := UNKNOWN if name.is_unknown and name.text is None else name.text)
    ]


def _names(function: Resource) -> Iterator[str]:
    """Yield what the function's own group is called, as a template can write it."""
    yield f"{PREFIX}${{{function.id}}}"
    for name in function.get("FunctionName"):
        if not name.is_absent:
            yield PREFIX + (name.text or UNKNOWN)


def _same(template: Template, group: str, name: str) -> bool:
    """Tell whether two texts can be one: the same, or the same once parameters are filled in."""
    if group == name:
        return True
    if UNKNOWN in group or UNKNOWN in name:
        name, group = _filled(template, name), _filled(template, group)
        return _fits(group, name) or _fits(name, group)
    parameters = template.section("Parameters")
    if not any(part in parameters for part in placeholders(group) + placeholders(name)):
        return False
    return _filled(template, group) == _filled(template, name)


def _fits(pattern: str, text: str) -> bool:
    return (
        re.fullmatch(".*".join(map(re.escape, pattern.split(UNKNOWN))), text, re.DOTALL) is not None
    )


def _filled(template: Template, text: str) -> str:
    parameters = template.section("Parameters")

    def put(found: re.Match[str]) -> str:
        parameter = parameters.get(found[1])
        default = next(parameter.get("Default")).literal if parameter else None
        return found[0] if default is None else default

    return PLACEHOLDER.sub(put, text)
