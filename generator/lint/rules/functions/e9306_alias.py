"""E9306: who calls a function that has an alias."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.calls import calls
from generator.lint.template.conditions import agree
from generator.lint.template.functions import Callee, aliases, callee, is_sam, published

METRICS = ("Duration", "Errors", "Invocations", "Throttles")
"""What Lambda counts for an alias as well; concurrency, for one, is the whole function's."""


class Alias(Guardrail):
    """What has an alias is called, allowed and watched through it."""

    id = "E9306"
    shortdesc = "Caller goes past the function's alias"
    description = (
        "Who calls the function itself gets $LATEST: every deployment reaches it at once, however "
        "slowly the alias shifts, and rolling the alias back changes nothing for it. A permission "
        "on the function does not allow to call the alias, and an alarm on it mixes both versions."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/using-aliases.html"
    bad = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 10}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {Name: live, FunctionName: !Ref Orders, FunctionVersion: "1"}
  Nightly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 day)
      Targets:
        - Id: orders
          Arn: !GetAtt Orders.Arn  # <- Nightly
  NightlyMay:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Nightly.Arn
      FunctionName: !Ref Orders  # <- NightlyMay
"""
    good = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 10}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {Name: live, FunctionName: !Ref Orders, FunctionVersion: "1"}
  Nightly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 day)
      Targets:
        - Id: orders
          Arn: !Ref Live
  NightlyMay:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Nightly.Arn
      FunctionName: !Ref Live
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for call in calls(template):
            if call.by.id != call.callee.function.id:  # SAM's own events call its alias.
                yield from self._judge(template, call.callee, call.node, str(_property(call.node)))
        for permission in template.of_type("AWS::Lambda::Permission"):
            for node in permission.get("FunctionName"):
                yield from self._judge(template, callee(template, node), node, "FunctionName")
        for url in template.of_type("AWS::Lambda::Url"):
            for qualifier in url.get("Qualifier"):
                if qualifier.is_absent:
                    for node in url.get("TargetFunctionArn", given=qualifier.given):
                        if alias := _passed(template, callee(template, node), node):
                            yield Flaw.at(node, f"set Qualifier: {_name(alias)}, the alias")
        for alarm in template.of_type("AWS::CloudWatch::Alarm"):
            for metric in alarm.get():
                yield from self._watched(template, metric)
            for metric in alarm.body.each("Properties", "Metrics", "*", "MetricStat", "Metric"):
                yield from self._watched(template, metric)

    def _judge(
        self, template: Template, meant: Callee | None, node: Node, name: str
    ) -> Iterator[Flaw]:
        if alias := _passed(template, meant, node):
            reference = f"{alias.id}.Alias" if is_sam(alias) else alias.id
            yield Flaw.at(
                node, f"name the alias in {name} (!Ref {reference}), not the function itself"
            )

    def _watched(self, template: Template, metric: Node) -> Iterator[Flaw]:
        namespace, name = next(metric.get("Namespace")), next(metric.get("MetricName"))
        if namespace.literal != "AWS/Lambda" or name.literal not in METRICS:
            return
        for dimensions in metric.get("Dimensions"):
            given: dict[str, Node] = {}
            for dimension in dimensions.items():
                for value in dimension.get("Value"):
                    given.setdefault(next(dimension.get("Name")).literal or "?", value)
            if "FunctionName" not in given or "?" in given:
                continue
            if "Resource" not in given:
                node = given["FunctionName"]
            elif callee(template, given["Resource"]) is not None:
                node = given["Resource"]
            else:
                continue
            meant = callee(template, node)
            if meant is not None and (alias := _passed(template, meant, node)):
                resource = f'!Sub "${{{meant.function.id}}}:{_name(alias)}"'
                yield Flaw.at(node, f"watch the alias: add a dimension Resource, {resource}")


def _passed(template: Template, meant: Callee | None, node: Node) -> Resource | None:
    """Find the alias that a caller goes past; none that is not there when it calls."""
    if meant is None or not meant.is_latest:
        return None
    for alias in aliases(template).get(meant.function.id, ()):
        if agree(alias.body.given, node.given):
            return alias
    return None


def _name(alias: Resource) -> str:
    name = published(alias) if is_sam(alias) else next(alias.get("Name")).text
    return name or "the alias's name"


def _property(node: Node) -> str | int:
    return next(name for name in reversed(node.path) if isinstance(name, str) and name[:2] != "Fn")
