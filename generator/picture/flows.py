"""What calls, feeds, reads and tells what within one template.

Every node and edge comes from a property of a resource; what a picture need not tell apart is one
node: alarms, log groups, queues for dead letters. Functions that only try new versions or rotate
secrets belong to what they serve, and are no nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from generator.lint.template import Resource
from generator.lint.template.alarms import ALARM, COMPOSITE
from generator.lint.template.calls import calls
from generator.lint.template.events import patterns
from generator.lint.template.functions import FUNCTION, callee
from generator.lint.template.node import Node as Place
from generator.picture.access import access
from generator.picture.graph import Edge, Flow, Node, merged
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
SENDERS = {
    "aws.codepipeline": "AWS::CodePipeline::Pipeline",
    "aws.codedeploy": "AWS::CodeDeploy::Application",
    "aws.cloudwatch": ALARM,
}
"""Whose events those of a source are, when the template has such a thing."""
LAST = re.compile(r"\$\{(\w+)\}(?::\*)?$")
"""The resource that a text ends with."""
ALARMS, LOGS, DEAD, SHIFTS = "alarms", "log-groups", "dead-letters", "codedeploy"


class Flows:
    """The flows of a unit's template."""

    def __init__(self, unit: RenderedUnit):
        self.unit = unit
        self.template = unit.template
        self._outside: dict[str, Node] = {}

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """What there is, in the order of the template; what is outside of it comes last."""
        _ = self.edges  # which name what is outside
        inside = [self._node(each) for each in self.shown.values()]
        inside += self._gathered()
        return (*inside, *self._outside.values())

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

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """What goes where."""
        return merged(
            edge
            for find in (
                self._requests, self._queues, self._rules, self._grants, self._failures,
                self._alarms, self._logs, self._shifts, self._subscriptions, self._stores,
            )
            for edge in find()
            if edge.source != edge.target
        )  # fmt: skip

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

    # ---- the edges

    def _requests(self) -> Iterator[Edge]:
        callers: dict[tuple[str, str], int] = {}
        for call in calls(self.template):
            if call.callee.function.id not in self.shown:
                continue
            for api in self._api_of(call.by):
                key = (self.id(api), self.id(call.callee.function))
                callers[key] = callers.get(key, 0) + self._routes_of(call.by)
        for (api_id, function), routes in callers.items():
            yield Edge(api_id, function, f"{routes} route{'s' * (routes != 1)}", Flow.REQUEST)
        for api_id in dict.fromkeys(api_id for api_id, _ in callers):
            yield Edge(self._out("people and programs", "Clients"), api_id, "HTTPS", Flow.REQUEST)

    def _api_of(self, by: Resource) -> Iterator[Resource]:
        if by.type in APIS:
            yield by
        for name in ("RestApiId", "ApiId"):
            for node in by.get(name):
                if (api := self.template.target(node, *APIS)) is not None:
                    yield api

    def _routes_of(self, by: Resource) -> int:
        """Count what leads to an integration; a method is its own."""
        if by.type != "AWS::ApiGatewayV2::Integration":
            return 1
        routes = self.template.of_type("AWS::ApiGatewayV2::Route")
        return sum(1 for each in routes if self._means(each, ("Target",), by, loosely=True))

    def _queues(self) -> Iterator[Edge]:
        for mapping in self.template.of_type("AWS::Lambda::EventSourceMapping"):
            for node in mapping.get("FunctionName"):
                meant = callee(self.template, node)
                if meant is not None and meant.function.id in self.shown:
                    for source in mapping.get("EventSourceArn"):
                        at = self._at(source, "event source")
                        yield Edge(at, self.id(meant.function), "messages", Flow.EVENT)

    def _rules(self) -> Iterator[Edge]:
        by_owner = {pattern.owner.id: pattern.node for pattern in patterns(self.template)}
        for rule in self.template.of_type("AWS::Events::Rule"):
            schedule = next(rule.get("ScheduleExpression"))
            for target in rule.body.each("Properties", "Targets", "*", "Arn"):
                meant = callee(self.template, target)
                if meant is not None and meant.function.id not in self.shown:
                    continue
                at = self.id(meant.function) if meant else self._at(target, "target")
                if not schedule.is_absent:
                    source = self._out("schedule", self.unit.said(schedule))
                    yield Edge(source, at, "calls", Flow.EVENT)
                elif rule.id in by_owner:
                    for source, label in self._senders(rule, by_owner[rule.id]):
                        yield Edge(source, at, label, Flow.EVENT)

    def _senders(self, rule: Resource, pattern: Place) -> Iterator[tuple[str, str]]:
        bus = next(rule.get("EventBusName"))
        sources = [self.unit.said(each) for each in pattern.each("source", "*")]
        if not bus.is_absent:
            at = self._at(bus, "event bus")
            yield at, ", ".join(_told(source) for source in sources) or "events"
            return
        for source in sources or ["events"]:
            type_name = SENDERS.get(source)
            here = list(self.template.of_type(type_name)) if type_name else []
            named = [self.unit.said(each) for each in pattern.each("detail", "pipeline", "*")]
            if here and here[0].id in self.shown:
                yield self.id(here[0]), _told(source)
            elif here:
                key = ALARMS if type_name == ALARM else SHIFTS
                yield f"{self.unit.name}.{key}", _told(source)
            elif named:
                yield self._out("pipeline", named[0]), _told(source)
            elif source.startswith("aws."):
                yield self._out("AWS service", _service(source)), _told(source)
            else:
                yield self._out("event bus", "default"), source

    def _grants(self) -> Iterator[Edge]:
        for function in self.template.of_type(FUNCTION):
            if function.id in self.shown:
                for target, what, label, flow in access(self.unit, function):
                    if isinstance(what, Resource):
                        if what.id not in self.shown:
                            continue
                        at = self.id(what)
                    else:
                        at = self._out(target, what)
                    yield Edge(self.id(function), at, label, flow)

    def _failures(self) -> Iterator[Edge]:
        for config in self.template.of_type("AWS::Lambda::EventInvokeConfig"):
            for node in config.get("FunctionName"):
                meant = callee(self.template, node)
                if meant is not None and meant.function.id in self.shown:
                    for to in config.get("DestinationConfig", "OnFailure", "Destination"):
                        if (queue := self.template.target(to)) is not None:
                            yield Edge(
                                self.id(meant.function), self.id(queue), "failed calls", Flow.EVENT
                            )
        for queue in self.template.of_type("AWS::SQS::Queue"):
            for to in queue.get("RedrivePolicy", "deadLetterTargetArn"):
                target = self.template.target(to)
                if target is not None and queue.id in self.shown:
                    yield Edge(self.id(queue), self.id(target), "failed messages", Flow.EVENT)

    def _alarms(self) -> Iterator[Edge]:
        for alarm in self.template.of_type(ALARM, COMPOSITE):
            for node in alarm.body.each("Properties", "AlarmActions", "*"):
                source = f"{self.unit.name}.{ALARMS}"
                yield Edge(source, self._at(node, "topic"), "on and off", Flow.EVENT)

    def _logs(self) -> Iterator[Edge]:
        for each in self._shipped:
            for node in each.get("DestinationArn"):
                at = self._at(node, "destination")
                yield Edge(f"{self.unit.name}.{LOGS}", at, "log events", Flow.LOG)
        for stream in self.template.of_type("AWS::KinesisFirehose::DeliveryStream"):
            for node in stream.get("ExtendedS3DestinationConfiguration", "BucketARN"):
                at = self._at(node, "bucket")
                yield Edge(self.id(stream), at, "files", Flow.LOG)
        for bucket in self.template.of_type("AWS::S3::Bucket"):
            names = ("ReplicationConfiguration", "Rules", "*", "Destination", "Bucket")
            for node in bucket.body.each("Properties", *names):
                yield Edge(self.id(bucket), self._at(node, "bucket"), "replicates", Flow.LOG)

    def _shifts(self) -> Iterator[Edge]:
        for alias in self.template.of_type("AWS::Lambda::Alias"):
            update = next(alias.body.get("UpdatePolicy", "CodeDeployLambdaAliasUpdate"))
            for node in alias.get("FunctionName"):
                meant = callee(self.template, node)
                if meant is not None and meant.function.id in self.shown and update.is_known:
                    at = self.id(meant.function)
                    yield Edge(f"{self.unit.name}.{SHIFTS}", at, "shifts traffic", Flow.DELIVERY)

    def _subscriptions(self) -> Iterator[Edge]:
        for each in self.template.of_type("AWS::SNS::Subscription"):
            to = self.unit.said(next(each.get("Endpoint")))
            protocol = self.unit.said(next(each.get("Protocol")))
            for node in each.get("TopicArn"):
                people = self._out("people" if protocol == "email" else protocol, to)
                yield Edge(self._at(node, "topic"), people, protocol, Flow.EVENT)

    def _stores(self) -> Iterator[Edge]:
        names = ("ArtifactStores", "*", "ArtifactStore", "Location")
        for pipeline in self.template.of_type("AWS::CodePipeline::Pipeline"):
            for node in pipeline.body.each("Properties", *names):
                yield Edge(self.id(pipeline), self._at(node, "bucket"), "packages", Flow.DELIVERY)


def counted(number: int, what: str) -> str:
    """Write a number of things: `1 queue`, `2 queues`."""
    return f"{number} {what}{'s' * (number != 1)}"


def _told(source: str) -> str:
    return {
        "aws.cloudwatch": "alarms",
        "aws.codedeploy": "deployments",
        "aws.codepipeline": "states",
        "aws.cloudformation": "operations",
    }.get(source, source)


def _service(source: str) -> str:
    return {"aws.cloudformation": "StackSets", "aws.codecommit": "CodeCommit"}.get(
        source, source.removeprefix("aws.")
    )
