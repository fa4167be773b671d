"""CloudFormation's drift detection: of stacks, and of StackSets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud
from generator.plan.drifts import Difference, ResourceDrift
from generator.units import Pair

# It only looks, so one instance's failure is no reason to leave another one out.
_PREFERENCES = {
    "RegionConcurrencyType": "PARALLEL",
    "FailureTolerancePercentage": 100,
    "MaxConcurrentPercentage": 100,
    "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
}


@dataclass(frozen=True, slots=True)
class Detection:
    """A drift detection of one stack."""

    status: str
    """DETECTION_IN_PROGRESS, DETECTION_COMPLETE or DETECTION_FAILED."""
    drift: str
    """DRIFTED, IN_SYNC, UNKNOWN or NOT_CHECKED."""
    reason: str


@dataclass(frozen=True, slots=True)
class InstanceDrift:
    """A stack instance, as the last drift detection of its set found it."""

    account: str
    region: str
    stack_id: str
    detailed_status: str
    drift: str
    checked: datetime | None = None
    """When; None where it was never looked for."""

    @property
    def pair(self) -> Pair:
        return self.account, self.region


class StackDrifts:
    """The drift of one account's and region's stacks."""

    def __init__(self, cloud: Cloud, *, account: str, region: str):
        self._client = cloud.client("cloudformation", region=region, account=account)
        self._where = f"in {account} {region}"

    def detect(self, stack: str) -> str:
        """Start a detection; give its id."""
        with aws_errors(f"detecting the drift of stack {stack} {self._where}"):
            return str(self._client.detect_stack_drift(StackName=stack)["StackDriftDetectionId"])

    def detection(self, detection: str) -> Detection:
        """Say how far a detection is."""
        with aws_errors(f"following a drift detection {self._where}"):
            found = self._client.describe_stack_drift_detection_status(
                StackDriftDetectionId=detection
            )
        return Detection(
            status=found["DetectionStatus"],
            drift=found.get("StackDriftStatus", "UNKNOWN"),
            reason=found.get("DetectionStatusReason", ""),
        )

    def resources(self, stack: str) -> list[ResourceDrift]:
        """List every resource of a stack: as the last detection found it, or as not checked.

        AWS lists what it has checked, and nothing else.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResourceDrifts.html
        """
        checked = {
            row["LogicalResourceId"]: _resource_drift(row)
            for row in self._pages("describe_stack_resource_drifts", "StackResourceDrifts", stack)
        }
        return [
            checked.get(row["LogicalResourceId"])
            or ResourceDrift(
                logical_id=row["LogicalResourceId"],
                physical_id=row.get("PhysicalResourceId", ""),
                type=row["ResourceType"],
                status="NOT_CHECKED",
            )
            for row in self._pages("list_stack_resources", "StackResourceSummaries", stack)
        ]

    def _pages(self, method: str, rows: str, stack: str) -> Iterator[dict[str, Any]]:
        arguments = {"StackName": stack}
        while True:
            with aws_errors(f"reading the drift of stack {stack} {self._where}"):
                page = getattr(self._client, method)(**arguments)
            yield from page[rows]
            if not (following := page.get("NextToken")):
                return
            arguments["NextToken"] = following


class SetDrifts:
    """The drift of one account's and region's StackSets."""

    def __init__(self, cloud: Cloud, *, account: str, region: str):
        self._client = cloud.client("cloudformation", region=region, account=account)

    def detect(self, name: str, *, operation: str) -> None:
        """Start an operation that looks at all instances of a set."""
        try:
            with aws_errors(f"detecting the drift of StackSet {name}"):
                self._client.detect_stack_set_drift(
                    StackSetName=name, OperationId=operation, OperationPreferences=_PREFERENCES
                )
        except AwsError as error:
            # An answer was lost and the call sent again: the operation is ours, and under way.
            if error.code != "OperationIdAlreadyExistsException":
                raise

    def instances(self, name: str) -> list[InstanceDrift]:
        """List all stack instances of a set with their drift."""
        return [
            InstanceDrift(
                account=row["Account"],
                region=row["Region"],
                stack_id=row.get("StackId", ""),
                detailed_status=row.get("StackInstanceStatus", {}).get("DetailedStatus", ""),
                drift=row.get("DriftStatus", "NOT_CHECKED"),
                checked=row.get("LastDriftCheckTimestamp"),
            )
            for row in self._pages("list_stack_instances", name)
        ]

    def resources(self, name: str, pair: Pair, *, operation: str) -> list[ResourceDrift]:
        """List the resources that an operation found changed in an instance: without going there.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackInstanceResourceDrifts.html
        """
        rows = self._pages(
            "list_stack_instance_resource_drifts", name, StackInstanceAccount=pair[0],
            StackInstanceRegion=pair[1], OperationId=operation,
            StackInstanceResourceDriftStatuses=["MODIFIED", "DELETED"],
        )  # fmt: skip
        return [_resource_drift(row) for row in rows]

    def _pages(self, method: str, name: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        while True:
            with aws_errors(f"reading the drift of StackSet {name}"):
                page = getattr(self._client, method)(StackSetName=name, **arguments)
            yield from page["Summaries"]
            if not (following := page.get("NextToken")):
                return
            arguments["NextToken"] = following


def _resource_drift(row: dict[str, Any]) -> ResourceDrift:
    return ResourceDrift(
        logical_id=row["LogicalResourceId"],
        physical_id=row.get("PhysicalResourceId", ""),
        type=row["ResourceType"],
        status=row["StackResourceDriftStatus"],
        reason=row.get("DriftStatusReason", ""),
        differences=tuple(
            Difference(
                path=one["PropertyPath"],
                expected=one["ExpectedValue"],
                actual=one["ActualValue"],
                type=one["DifferenceType"],
            )
            for one in row.get("PropertyDifferences", ())
        ),
    )
