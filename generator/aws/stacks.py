"""CloudFormation stacks of one account and region."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud
from generator.plan.state import StackEvent, StackResource, StackState

INLINE_LIMIT = 51_200
"""Bytes of a template given in the call itself.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A template's text, and its place in S3 when it is too large to be sent along."""

    text: str
    url: str | None = None

    def arguments(self) -> dict[str, str]:
        return {"TemplateURL": self.url} if self.url else {"TemplateBody": self.text}


class Stacks:
    """The stacks of one account and region."""

    def __init__(self, cloud: Cloud, *, account: str, region: str):
        self._client = cloud.client("cloudformation", region=region, account=account)
        self._where = f"in {account} {region}"

    def describe(self, name: str) -> StackState | None:
        """Describe a stack by name or id; None when there is none."""
        try:
            with aws_errors(f"describing stack {name} {self._where}"):
                stack = self._client.describe_stacks(StackName=name)["Stacks"][0]
        except AwsError as error:
            if error.code == "ValidationError" and "does not exist" in error.message:
                return None
            raise
        if stack["StackStatus"] == "DELETE_COMPLETE":
            return None
        return StackState(
            id=stack["StackId"],
            status=stack["StackStatus"],
            reason=stack.get("StackStatusReason", ""),
            parameters={
                p["ParameterKey"]: p.get("ParameterValue", "") for p in stack.get("Parameters", ())
            },
            tags={t["Key"]: t["Value"] for t in stack.get("Tags", ())},
            outputs={o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", ())},
            protected=stack.get("EnableTerminationProtection", False),
        )

    def template(self, name: str) -> str:
        """Read a stack's template as it was sent."""
        with aws_errors(f"reading the template of stack {name} {self._where}"):
            return as_text(
                self._client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
            )

    def policy(self, name: str) -> str | None:
        """Read a stack's policy; None when it has none."""
        with aws_errors(f"reading the stack policy of {name} {self._where}"):
            found = self._client.get_stack_policy(StackName=name).get("StackPolicyBody")
        return as_text(found) if found else None

    def set_policy(self, name: str, policy: str) -> None:
        """Give a stack another policy; there is no way to take one away."""
        with aws_errors(f"setting the stack policy of {name} {self._where}"):
            self._client.set_stack_policy(StackName=name, StackPolicyBody=policy)

    def protect(self, name: str, *, enabled: bool) -> None:
        """Switch a stack's termination protection on or off."""
        with aws_errors(f"changing the termination protection of {name} {self._where}"):
            self._client.update_termination_protection(
                StackName=name, EnableTerminationProtection=enabled
            )

    def create(
        self, name: str, template: TemplateSource, *, protected: bool = False,
        policy: str | None = None, **arguments: Any,
    ) -> str:  # fmt: skip
        """Start creating a stack, protected from the start.

        Gives its id, or its name when the answer was lost.
        """
        try:
            with aws_errors(f"creating stack {name} {self._where}"):
                answer = self._client.create_stack(
                    StackName=name,
                    **template.arguments(),
                    **self._spelled(**arguments),
                    **({"EnableTerminationProtection": True} if protected else {}),
                    **({"StackPolicyBody": policy} if policy else {}),
                )
        except AwsError as error:
            # The answer was lost and the call sent again: the stack is ours, and under way.
            if error.repeated and error.code == "AlreadyExistsException":
                return name
            raise
        return str(answer["StackId"])

    def update(
        self, name: str, template: TemplateSource, *, policy_during_update: str | None = None,
        **arguments: Any,
    ) -> bool:  # fmt: skip
        """Start updating a stack; False when CloudFormation finds nothing to do.

        `policy_during_update` holds instead of the stack's policy, for this update only.
        """
        during = {"StackPolicyDuringUpdateBody": policy_during_update}
        try:
            with aws_errors(f"updating stack {name} {self._where}"):
                self._client.update_stack(
                    StackName=name,
                    **template.arguments(),
                    **self._spelled(**arguments),
                    **(during if policy_during_update else {}),
                )
        except AwsError as error:
            if error.repeated and "_IN_PROGRESS state" in error.message:
                return True
            if "No updates are to be performed" in error.message:
                return False
            raise
        return True

    def resources(self, name: str) -> list[StackResource]:
        """List what a stack holds."""
        arguments: dict[str, str] = {"StackName": name}
        found: list[StackResource] = []
        while True:
            with aws_errors(f"listing the resources of stack {name} {self._where}"):
                page = self._client.list_stack_resources(**arguments)
            found += (
                StackResource(
                    logical_id=row["LogicalResourceId"],
                    physical_id=row.get("PhysicalResourceId", ""),
                    type=row["ResourceType"],
                    status=row["ResourceStatus"],
                )
                for row in page["StackResourceSummaries"]
            )
            if not (following := page.get("NextToken")):
                return found
            arguments["NextToken"] = following

    def delete(self, name: str) -> None:
        """Start deleting a stack."""
        with aws_errors(f"deleting stack {name} {self._where}"):
            self._client.delete_stack(StackName=name)

    def events(self, name: str) -> Iterator[StackEvent]:
        """Yield a stack's events, newest first, reading further pages only when asked."""
        arguments: dict[str, str] = {"StackName": name}
        while True:
            with aws_errors(f"reading the events of stack {name} {self._where}"):
                page = self._client.describe_stack_events(**arguments)
            for event in page["StackEvents"]:
                yield StackEvent(
                    id=event["EventId"],
                    time=event["Timestamp"],
                    logical_id=event["LogicalResourceId"],
                    physical_id=event.get("PhysicalResourceId", ""),
                    type=event["ResourceType"],
                    status=event["ResourceStatus"],
                    reason=event.get("ResourceStatusReason", ""),
                    token=event.get("ClientRequestToken", ""),
                    stack_id=event["StackId"],
                )
            if not (following := page.get("NextToken")):
                return
            arguments["NextToken"] = following

    def validation_errors(self, name: str) -> list[StackEvent]:
        """List what CloudFormation refused before it made anything, in its latest operation.

        The stack's own events only point here.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
        """
        with aws_errors(f"reading why stack {name} failed {self._where}"):
            events = self._client.describe_events(StackName=name, Filters={"FailedEvents": True})[
                "OperationEvents"
            ]
        latest = events[0]["OperationId"] if events else None
        return [
            StackEvent(
                id=event["EventId"],
                time=event["Timestamp"],
                logical_id=event.get("LogicalResourceId", ""),
                physical_id=event.get("PhysicalResourceId", ""),
                type=event.get("ResourceType", ""),
                status=event.get("ValidationName", "VALIDATION_FAILED"),
                reason=event.get("ValidationStatusReason", ""),
                token=event.get("ClientRequestToken", ""),
                stack_id=event.get("StackId", ""),
            )
            for event in events
            if event["EventType"] == "VALIDATION_ERROR" and event["OperationId"] == latest
        ]

    @staticmethod
    def _spelled(
        *, parameters: dict[str, str], tags: dict[str, str], capabilities: tuple[str, ...],
        token: str,
    ) -> dict[str, Any]:  # fmt: skip
        return {
            "Parameters": spell_parameters(parameters),
            "Tags": spell_tags(tags),
            "Capabilities": list(capabilities),
            "ClientRequestToken": token,
        }


def as_text(body: Any) -> str:
    """Give a template body as text: boto3 parses JSON bodies by itself."""
    return body if isinstance(body, str) else json.dumps(body)


def spell_parameters(values: dict[str, str]) -> list[dict[str, str]]:
    """Give parameter values in the API's form."""
    return [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]


def spell_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    """Give tags in the API's form."""
    return [{"Key": k, "Value": v} for k, v in tags.items()]
