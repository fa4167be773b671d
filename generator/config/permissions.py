"""A function's extra policy statements, held to least privilege before anything is rendered."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from generator.config.fields import Section, Text

WITHOUT_RESOURCES = frozenset(
    """
    cloudwatch:GetMetricData cloudwatch:GetMetricStatistics cloudwatch:ListMetrics
    cloudwatch:PutMetricData ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups
    ec2:DescribeSubnets ec2:DescribeVpcs ecr:GetAuthorizationToken logs:DescribeLogGroups
    sts:GetCallerIdentity tag:GetResources xray:GetSamplingRules
    xray:GetSamplingStatisticSummaries xray:GetSamplingTargets xray:PutTelemetryRecords
    xray:PutTraceSegments
    """.split()
)
"""Actions that know no resources, so that "*" is right for them; a reviewed list.
https://docs.aws.amazon.com/service-authorization/latest/reference/"""
DOCUMENTED_WILDCARDS = frozenset({"kms:GenerateDataKey*", "kms:ReEncrypt*"})
"""Families of actions that AWS itself writes so."""
KNOWN_NAMES = (
    "AWS::Partition", "AWS::Region", "AWS::AccountId", "AWS::URLSuffix", "Project", "Environment",
    "PrimaryRegion", "ToolsAccount",
)  # fmt: skip
"""What `${...}` may stand for in a resource or a condition."""

_ACTION = re.compile(r"^[a-z0-9-]+:[A-Za-z0-9]+$")
_NAME = re.compile(r"\$\{([^}]*)\}")


def _known_names(text: str) -> str:
    if unknown := [name for name in _NAME.findall(text) if name not in KNOWN_NAMES]:
        raise ValueError(
            f"'${{{unknown[0]}}}' is not known in a permission; known are: {', '.join(KNOWN_NAMES)}"
        )
    return text


def _named_action(action: str) -> str:
    if action in DOCUMENTED_WILDCARDS:
        return action
    if "*" in action:
        raise ValueError(f"action '{action}' allows more than it names: list the actions needed")
    if not _ACTION.match(action):
        raise ValueError(f"action '{action}' is not of the form 'service:Action'")
    return action


def _scoped_resource(resource: str) -> str:
    _known_names(resource)
    if resource == "*":
        return resource
    # Names hold colons of their own: take them out before the ARN is cut at its colons.
    parts = _NAME.sub("$", resource).split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise ValueError(
            f"resource '{resource}' is no ARN: arn:${{AWS::Partition}}:service:region:account:name"
        )
    _, partition, _, region, account, name = parts
    if partition != "$":
        raise ValueError(f"resource '{resource}' names a partition: write ${{AWS::Partition}}")
    if region not in ("", "$"):
        raise ValueError(f"resource '{resource}' names a region: write ${{AWS::Region}}")
    # AWS owns some resources itself, such as managed policies and public layers.
    if account not in ("", "$", "aws"):
        raise ValueError(f"resource '{resource}' names an account: write ${{AWS::AccountId}}")
    if not name.strip("*/:") or name.startswith("*"):
        raise ValueError(f"resource '{resource}' means everything: begin it with a fixed name")
    return resource


def _some(named: tuple[str, ...]) -> tuple[str, ...]:
    # Not as a minimum length, which would count a wrong entry as missing, too.
    if not named:
        raise ValueError("an empty list allows nothing: name at least one")
    return named


Action = Annotated[str, AfterValidator(_named_action)]
Resource = Annotated[str, AfterValidator(_scoped_resource)]
ConditionValue = Annotated[Text, AfterValidator(_known_names)]


class Permission(Section):
    """A statement that allows a function something beyond its tables, secrets and events."""

    actions: Annotated[tuple[Action, ...], AfterValidator(_some)]
    """As `service:Action`, each named in full."""
    resources: Annotated[tuple[Resource, ...], AfterValidator(_some)]
    """ARNs with `${AWS::Partition}`, `${AWS::Region}` and `${AWS::AccountId}`; "*" only for
    actions that know no resources."""
    conditions: dict[str, dict[str, ConditionValue | tuple[ConditionValue, ...]]] = Field(
        default={}
    )
    """By operator and key, as IAM writes them."""

    @model_validator(mode="after")
    def _everything_only_where_there_is_no_choice(self) -> Permission:
        if "*" in self.resources:
            if scoped := [a for a in self.actions if a not in WITHOUT_RESOURCES]:
                raise ValueError(
                    f'{", ".join(scoped)} on resource "*" is on everything: name the resources'
                )
            if len(self.resources) > 1:
                raise ValueError('resource "*" includes all others: leave them out')
        if "iam:PassRole" in self.actions:
            operators = (self.conditions.get(o, {}) for o in ("StringEquals", "StringLike"))
            if not any("iam:PassedToService" in keys for keys in operators):
                raise ValueError(
                    "iam:PassRole needs the condition StringEquals iam:PassedToService"
                )
            if len(self.actions) > 1:
                raise ValueError("iam:PassRole needs a statement of its own")
        return self
