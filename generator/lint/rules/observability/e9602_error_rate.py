"""E9602: alarms on errors."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Template
from generator.lint.template.alarms import Metric, expressions, metrics

ERRORS = re.compile(r"(Errors|.*5[Xx][Xx].*)")
RATED = re.compile(r"/|\b(ANOMALY_DETECTION_BAND|RATE|SEARCH)\s*\(")
"""What makes of a count more than a count, or might."""


class ErrorRate(Guardrail):
    """Alarms on errors watch a rate."""

    id = "E9602"
    shortdesc = "Alarm on an absolute number of errors"
    description = (
        "Five errors are an outage at night and noise at noon: a fixed number wakes people for "
        "nothing where traffic grows, and rolls healthy releases back."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"
    )
    bad = """
Resources:
  Failing:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref Orders}]
      Statistic: Sum  # <- Failing
      Period: 60
      EvaluationPeriods: 1
      Threshold: 5
      ComparisonOperator: GreaterThanThreshold
  Orders:
    Type: AWS::Lambda::Function
"""
    good = """
Resources:
  Failing:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Metrics:
        - Id: rate
          Expression: 100 * errors / invocations
        - Id: errors
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: AWS/Lambda
              MetricName: Errors
              Dimensions: [{Name: FunctionName, Value: !Ref Orders}]
            Stat: Sum
            Period: 60
        - Id: invocations
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: AWS/Lambda
              MetricName: Invocations
              Dimensions: [{Name: FunctionName, Value: !Ref Orders}]
            Stat: Sum
            Period: 60
      EvaluationPeriods: 1
      Threshold: 5
      ComparisonOperator: GreaterThanThreshold
  Orders:
    Type: AWS::Lambda::Function
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        watched: dict[str, list[Metric]] = {}
        for metric in metrics(template):
            watched.setdefault(metric.owner.id, []).append(metric)
        for each in watched.values():
            alarm = each[0].owner
            math = expressions(alarm)
            banded = any(not node.is_absent for node in alarm.get("ThresholdMetricId"))
            if banded or any(m.text is None or RATED.search(m.text) for m in math):
                continue
            # An expression over errors alone is still a number of errors.
            only_errors = all(_counts_errors(metric) for metric in each)
            for metric in each:
                if _counts_errors(metric) and (only_errors or metric.returned):
                    yield Flaw.at(
                        metric.statistic,
                        f"watch {metric.name.literal} as a rate: by metric math, divided by the "
                        "number of invocations or requests",
                    )


def _counts_errors(metric: Metric) -> bool:
    return (
        (metric.namespace or "").startswith("AWS/")
        and ERRORS.fullmatch(metric.name.literal or "") is not None
        and not (metric.name.literal or "").endswith("Rate")
        and metric.statistic.literal == "Sum"
    )
