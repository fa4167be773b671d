"""What calls, feeds, reads and tells what within one template.

Every edge comes from a property of a resource.
"""

from __future__ import annotations

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
from generator.picture.things import ALARMS, APIS, LOGS, SHIFTS, Things

SENDERS = {
    "aws.codepipeline": "AWS::CodePipeline::Pipeline",
    "aws.codedeploy": "AWS::CodeDeploy::Application",
    "aws.cloudwatch": ALARM,
    "aws.codecommit": "AWS::CodeCommit::Repository",
}
"""Whose events those of a source are, when the template has such a thing."""


class Flows(Things):
    """The flows of a unit's template."""

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """What there is, in the order of the template; what is outside of it comes last."""
        _ = self.edges  # which name what is outside
        inside = [self._node(each) for each in self.shown.values()]
        inside += self._gathered()
        return (*inside, *self._outside.values())

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
                        if not to.is_absent:
                            at = self._at(to, "queue")
                            yield Edge(self.id(meant.function), at, "failed calls", Flow.EVENT)
        for queue in self.template.of_type("AWS::SQS::Queue"):
            for to in queue.get("RedrivePolicy", "deadLetterTargetArn"):
                if queue.id in self.shown and not to.is_absent:
                    yield Edge(self.id(queue), self._at(to, "queue"), "failed messages", Flow.EVENT)

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


def _told(source: str) -> str:
    return {
        "aws.cloudwatch": "alarms",
        "aws.codedeploy": "deployments",
        "aws.codepipeline": "states",
        "aws.cloudformation": "operations",
        "aws.codecommit": "push",
        "aws.s3": "new archive",
    }.get(source, source)


def _service(source: str) -> str:
    return {"aws.cloudformation": "StackSets", "aws.s3": "S3"}.get(
        source, source.removeprefix("aws.")
    )
