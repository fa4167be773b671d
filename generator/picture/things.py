"""What there is in one template, as nodes of a picture.

What a picture need not tell apart is one node: alarms, log groups, queues for dead letters.
Functions that only try new versions or rotate secrets belong to what they serve, and are no nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from generator.lint.template import Resource
from generator.lint.template.alarms import ALARM, COMPOSITE
from generator.lint.template.functions import FUNCTION, callee
from generator.lint.template.node import Node as Place
from generator.picture.graph import Node
from generator.picture.permissions import brief
from generator.picture.unit import RenderedUnit

KINDS = {
    "AWS::ApiGateway::RestApi": "REST API",
    "AWS::ApiGatewayV2::Api": "HTTP API",
    FUNCTION: "function",
    "AWS::DynamoDB::Table": "table",
    "AWS::SQS::Queue": "queue",
    "AWS::SNS::Topic": "topic",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::S3::Bucket": "bucket",
    "AWS::KinesisFirehose::DeliveryStream": "delivery stream",
    "AWS::Events::EventBus": "event bus",
    "AWS::CodePipeline::Pipeline": "pipeline",
    "AWS::CodeCommit::Repository": "repository",
    "AWS::StepFunctions::StateMachine": "state machine",
}
"""What is a node of its own, and what it is called."""
APIS = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
LAST = re.compile(r"\$\{(\w+)\}(?::\*)?$")
"""The resource that a text ends with."""
ALARMS, LOGS, DEAD, SHIFTS = "alarms", "log-groups", "dead-letters", "codedeploy"


class Things:
    """The things of a unit's template, each a node."""

    def __init__(self, unit: RenderedUnit):
        self.unit = unit
        self.template = unit.template
        self._outside: dict[str, Node] = {}

    @cached_property
    def shown(self) -> dict[str, Resource]:
        """The resources that are nodes of their own, by logical id."""
        hidden = {*self._helpers(), *self._dead_letters}
        return {
            each.id: each
            for each in self.template.resources.values()
            if (each.type in KINDS and each.id not in hidden) or each.id in self._event_logs
        }

    @cached_property
    def _event_logs(self) -> frozenset[str]:
        """Name the log groups that rules write events to."""
        return frozenset(
            end[1]
            for rule in self.template.of_type("AWS::Events::Rule")
            for node in rule.body.each("Properties", "Targets", "*", "Arn")
            if ":log-group:" in (text := node.text or "") and (end := LAST.search(text))
        )

    def id(self, resource: Resource) -> str:
        """Give a resource's node."""
        if resource.id in self._dead_letters:
            return f"{self.unit.name}.{DEAD}"
        return f"{self.unit.name}.{resource.id}"

    def _node(self, resource: Resource) -> Node:
        kind = KINDS.get(resource.type, "log group")
        return Node(self.id(resource), kind, self._name(resource), self._detail(resource))

    def _name(self, resource: Resource) -> str:
        """Give a name without what all names begin and end with."""
        name = self.unit.name_of(resource)
        if resource.type in APIS:
            name = self.unit.said(next(resource.get("Name")))
        account, region = self.unit.here
        for end in (f"-{account}-{region}", f"-{region}"):
            name = name.removesuffix(end)
        return name.removeprefix(self._prefix)

    @property
    def _prefix(self) -> str:
        values = self.unit.parameters
        return f"{values.get('Project', '')}-{values.get('Environment', '')}-"

    def _detail(self, resource: Resource) -> str:
        if resource.type in APIS:
            return ", ".join(self._guards(resource))
        if resource.type == "AWS::SecretsManager::Secret":
            for each in self.template.of_type("AWS::SecretsManager::RotationSchedule"):
                if self._means(each, ("SecretId",), resource):
                    days = next(each.get("RotationRules", "AutomaticallyAfterDays"))
                    return f"new every {self.unit.said(days)} days"
        return ""

    def _guards(self, api: Resource) -> Iterator[str]:
        if any(
            self._means(each, ("ResourceArn",), api, loosely=True)
            for each in self.template.of_type("AWS::WAFv2::WebACLAssociation")
        ):
            yield "web ACL"
        if any(True for _ in self.template.of_type("AWS::ApiGateway::UsagePlan")):
            yield "API keys"
        kinds = ("AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer")
        if any(True for _ in self.template.of_type(*kinds)):
            yield "authorizer"
        domains = ("AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName")
        for domain in self.template.of_type(*domains):
            yield f"at {self.unit.name_of(domain)}"

    def _means(
        self, of: Resource, names: tuple[str, ...], meant: Resource, *, loosely: bool = False
    ) -> bool:
        for node in of.get(*names):
            found = self.template.target(node)
            if found is meant or (loosely and f"${{{meant.id}" in (node.text or "")):
                return True
        return False

    # ---- what is one node although it is many resources

    def _gathered(self) -> Iterator[Node]:
        groups = list(self.template.of_type("AWS::CodeDeploy::DeploymentGroup"))
        of = "" if self.unit.is_set else f" of {self.unit.name}"
        for key, name, kind, things in (
            (ALARMS, f"Alarms{of}", "alarm", list(self.template.of_type(ALARM, COMPOSITE))),
            (LOGS, f"Logs{of}", "log group", self._shipped),
            (DEAD, f"Dead letters{of}", "queue", self._dead_letters),
            (SHIFTS, "CodeDeploy", "deployment group", groups),
        ):
            checked = "tries new versions" if key == SHIFTS and self._hooks else ""
            yield Node(f"{self.unit.name}.{key}", counted(len(things), kind), name, checked)

    @cached_property
    def _dead_letters(self) -> frozenset[str]:
        """Name the queues that only get what failed elsewhere."""
        places = (
            ("AWS::Lambda::EventInvokeConfig", ("DestinationConfig", "OnFailure", "Destination")),
            ("AWS::SQS::Queue", ("RedrivePolicy", "deadLetterTargetArn")),
            ("AWS::Events::Rule", ("Targets", "*", "DeadLetterConfig", "Arn")),
            (FUNCTION, ("DeadLetterConfig", "TargetArn")),
        )
        found = {
            target.id
            for type_name, names in places
            for each in self.template.of_type(type_name)
            for node in each.body.each("Properties", *names)
            if (target := self.template.target(node, "AWS::SQS::Queue")) is not None
        }
        worked_off = {
            target.id
            for each in self.template.of_type("AWS::Lambda::EventSourceMapping")
            for node in each.get("EventSourceArn")
            if (target := self.template.target(node)) is not None
        }
        return frozenset(found - worked_off)

    @cached_property
    def _hooks(self) -> frozenset[str]:
        names = ("BeforeAllowTrafficHook", "AfterAllowTrafficHook")
        return frozenset(
            meant.function.id
            for alias in self.template.of_type("AWS::Lambda::Alias")
            for name in names
            for node in alias.body.get("UpdatePolicy", "CodeDeployLambdaAliasUpdate", name)
            if (meant := callee(self.template, node)) is not None
        )

    def _helpers(self) -> Iterator[str]:
        yield from self._hooks
        for each in self.template.of_type("AWS::SecretsManager::RotationSchedule"):
            for node in each.get("RotationLambdaARN"):
                if (meant := callee(self.template, node)) is not None:
                    yield meant.function.id

    @cached_property
    def _shipped(self) -> list[Resource]:
        return list(self.template.of_type("AWS::Logs::SubscriptionFilter"))

    def _out(self, kind: str, name: str, detail: str = "") -> str:
        """Name something that is not in the template."""
        id = f"{self.unit.name}.outside.{kind} {name}".replace(" ", "-")
        self._outside[id] = Node(id, kind, name, detail)
        return id

    def _at(self, node: Place, kind: str) -> str:
        """Find the node that a value means: of this template, else one outside."""
        target = self.template.target(node)
        if target is None and (end := LAST.search(node.text or "")) is not None:
            target = self.template.resources.get(end[1])
        if target is not None and (target.id in self.shown or target.id in self._dead_letters):
            return self.id(target)
        return self._out(kind, brief(self.unit.said(node), self.unit.here))


def counted(number: int, what: str) -> str:
    """Write a number of things: `1 queue`, `2 queues`."""
    return f"{number} {what}{'s' * (number != 1)}"
