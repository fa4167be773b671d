"""E9609: services that send to topics, queues and buses."""

from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Kind, Node, Resource, Statement, Template, statements
from generator.lint.template.alarms import ALARM, COMPOSITE
from generator.lint.template.conditions import Given
from generator.lint.template.grants import (
    own_policies,
    policy_is_hidden,
    unclear_policies,
    where_given,
)
from generator.lint.template.reach import Thing

TOPIC = "AWS::SNS::Topic"
QUEUE = "AWS::SQS::Queue"
BUS = "AWS::Events::EventBus"
TAKES = {TOPIC: "sns:Publish", QUEUE: "sqs:SendMessage", BUS: "events:PutEvents"}
POLICY = {TOPIC: "AWS::SNS::TopicPolicy", QUEUE: "AWS::SQS::QueuePolicy"}
SENDERS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    **dict.fromkeys(
        (ALARM, COMPOSITE),
        (
            ("cloudwatch", ("AlarmActions", "*")),
            ("cloudwatch", ("OKActions", "*")),
            ("cloudwatch", ("InsufficientDataActions", "*")),
        ),
    ),
    "AWS::S3::Bucket": (
        ("s3", ("NotificationConfiguration", "TopicConfigurations", "*", "Topic")),
        ("s3", ("NotificationConfiguration", "QueueConfigurations", "*", "Queue")),
    ),
    "AWS::CodeStarNotifications::NotificationRule": (
        ("codestar-notifications", ("Targets", "*", "TargetAddress")),
    ),
    "AWS::Budgets::Budget": (
        ("budgets", ("NotificationsWithSubscribers", "*", "Subscribers", "*", "Address")),
    ),
    "AWS::CE::AnomalySubscription": (("costalerts", ("Subscribers", "*", "Address")),),
    "AWS::Events::Rule": (("events", ("Targets", "*", "DeadLetterConfig", "Arn")),),
}
"""Who sends, and the properties that say whereto; `*` is each element of a list."""


class SendingService(Guardrail):
    """Topics, queues and buses let in who sends to them."""

    id = "E9609"
    shortdesc = "Policy of a topic, queue or bus does not let the sending service in"
    description = (
        "A service that the target's policy doesn't let in drops what it sends, or retries and "
        "drops it then: alarms nobody hears, dead letters that are lost. A policy of one's own "
        "replaces the default one, which lets the alarms of the account in."
    )
    source_url = (
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"
    )
    bad = """
Resources:
  Alerts:
    Type: AWS::SNS::Topic
  AlertsPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Alerts]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sns:Publish
            Resource: !Ref Alerts
  Throttled:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmActions: [!Ref Alerts]  # <- Throttled
"""
    good = """
Resources:
  Alerts:
    Type: AWS::SNS::Topic
  AlertsPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Alerts]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sns:Publish
            Resource: !Ref Alerts
          - Effect: Allow
            Principal: {Service: cloudwatch.amazonaws.com}
            Action: sns:Publish
            Resource: !Ref Alerts
            Condition:
              StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}
  Throttled:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmActions: [!Ref Alerts]
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for sender, service, place in _sent(template):
            target = template.target(place, *TAKES)
            if target is None:
                continue
            policies = [
                each
                for each in own_policies(template, target)
                if each[0] is not target or _guards(target)
            ]
            # The default policy of a topic lets the account's alarms in, that of a queue nobody.
            if not policies and (service == "cloudwatch" or target.type == BUS):
                continue
            cases = [given for _, given in unclear_policies(template)]
            cases += [
                case
                for policy, given in policies
                for case in _lets_in(template, policy, given, service, sender, target)
            ]
            if not template.conditions.cover(cases, place.given):
                yield Flaw.at(
                    place,
                    f"let {service}.amazonaws.com do {TAKES[target.type]} on {target.id}, in "
                    + (f"an {POLICY[target.type]}" if not policies else "its policy"),
                )


def _sent(template: Template) -> Iterator[tuple[Resource, str, Node]]:
    """Yield who sends by which service, and where it says whereto."""
    for resource in template.resources.values():
        for service, names in SENDERS.get(resource.type, ()):
            yield from ((resource, service, node) for node in _down(resource.body, names))
    for rule in template.of_type("AWS::Events::Rule"):
        for target in _down(rule.body, ("Targets", "*")):
            for role in target.get("RoleArn"):
                if role.is_absent:  # else the role's permissions count
                    yield from (
                        (rule, "events", arn) for arn in target.get("Arn", given=role.given)
                    )
    for topic, subscription in _subscriptions(template):
        for protocol in subscription.get("Protocol"):
            if protocol.literal == "sqs":
                for endpoint in subscription.get("Endpoint", given=protocol.given):
                    yield topic, "sns", endpoint
        for dead in subscription.get("RedrivePolicy", "deadLetterTargetArn"):
            yield topic, "sns", dead


def _subscriptions(template: Template) -> Iterator[tuple[Resource, Node]]:
    for subscription in template.of_type("AWS::SNS::Subscription"):
        properties = next(subscription.body.get("Properties"))
        topic = template.target(next(subscription.get("TopicArn")), TOPIC)
        yield topic or subscription, properties
    for topic in template.of_type(TOPIC):
        for item in _down(topic.body, ("Subscription", "*")):
            yield topic, item


def _down(node: Node, names: tuple[str, ...]) -> Iterator[Node]:
    """Yield what stands below properties of a resource, or below one of them."""
    before = names[: names.index("*")] if "*" in names else names
    start = ("Properties", *before) if node.path and len(node.path) == 2 else before
    for found in node.get(*start):
        if "*" not in names:
            yield found
            continue
        after = names[len(before) + 1 :]
        for item in found.items():
            yield from _down(item, after) if after else (item,)


def _guards(bus: Resource) -> bool:
    return any(not policy.is_absent for policy in bus.get("Policy"))


def _lets_in(
    template: Template, policy: Resource, given: Given, service: str, sender: Resource, on: Resource
) -> Iterator[Given]:
    """Yield where a policy lets a service in, or may do so."""
    if policy_is_hidden(template, policy):
        yield given
    for statement in statements(template):
        if statement.owner.id != policy.id or statement.kind is not Kind.RESOURCE:
            continue
        if not statement.allows or not _is_of(template, statement, sender):
            continue
        if any(_is_let_in(name, who, service) for name, who in statement.principals()):
            for case in where_given(template, statement, TAKES[on.type], Thing(on, None)):
                yield {**given, **case}


def _is_let_in(name: str, principal: Node, service: str) -> bool:
    """Tell whether a principal is, or may be, a service; `*` is everybody."""
    text = principal.text
    if name == "*" or text is None or text == "*":
        return True
    if name == "Service":
        return text.partition(".")[0] == service or text.startswith("${")
    # A bus lets accounts in.
    return service == "events" and name == "AWS" and "${" in text and ":role/" not in text


def _is_of(template: Template, statement: Statement, sender: Resource) -> bool:
    """Tell whether a statement's condition on the source's ARN leaves a sender in."""
    for operator, key, values in statement.conditions():
        if key == "aws:sourcearn" and "not" not in operator.lower():
            named = [template.target(item) for item in values.elements()]
            if named and None not in named and sender not in named:
                return False
    return True
