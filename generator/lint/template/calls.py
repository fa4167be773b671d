"""What calls functions: where it is written, and whether the caller waits for the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.lint.template.functions import LATEST, SAM_FUNCTION, Callee, callee, published
from generator.lint.template.node import Node
from generator.lint.template.template import Resource, Template

PLACES: dict[str, tuple[tuple[str, ...], ...]] = {
    "AWS::ApiGateway::Authorizer": (("AuthorizerUri",),),
    "AWS::ApiGateway::Method": (("Integration", "Uri"),),
    "AWS::ApiGatewayV2::Authorizer": (("AuthorizerUri",),),
    "AWS::ApiGatewayV2::Integration": (("IntegrationUri",),),
    "AWS::AppSync::DataSource": (("LambdaConfig", "LambdaFunctionArn"),),
    "AWS::CloudWatch::Alarm": (
        ("AlarmActions", "*"),
        ("OKActions", "*"),
        ("InsufficientDataActions", "*"),
    ),
    "AWS::CodeCommit::Repository": (("Triggers", "*", "DestinationArn"),),
    "AWS::Config::ConfigRule": (("Source", "SourceIdentifier"),),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (("Targets", "*", "Id"),),
    "AWS::Events::Rule": (("Targets", "*", "Arn"),),
    "AWS::IoT::TopicRule": (("TopicRulePayload", "Actions", "*", "Lambda", "FunctionArn"),),
    "AWS::Lambda::EventInvokeConfig": (
        ("DestinationConfig", "OnSuccess", "Destination"),
        ("DestinationConfig", "OnFailure", "Destination"),
    ),
    "AWS::Lambda::EventSourceMapping": (("FunctionName",),),
    "AWS::Logs::SubscriptionFilter": (("DestinationArn",),),
    "AWS::S3::Bucket": (("NotificationConfiguration", "LambdaConfigurations", "*", "Function"),),
    "AWS::SES::ReceiptRule": (("Rule", "Actions", "*", "LambdaAction", "FunctionArn"),),
    "AWS::SNS::Subscription": (("Endpoint",),),
    "AWS::SNS::Topic": (("Subscription", "*", "Endpoint"),),
    "AWS::Scheduler::Schedule": (("Target", "Arn"),),
}
"""Where it stands that something calls a function."""
SYNCHRONOUS = (
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::AppSync::DataSource",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Serverless::Api",
    "AWS::Serverless::HttpApi",
)
"""These wait for the answer; what else is named above hands over an event and goes.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html"""
SAM_ASYNCHRONOUS = (
    "CloudWatchEvent",
    "CloudWatchLogs",
    "EventBridgeRule",
    "IoTRule",
    "S3",
    "SNS",
    "Schedule",
    "ScheduleV2",
)
"""Events of a SAM function that hand over and go."""
BODIES = {
    "AWS::ApiGateway::RestApi": "Body",
    "AWS::ApiGatewayV2::Api": "Body",
    "AWS::Serverless::Api": "DefinitionBody",
    "AWS::Serverless::HttpApi": "DefinitionBody",
}
"""Where an API is described, with the `uri` of what answers."""
ASYNCHRONOUS_CALLERS = re.compile(
    r"(codecommit|config|events|logs(\..+)?|s3|sns)\.amazonaws\.com(\.cn)?"
)
"""Services that, allowed to call a function, do so asynchronously."""


@dataclass(frozen=True, slots=True)
class Call:
    """A place where something is told to call a function."""

    by: Resource
    node: Node
    callee: Callee
    asynchronous: bool


def calls(template: Template) -> list[Call]:
    """List every place where something is told to call a function, in each branch."""
    return template.once(_calls)


def asynchronous_calls(template: Template) -> dict[str, list[Callee]]:
    """Tell as what each function is called asynchronously, by its logical id.

    A permission for a service that calls no other way counts as well: what it sends may be told
    elsewhere. Custom resources and CodeDeploy's hooks are left out, although they are called so:
    whoever calls waits for the answer, and nothing is lost unseen.
    """
    return template.once(_asynchronous_calls)


def _calls(template: Template) -> list[Call]:
    found = [
        Call(resource, node, meant, _is_asynchronous(resource, node))
        for resource in template.resources.values()
        for node in _places(resource)
        if (meant := callee(template, node)) is not None
    ]
    for function in template.of_type(SAM_FUNCTION):
        meant = Callee(function, published(function) or LATEST)
        for events in function.get("Events"):
            for _, event in events.fields():
                for kind in event.get("Type"):
                    through = next(event.get("Properties", "SqsSubscription"))
                    asynchronous = kind.literal in SAM_ASYNCHRONOUS and through.is_absent
                    found.append(Call(function, event, meant, asynchronous))
    return found


def _places(resource: Resource) -> Iterator[Node]:
    for names in PLACES.get(resource.type, ()):
        yield from resource.body.each("Properties", *names)
    if resource.type in BODIES:
        for body in resource.get(BODIES[resource.type]):
            yield from (node for node in body.walk() if node.path[-1] == "uri")


def _is_asynchronous(resource: Resource, node: Node) -> bool:
    if resource.type == "AWS::SES::ReceiptRule":
        position = node.path[node.path.index("Actions") + 1] if "Actions" in node.path else 0
        kinds = resource.body.each("Properties", "Rule", "Actions", "*", "LambdaAction")
        return all(
            kind.literal != "RequestResponse"
            for action in kinds
            if position in action.path
            for kind in action.get("InvocationType")
        )
    return resource.type not in SYNCHRONOUS


def _asynchronous_calls(template: Template) -> dict[str, list[Callee]]:
    found: dict[str, list[Callee]] = {}
    for call in calls(template):
        if call.asynchronous:
            found.setdefault(call.callee.function.id, []).append(call.callee)
    for permission in template.of_type("AWS::Lambda::Permission"):
        if any(
            ASYNCHRONOUS_CALLERS.fullmatch(principal.text or "")
            for principal in permission.get("Principal")
        ):
            for node in permission.get("FunctionName"):
                if meant := callee(template, node):
                    found.setdefault(meant.function.id, []).append(meant)
    return found
