"""W9608: mail from every region."""

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Template

SAID = re.compile(r"stack[ -]?(sets?|instances?)\b|\b(every|each|all|multiple) regions?\b", re.I)
"""How a template says of itself that it is deployed to many regions."""
PRIMARY = re.compile(r"(primary|home|main|central|hub)_?region|^regions$", re.I)
"""Parameters that only a template of many regions has."""
MAIL = re.compile(r"[\"']?Protocol[\"']?\s*:\s*[\"']?email", re.I)


class CentralSubscription(Guardrail):
    """Each address confirms once."""

    id = "W9608"
    shortdesc = "Mail is subscribed to in every region of a stack set"
    description = (
        "Each stack instance sends a confirmation of its own. Somebody has to click as many links "
        "as there are regions; the regions whose mail was overlooked alarm nobody."
    )
    source_url = "https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html"
    bad = """
Description: Alarms of one region, deployed by a stack set
Resources:
  Alarms:
    Type: AWS::SNS::Topic
  OnCall:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Alarms
      Protocol: email  # <- OnCall
      Endpoint: on-call@example.com
"""
    good = """
Description: Alarms of one region, deployed by a stack set
Parameters:
  PrimaryRegion: {Type: String}
Conditions:
  IsPrimary: !Equals [!Ref AWS::Region, !Ref PrimaryRegion]
Resources:
  Alarms:
    Type: AWS::SNS::Topic
  OnCall:
    Type: AWS::SNS::Subscription
    Condition: IsPrimary
    Properties:
      TopicArn: !Ref Alarms
      Protocol: email
      Endpoint: on-call@example.com
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        for stack_set in template.of_type("AWS::CloudFormation::StackSet"):
            for body in stack_set.get("TemplateBody"):
                if MAIL.search(body.text or ""):
                    yield Flaw.at(body, f"subscribe in a template of its own, {ONCE}")
        if not _is_for_many_regions(template):
            return
        for protocol in _protocols(template):
            if (protocol.literal or "").startswith("email") and not _is_in_one_region(
                template, protocol
            ):
                yield Flaw.at(protocol, f"subscribe to one central topic, {ONCE}")


ONCE = "so that each address gets one confirmation and not one for each region"


def _protocols(template: Template) -> Iterator[Node]:
    for subscription in template.of_type("AWS::SNS::Subscription"):
        yield from subscription.get("Protocol")
    for topic in template.of_type("AWS::SNS::Topic"):
        for listed in topic.get("Subscription"):
            for item in listed.items():
                yield from item.get("Protocol")


def _is_for_many_regions(template: Template) -> bool:
    """Tell whether a template shows that it is a stack set's."""
    root = template.root
    said = [node.text or "" for node in root.get("Description")]
    return (
        any(SAID.search(text) for text in said)
        or any(PRIMARY.search(name) for name in template.section("Parameters"))
        or any(_asks_for_region(expression) for _, expression in _conditions(template))
    )


def _conditions(template: Template) -> Iterator[tuple[str, Any]]:
    for section in template.root.get("Conditions"):
        for name, node in section.fields():
            yield name, node.value


def _asks_for_region(expression: Any) -> bool:
    """Tell whether a condition compares the region that a stack is in."""
    return '{"Ref": "AWS::Region"}' in json.dumps(expression, default=str)


def _is_in_one_region(template: Template, protocol: Node) -> bool:
    """Tell whether something is only there where a condition about the region is true."""
    return any(
        protocol.given.get(name) is True and _asks_for_region(expression)
        for name, expression in _conditions(template)
    )
