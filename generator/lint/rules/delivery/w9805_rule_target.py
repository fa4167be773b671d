"""W9805: what becomes of an event that a target does not take."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template
from generator.lint.template.events import sam_rules


class RuleTarget(Guardrail):
    """A rule's target says how long to try, and where what failed is kept."""

    id = "W9805"
    shortdesc = "Rule target without retry policy or dead-letter queue"
    description = (
        "What a target does not take for a day, or may not be given at all (no permission, target "
        "deleted), is dropped without a trace; a dead-letter queue keeps it, with the reason."
    )
    source_url = (
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html"
    )
    bad = """
Resources:
  Failed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.codepipeline]}
      Targets:
        - Id: alerts  # <- Failed
          Arn: !Ref Alerts
"""
    good = """
Resources:
  Failed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.codepipeline]}
      Targets:
        - Id: alerts
          Arn: !Ref Alerts
          RetryPolicy: {MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600}
          DeadLetterConfig: {Arn: !GetAtt Undelivered.Arn}
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for rule in template.of_type("AWS::Events::Rule"):
            for target in rule.body.each("Properties", "Targets", "*"):
                yield from _missing(target, retries=not _is_bus(template, target))
        for _, properties in sam_rules(template):
            yield from _missing(properties, retries=True)


def _is_bus(template: Template, target: Node) -> bool:
    """Whether a target is an event bus, which takes no retry policy."""
    return any(
        ":event-bus/" in (arn.text or "") or template.target(arn, "AWS::Events::EventBus")
        for arn in target.get("Arn")
    )


def _missing(target: Node, *, retries: bool) -> Iterator[Flaw]:
    if target.is_unknown or not isinstance(target.value, dict):
        return
    for retry in target.get("RetryPolicy"):
        for queue in target.get("DeadLetterConfig", given=retry.given):
            missing = [
                *(["RetryPolicy with attempts and age"] if retries and retry.is_absent else []),
                *(["DeadLetterConfig with a queue"] if queue.is_absent else []),
            ]
            if missing:
                yield Flaw.at(target, f"set {' and '.join(missing)}")
