"""E9606: notifications of pipelines."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.alarms import metrics

PIPELINE = "AWS::CodePipeline::Pipeline"
NOBODY = re.compile(r"arn:(?:\$\{[^}]*\}|[^:]*):(?:codepipeline|firehose|kinesis|logs|sqs):")
"""Targets by which no human hears of anything."""
KEEPING = ("AWS::KinesisFirehose::DeliveryStream", "AWS::Kinesis::Stream", "AWS::SQS::Queue")
RULE = "AWS::Events::Rule"
NOTIFICATION = "AWS::CodeStarNotifications::NotificationRule"


class FailureNotification(Guardrail):
    """Somebody hears of a failed release."""

    id = "E9606"
    shortdesc = "Pipeline fails without telling anybody"
    description = (
        "A release that stopped half-way leaves some regions with the old version and others with "
        "the new one. Without a notification that is found out by users."
    )
    source_url = "https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html"
    bad = """
Resources:
  Pipeline:  # <- Pipeline
    Type: AWS::CodePipeline::Pipeline
    Properties: {Stages: []}
"""
    good = """
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties: {Stages: []}
  Alerts:
    Type: AWS::SNS::Topic
  Failed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.codepipeline]
        detail-type: [CodePipeline Pipeline Execution State Change]
        detail: {pipeline: [!Ref Pipeline], state: [FAILED]}
      Targets: [{Id: alerts, Arn: !Ref Alerts}]
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for pipeline in template.of_type(PIPELINE):
            if not any(
                (
                    any(_rule_tells(template, r, pipeline) for r in template.of_type(RULE)),
                    any(_tells(template, r, pipeline) for r in template.of_type(NOTIFICATION)),
                    _alarm_tells(template, pipeline),
                )
            ):
                yield Flaw.at(
                    pipeline.at,
                    "tell a topic when it fails: by an event rule on CodePipeline Pipeline "
                    "Execution State Change with state FAILED, or by a notification rule",
                )


def _rule_tells(template: Template, rule: Resource, pipeline: Resource) -> bool:
    """Tell whether an event rule hands on, or may hand on, failures of a pipeline."""
    if not any(
        _is_told(template, target) for listed in rule.get("Targets") for target in listed.elements()
    ):
        return False
    for pattern in rule.get("EventPattern"):
        if pattern.is_unknown:
            return True
        if (
            _can_be(pattern.get("source"), "aws.codepipeline")
            and _is_of_pipelines(pattern)
            and _can_be(pattern.get("detail", "state"), "FAILED")
            and _means(template, pattern.get("detail", "pipeline"), pipeline)
        ):
            return True
    return False


def _is_of_pipelines(pattern: Node) -> bool:
    types = [*pattern.get("detail-type")]
    kinds = [item.literal for listed in types for item in listed.elements()]
    return all(listed.is_absent for listed in types) or any(
        kind is None or kind.startswith("CodePipeline") for kind in kinds
    )


def _is_told(template: Template, target: Node) -> bool:
    """Tell whether a target is somebody, or may tell somebody: a log group or a queue is not."""
    return not any(
        NOBODY.match(arn.text or "") or template.target(arn, *KEEPING) for arn in target.get("Arn")
    )


def _can_be(matched: Iterator[Node], value: str) -> bool:
    """Tell whether an event with a value passes a part of a pattern."""
    for listed in matched:
        if listed.is_absent:
            return value != "aws.codepipeline"
        for item in listed.elements():
            if item.literal in (value, None):  # a filter (prefix, anything-but) may let it through
                return True
    return False


def _means(template: Template, matched: Iterator[Node], pipeline: Resource) -> bool:
    for listed in matched:
        if listed.is_absent:
            return True
        for item in listed.elements():
            named = template.target(item)
            if named is pipeline or (named is None and item.literal is None):
                return True
    return False


def _tells(template: Template, rule: Resource, pipeline: Resource) -> bool:
    """Tell whether a notification rule hands on failures of a pipeline."""
    types = [item.literal for listed in rule.get("EventTypeIds") for item in listed.elements()]
    if not any(each is None or each.endswith("-execution-failed") for each in types):
        return False
    for named in rule.get("Resource"):
        found = template.target(named)
        if found is pipeline or (found is None and named.literal is None):
            return True
    return False


def _alarm_tells(template: Template, pipeline: Resource) -> bool:
    """Tell whether an alarm is on the failures that a V2 pipeline counts."""
    return any(
        template.target(value, PIPELINE) is pipeline
        for metric in metrics(template)
        if metric.name.literal == "FailedPipelineExecutions"
        for _, value in metric.dimensions()
    )
