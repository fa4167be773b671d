"""E9601: retention of log groups."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template


class LogRetention(Guardrail):
    """Logs are kept as long as one parameter says."""

    id = "E9601"
    shortdesc = "Log group without retention, or retentions that differ"
    description = (
        "Without retention logs are kept, and paid for, for ever. Two literal retentions in one "
        "template mean that somebody looks for last month's logs in vain, for one function of many."
    )
    source_url = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
    bad = """
Resources:
  Orders:
    Type: AWS::Logs::LogGroup
    Properties:  # <- Orders
      LogGroupName: /aws/lambda/orders
  Billing:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: 14  # <- Billing
  Mail:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: 90  # <- Mail
"""
    good = """
Parameters:
  LogRetentionDays: {Type: Number, Default: 90}
Resources:
  Orders:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: /aws/lambda/orders
      RetentionInDays: !Ref LogRetentionDays
  Billing:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: !Ref LogRetentionDays
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        literals: dict[str, list[Node]] = {}
        for group in template.of_type("AWS::Logs::LogGroup"):
            for kind in group.get("LogGroupClass"):
                if kind.literal == "DELIVERY":  # two days, whatever one asks for
                    continue
                for retention in group.get("RetentionInDays", given=kind.given):
                    if retention.is_absent:
                        yield Flaw.at(retention, "set RetentionInDays, by a parameter")
                    elif retention.literal is not None and "Fn::If" not in retention.path:
                        literals.setdefault(retention.literal, []).append(retention)
        for value, nodes in literals.items():
            others = [other for key, each in literals.items() if key != value for other in each]
            for node in nodes:
                if any(_go_together(node, other) for other in others):
                    yield Flaw.at(
                        node,
                        "set RetentionInDays of every log group by one parameter, "
                        f"here it is {value} and elsewhere it is not",
                    )


def _go_together(one: Node, other: Node) -> bool:
    """Tell whether two places can be in one stack."""
    return all(other.given.get(name, truth) is truth for name, truth in one.given.items())
