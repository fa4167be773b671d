"""Event patterns of a template, and what AWS's delivery services really send.

https://docs.aws.amazon.com/eventbridge/latest/ref/events.html, read on 2026-11-22. Only services
whose list was read there are named: of all others nothing is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from generator.lint.template.node import Node
from generator.lint.template.template import Resource, Template

Field = tuple[str, ...]
VIA_CLOUDTRAIL = " via CloudTrail"
"""What every service's calls end in, when CloudTrail hands them on."""

_DEPLOYMENT: dict[Field, tuple[str, ...]] = {
    ("state",): ("START", "SUCCESS", "FAILURE", "STOP", "READY")
}
_EXECUTION = ("STARTED", "SUCCEEDED", "RESUMED", "FAILED", "STOPPING", "STOPPED", "CANCELED")
_ALARM = ("OK", "ALARM", "INSUFFICIENT_DATA")
_ALARMS: dict[str, dict[Field, tuple[str, ...]]] = {
    "CloudWatch Alarm State Change": {
        ("state", "value"): _ALARM,
        ("previousState", "value"): _ALARM,
    },
    "CloudWatch Alarm Configuration Change": {},
    "CloudWatch Alarm Contributor State Change": {},
}
SENT: dict[str, dict[str, dict[Field, tuple[str, ...]]]] = {
    "aws.cloudformation": {
        "CloudFormation Drift Detection Status Change": {},
        "CloudFormation Hook Invocation Progress": {},
        "CloudFormation Resource Status Change": {},
        "CloudFormation Stack State Change": {},
        "CloudFormation Stack Status Change": {},
        "CloudFormation StackSet Operation Status Change": {
            ("status-details", "status"): (
                "QUEUED",
                "RUNNING",
                "SUCCEEDED",
                "FAILED",
                "STOPPING",
                "STOPPED",
            )
        },
        "CloudFormation StackSet StackInstance Status Change": {
            ("status-details", "status"): ("CURRENT", "OUTDATED", "INOPERABLE")
        },
        "CloudFormation StackSet Status Change": {
            ("status-details", "status"): ("ACTIVE", "DELETED")
        },
    },
    "aws.cloudwatch": _ALARMS,
    "aws.monitoring": _ALARMS,
    "aws.codebuild": {
        "CodeBuild Build State Change": {
            ("build-status",): (
                "IN_PROGRESS",
                "SUCCEEDED",
                "FAILED",
                "FAULT",
                "STOPPED",
                "TIMED_OUT",
            )
        },
        "CodeBuild Build Phase Change": {("build-status",): ()},
        "CodeBuild Fleet State Change": {("build-status",): ()},
    },
    "aws.codecommit": {
        "CodeCommit Repository State Change": {
            ("event",): ("referenceCreated", "referenceUpdated", "referenceDeleted"),
            ("referenceType",): ("branch", "tag"),
        },
        "CodeCommit Comment on Commit": {},
        "CodeCommit Comment on Pull Request": {},
        "CodeCommit Comment Reaction Change": {},
        "CodeCommit Pull Request State Change": {},
        "CodeCommit Approval Rule Template Change": {},
    },
    "aws.codedeploy": {
        "CodeDeploy Deployment State-change Notification": _DEPLOYMENT,
        "CodeDeploy Instance State-change Notification": _DEPLOYMENT,
    },
    "aws.codepipeline": {
        "CodePipeline Pipeline Execution State Change": {("state",): (*_EXECUTION, "SUPERSEDED")},
        "CodePipeline Stage Execution State Change": {("state",): _EXECUTION},
        "CodePipeline Action Execution State Change": {
            ("state",): ("STARTED", "SUCCEEDED", "FAILED", "CANCELED", "ABANDONED")
        },
    },
    "aws.s3": {
        name: {}
        for name in (
            "Async Copy Completion",
            "Object ACL Updated",
            "Object Access Tier Changed",
            "Object Created",
            "Object Deleted",
            "Object Restore Completed",
            "Object Restore Expired",
            "Object Restore Initiated",
            "Object Storage Class Changed",
            "Object Tags Added",
            "Object Tags Deleted",
        )
    },
}
"""By source and detail-type: the fields of `detail` that have a few values, and which."""
SENDERS = {
    name: tuple(source for source, types in SENT.items() if name in types)
    for types in SENT.values()
    for name in types
}
"""The sources of each detail-type."""
SAM_RULES = ("EventBridgeRule", "CloudWatchEvent", "Schedule")
"""Events of SAM functions and state machines that are rules."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """An event pattern in one of its branches."""

    owner: Resource
    node: Node
    written: Node | None
    """Where it stands when it is text: there is no place within that."""

    def at(self, node: Node) -> Node:
        """Say where a part of the pattern stands."""
        return self.written or node


def patterns(template: Template) -> list[Pattern]:
    """List every event pattern."""
    return template.once(_patterns)


def sam_rules(template: Template) -> Iterator[tuple[Resource, Node]]:
    """Yield the events of SAM functions and state machines that are rules: owner, properties."""
    for owner in template.of_type("AWS::Serverless::Function", "AWS::Serverless::StateMachine"):
        for events in owner.get("Events"):
            for _, event in events.fields():
                for kind in event.get("Type"):
                    if kind.value in SAM_RULES:
                        for properties in event.get("Properties", given=kind.given):
                            yield owner, properties


def _patterns(template: Template) -> list[Pattern]:
    written = [
        (owner, node)
        for owner in template.of_type("AWS::Events::Rule", "AWS::Events::Archive")
        for node in owner.get("EventPattern")
    ]
    written += [
        (owner, node)
        for owner, properties in sam_rules(template)
        for node in properties.get("Pattern")
    ]
    return [
        Pattern(owner, *read)
        for owner, node in written
        if (read := _read(template, node)) is not None
    ]


def _read(template: Template, node: Node) -> tuple[Node, Node | None] | None:
    """Read a pattern, which may be JSON text."""
    if isinstance(node.value, dict) and not node.is_unknown:
        return node, None
    text = node.text
    if text is None or node.is_absent:
        return None
    try:
        read = json.loads(text)
    except ValueError:
        return None
    # As CloudFormation would put references in.
    parts = Node(_substituted(read), node.path, template.conditions, node.given)
    return (parts, node) if isinstance(read, dict) else None


def _substituted(value: object) -> object:
    if isinstance(value, dict):
        return {name: _substituted(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_substituted(each) for each in value]
    return {"Fn::Sub": value} if isinstance(value, str) and "${" in value else value
