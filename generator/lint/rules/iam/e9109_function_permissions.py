"""E9109: what a function's own configuration needs."""

import re
from collections.abc import Iterator

from generator.lint.guardrail import Flaw, Guardrail
from generator.lint.template import Node, Resource, Template
from generator.lint.template.grants import missing
from generator.lint.template.reach import Thing, original, thing_at

ROLE = "AWS::IAM::Role"
SENDS = {
    "AWS::SQS::Queue": ("sqs:SendMessage",),
    "AWS::SNS::Topic": ("sns:Publish",),
    "AWS::Lambda::Function": ("lambda:InvokeFunction",),
    "AWS::Events::EventBus": ("events:PutEvents",),
    "sqs": ("sqs:SendMessage",),
    "sns": ("sns:Publish",),
    "lambda": ("lambda:InvokeFunction",),
    "events": ("events:PutEvents",),
}
"""What a destination takes, by its type or by the service in its ARN."""
TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
)
LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
SERVICE = re.compile(r"arn:(?:\$\{[^}]*\}|[\w-]*):(\w+):")
DESTINATIONS = {
    "AWS::Lambda::EventInvokeConfig": (
        ("DestinationConfig", "OnFailure", "Destination"),
        ("DestinationConfig", "OnSuccess", "Destination"),
    ),
    "AWS::Lambda::EventSourceMapping": (("DestinationConfig", "OnFailure", "Destination"),),
}


class FunctionPermissions(Guardrail):
    """A function's role allows what its configuration makes Lambda do."""

    id = "E9109"
    shortdesc = "Function lacks a permission that its own configuration needs"
    description = (
        "Lambda writes logs and traces, attaches to a VPC and sends failed events with the "
        "function's role. What the role lacks fails at deployment, or silently: events are lost."
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"
    bad = """
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Role: !GetAtt WorkerRole.Arn
      Code: {S3Bucket: code, S3Key: worker.zip}
      TracingConfig: {Mode: Active}  # <- Worker
      DeadLetterConfig:
        TargetArn: !GetAtt Failed.Arn  # <- Worker
  Failed:
    Type: AWS::SQS::Queue
  WorkerRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
      ManagedPolicyArns:
        - !Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
"""
    good = """
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Role: !GetAtt WorkerRole.Arn
      Code: {S3Bucket: code, S3Key: worker.zip}
      TracingConfig: {Mode: Active}
      DeadLetterConfig:
        TargetArn: !GetAtt Failed.Arn
  Failed:
    Type: AWS::SQS::Queue
  WorkerRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
      ManagedPolicyArns:
        - !Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
      Policies:
        - PolicyName: worker
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Failed.Arn}
              - Effect: Allow
                Action: [xray:PutTraceSegments, xray:PutTelemetryRecords]
                Resource: "*"
"""

    def check(self, template: Template) -> Iterator[Flaw]:
        destinations = template.once(_destinations)
        for function in template.of_type("AWS::Lambda::Function"):
            for role_node in function.get("Role"):
                role = template.target(role_node, ROLE)
                if role is None:
                    continue
                needs = [*_needs(template, function, role_node)]
                for destination in destinations.get(function.id, ()):
                    needs += _sends(
                        template, destination.assuming({**role_node.given, **destination.given})
                    )
                for node, actions, thing, on in needs:
                    lacking = missing(template, role, actions, thing, node.given)
                    if lacking:
                        yield Flaw.at(
                            node, f"let the role {role.id} do {' and '.join(lacking)} on {on}"
                        )


Need = tuple[Node, tuple[str, ...], Thing | None, str]


def _needs(template: Template, function: Resource, role: Node) -> Iterator[Need]:
    group = _log_group(template, function)
    yield (
        role,
        LOGS,
        group,
        f"its log group{f' {group.resource.id}' if group and group.resource else ''}",
    )
    for tracing in function.get("TracingConfig", "Mode", given=role.given):
        if tracing.literal == "Active":
            yield tracing, TRACES, None, '"*"'
    for subnets in function.get("VpcConfig", "SubnetIds", given=role.given):
        if not subnets.is_absent and subnets.value != []:
            yield subnets, INTERFACES, None, '"*"'
    for target in function.get("DeadLetterConfig", "TargetArn", given=role.given):
        yield from _sends(template, target)


def _sends(template: Template, target: Node) -> Iterator[Need]:
    thing = thing_at(template, target)
    service = SERVICE.match(thing.text or "")
    kind = thing.resource.type if thing.resource else service[1] if service else ""
    if kind in SENDS:
        yield target, SENDS[kind], thing, thing.resource.id if thing.resource else str(thing.text)


def _log_group(template: Template, function: Resource) -> Thing | None:
    """Find where a function logs; None if any log group may be it."""
    named = next(function.get("LoggingConfig", "LogGroup"))
    if not named.is_absent:
        return thing_at(template, named)
    for group in template.of_type("AWS::Logs::LogGroup"):
        name = next(group.get("LogGroupName"))
        prefix, found, of = (name.text or "").partition("/aws/lambda/")
        if not prefix and found and template.target_of(of, function.type) is function:
            return Thing(group, name.text)
    return None


def _destinations(template: Template) -> dict[str, list[Node]]:
    """List where the asynchronous calls and batches of each function end, by its id."""
    found: dict[str, list[Node]] = {}
    for config in template.of_type(*DESTINATIONS):
        for named in config.get("FunctionName"):
            function = original(template, template.target(named))
            if function is not None:
                for names in DESTINATIONS[config.type]:
                    found.setdefault(function.id, []).extend(config.get(*names, given=named.given))
    return found
