"""E9603: what alarms do."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.alarms import ALARM, COMPOSITE

NAMED = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*[\"']?([^\"')]+)")


class AlarmAction(Guardrail):
    """Alarms tell somebody, and say what silence means."""

    id = "E9603"
    shortdesc = "Alarm that does nothing, or doesn't say what missing data means"
    description = (
        "An alarm without an action turns red where nobody looks. Without TreatMissingData, one "
        "on a metric that comes only with traffic falls back to INSUFFICIENT_DATA in each pause: "
        "what is down and what is idle look the same."
    )
    source_url = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"
    bad = """
Resources:
  Throttled:
    Type: AWS::CloudWatch::Alarm
    Properties:  # <- Throttled Throttled
      Namespace: AWS/Lambda
      MetricName: Throttles
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
"""
    good = """
Resources:
  Throttled:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Throttles
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Alerts]
  Alerts:
    Type: AWS::SNS::Topic
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        children = _children(template)
        for alarm in template.of_type(ALARM, COMPOSITE):
            for actions in alarm.get("AlarmActions"):
                if alarm.id not in children and _can_be_empty(actions):
                    yield Flaw.at(actions, "name in AlarmActions whom the alarm tells: a topic")
            for enabled in alarm.get("ActionsEnabled"):
                if alarm.id not in children and enabled.is_false:
                    yield Flaw.at(enabled, "leave ActionsEnabled out, or the alarm tells nobody")
            if alarm.type == COMPOSITE:
                continue
            # Alarms on PromQL queries don't take it.
            queried = any(not node.is_absent for node in alarm.get("EvaluationCriteria"))
            for treated in alarm.get("TreatMissingData"):
                if treated.is_absent and not queried:
                    yield Flaw.at(
                        treated,
                        "set TreatMissingData: notBreaching where no data means no traffic, "
                        "breaching where it means that something is down",
                    )


def _can_be_empty(actions: Node) -> bool:
    if actions.is_absent or actions.value is None:
        return True
    if not isinstance(actions.value, list):
        return False
    cases = [item.given for item in actions.elements()]
    return not actions.conditions.always(actions.given, cases)


def _children(template: Template) -> set[str]:
    """Name the alarms by which a composite alarm, which tells somebody, decides."""
    found: set[str] = set()
    for composite in template.of_type(COMPOSITE):
        for rule in composite.get("AlarmRule"):
            for named in NAMED.findall(rule.text or ""):
                child = template.target_of(named.strip(), ALARM, COMPOSITE)
                if child is not None:
                    found.add(child.id)
    return found
