"""E9304: asynchronous calls that fail."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Given, Node, Resource, Template
from generator.lint.template.calls import asynchronous_calls
from generator.lint.template.conditions import agree
from generator.lint.template.functions import LATEST, Callee, at_edge, callee, functions, is_sam
from generator.lint.template.text import PLACEHOLDER

CONFIG = "AWS::Lambda::EventInvokeConfig"
SAID = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds")


class Async(Guardrail):
    """What a function could not do asynchronously is kept, and tried as often as somebody said."""

    id = "E9304"
    shortdesc = "Asynchronous calls of a function can be lost"
    description = (
        "Who calls asynchronously never hears of a failure: after two retries, for up to six "
        "hours, Lambda throws the event away, unless the function has somewhere to leave it."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"
    bad = """
Resources:
  Mail:
    Type: AWS::Lambda::Function
    Properties:  # <- Mail
      Timeout: 10
  Nightly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 day)
      Targets: [{Id: mail, Arn: !GetAtt Mail.Arn}]
"""
    good = """
Resources:
  Mail:
    Type: AWS::Lambda::Function
    Properties:
      Timeout: 10
  MailCalls:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Mail
      Qualifier: $LATEST
      MaximumRetryAttempts: 2
      MaximumEventAgeInSeconds: 3600
      DestinationConfig: {OnFailure: {Destination: !GetAtt Lost.Arn}}
  Lost:
    Type: AWS::SQS::Queue
  Nightly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 day)
      Targets: [{Id: mail, Arn: !GetAtt Mail.Arn}]
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        called = asynchronous_calls(template)
        for function in functions(template):
            if function.id in called and function.id not in at_edge(template):
                for how in {each.qualifier: each for each in called[function.id]}.values():
                    yield from self._judge(template, function, how)

    def _judge(self, template: Template, function: Resource, how: Callee) -> Iterator[Flaw]:
        configs = list(_configs(template, function, how))
        as_what = "" if how.is_latest else f" for Qualifier: {how.qualifier}"
        for config in configs:
            for name in SAID:
                for node in config.get(name):
                    if node.is_absent:
                        yield Flaw.at(node, f"set {name}: the function is called asynchronously")
        queue = "DeadLetterQueue" if is_sam(function) else "DeadLetterConfig"
        for letters in function.get(queue, "TargetArn"):
            lost = letters.is_absent and not any(
                _keeps(config, letters.given)
                for config in configs
                if agree(config.given, letters.given)
            )
            if lost and configs:
                yield Flaw.at(
                    next(function.get()),
                    f"set {queue}, or DestinationConfig.OnFailure in its {CONFIG}: asynchronous "
                    "calls that fail are lost",
                )
            elif not configs:
                needed = (*SAID, "DestinationConfig.OnFailure") if lost else SAID
                what = "set EventInvokeConfig" if is_sam(function) else f"add an {CONFIG}{as_what}"
                yield Flaw.at(
                    next(function.get()),
                    f"{what} with {', '.join(needed)}: the function is called asynchronously",
                )


def _configs(template: Template, function: Resource, how: Callee) -> Iterator[Node]:
    """Find what is configured for a way of calling a function."""
    if is_sam(function):
        for node in function.get("EventInvokeConfig"):
            if node.is_known:
                yield node
    for config in template.of_type(CONFIG):
        for name in config.get("FunctionName"):
            meant = callee(template, name)
            if meant is not None and meant.function.id == function.id:
                for qualifier in config.get("Qualifier"):
                    if _may_be(qualifier.text or LATEST, how.qualifier):
                        yield next(config.get())


def _keeps(config: Node, given: Given) -> bool:
    """Tell whether what failed is kept in every branch."""
    kept = config.get("DestinationConfig", "OnFailure", given=given)
    return all(not node.is_absent for node in kept)


def _may_be(one: str, other: str) -> bool:
    # By name only: two texts with different references can come out the same.
    return one == other or bool(PLACEHOLDER.search(one) or PLACEHOLDER.search(other))
