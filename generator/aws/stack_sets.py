"""CloudFormation StackSets of the tools account, in the primary region."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud
from generator.aws.stacks import TemplateSource, as_text, spell_parameters, spell_tags
from generator.plan.state import Group, Instance, Operation, Result, SetValues, StackSetState
from generator.units import Pair

_RECENT = 100
# Within a wave all regions go at once, and the first failure stops what has not started.
# SOFT, because STRICT would allow tolerance + 1 accounts at a time.
_PREFERENCES = {
    "RegionConcurrencyType": "PARALLEL",
    "FailureToleranceCount": 0,
    "MaxConcurrentPercentage": 100,
    "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
}
# For taking a release back: a region that fails keeps no other one on the bad release.
_TOLERANT = {
    "RegionConcurrencyType": "PARALLEL",
    "FailureTolerancePercentage": 100,
    "MaxConcurrentPercentage": 100,
    "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
}


class StackSets:
    """The StackSets of one account and region."""

    def __init__(self, cloud: Cloud, *, account: str, region: str):
        self._client = cloud.client("cloudformation", region=region, account=account)

    def describe(self, name: str) -> StackSetState | None:
        """Describe a StackSet; None when there is none."""
        try:
            with aws_errors(f"describing StackSet {name}"):
                found = self._client.describe_stack_set(StackSetName=name)["StackSet"]
        except AwsError as error:
            if error.code == "StackSetNotFoundException":
                return None
            raise
        return StackSetState(
            id=found["StackSetId"],
            template=as_text(found["TemplateBody"]),
            values=SetValues(
                parameters={
                    p["ParameterKey"]: p.get("ParameterValue", "")
                    for p in found.get("Parameters", ())
                },
                tags={t["Key"]: t["Value"] for t in found.get("Tags", ())},
                capabilities=tuple(sorted(found.get("Capabilities", ()))),
                administration_role=found.get("AdministrationRoleARN", ""),
                execution_role=found.get("ExecutionRoleName", ""),
            ),
        )

    def instances(self, name: str) -> list[Instance]:
        """List all stack instances of a set."""
        return [
            Instance(
                account=row["Account"],
                region=row["Region"],
                stack_id=row.get("StackId", ""),
                status=row["Status"],
                detailed_status=row.get("StackInstanceStatus", {}).get("DetailedStatus", ""),
                reason=row.get("StatusReason", ""),
                last_operation=row.get("LastOperationId", ""),
                organizational_unit=row.get("OrganizationalUnitId", ""),
            )
            for row in self._pages("list_stack_instances", name)
        ]

    def overrides(self, name: str, pair: Pair) -> dict[str, str]:
        """Read the parameter values that one instance has of its own."""
        with aws_errors(f"describing the instance of {name} in {' '.join(pair)}"):
            instance = self._client.describe_stack_instance(
                StackSetName=name, StackInstanceAccount=pair[0], StackInstanceRegion=pair[1]
            )["StackInstance"]
        return {
            p["ParameterKey"]: p.get("ParameterValue", "")
            for p in instance.get("ParameterOverrides", ())
        }

    def create(self, name: str, template: TemplateSource, values: SetValues, *, token: str) -> None:
        """Create a set, without instances."""
        with aws_errors(f"creating StackSet {name}"):
            self._client.create_stack_set(
                StackSetName=name,
                **template.arguments(),
                **_spell_values(values),
                PermissionModel="SELF_MANAGED",
                ClientRequestToken=token,
            )

    def update(
        self, name: str, template: TemplateSource, values: SetValues,
        *, reaches: Group | None, operation: str, tolerant: bool = False,
    ) -> None:  # fmt: skip
        """Start updating a set and the instances in `reaches`; all others turn OUTDATED.

        None reaches all instances. A tolerant operation goes on in all others when one fails.
        """
        targets = _spell_group(reaches) if reaches else {}
        self._start(
            f"updating StackSet {name}",
            lambda: self._client.update_stack_set(
                StackSetName=name,
                **template.arguments(),
                **_spell_values(values),
                **targets,
                OperationPreferences=_TOLERANT if tolerant else _PREFERENCES,
                OperationId=operation,
            ),
        )

    def create_instances(
        self, name: str, group: Group, *, overrides: dict[str, str], operation: str
    ) -> None:
        """Start creating instances."""
        self._start(
            f"creating instances of {name}",
            lambda: self._client.create_stack_instances(
                StackSetName=name,
                **_spell_group(group),
                ParameterOverrides=spell_parameters(overrides),
                OperationPreferences=_PREFERENCES,
                OperationId=operation,
            ),
        )

    def update_instances(
        self, name: str, group: Group, *, overrides: dict[str, str] | None, operation: str,
        tolerant: bool = False,
    ) -> None:  # fmt: skip
        """Start updating instances; what is not in `overrides` goes back to the set's value.

        None leaves each instance the values that it has of its own.
        """
        own = {} if overrides is None else {"ParameterOverrides": spell_parameters(overrides)}
        self._start(
            f"updating instances of {name}",
            lambda: self._client.update_stack_instances(
                StackSetName=name,
                **_spell_group(group),
                **own,
                OperationPreferences=_TOLERANT if tolerant else _PREFERENCES,
                OperationId=operation,
            ),
        )

    def import_stacks(self, name: str, stacks: list[str], *, operation: str) -> None:
        """Start making existing stacks instances of a set: at most ten, by their ids."""
        self._start(
            f"importing stacks into {name}",
            lambda: self._client.import_stacks_to_stack_set(
                StackSetName=name,
                StackIds=stacks,
                OperationPreferences=_TOLERANT,
                OperationId=operation,
            ),
        )

    def delete_instances(self, name: str, group: Group, *, operation: str) -> None:
        """Start deleting instances and their stacks; one that fails keeps no other one."""
        self._start(
            f"deleting instances of {name}",
            lambda: self._client.delete_stack_instances(
                StackSetName=name,
                **_spell_group(group),
                RetainStacks=False,
                OperationPreferences=_TOLERANT,
                OperationId=operation,
            ),
        )

    def delete(self, name: str) -> None:
        """Delete a set that has no instances."""
        with aws_errors(f"deleting StackSet {name}"):
            self._client.delete_stack_set(StackSetName=name)

    def operation(self, name: str, operation: str) -> Operation:
        """Describe an operation."""
        with aws_errors(f"describing an operation of {name}"):
            found = self._client.describe_stack_set_operation(
                StackSetName=name, OperationId=operation
            )["StackSetOperation"]
        return _operation(found)

    def under_way(self, name: str) -> list[Operation]:
        """List the operations of a set that have not ended, newest first."""
        return [operation for operation in self.recent(name) if operation.in_progress]

    def latest_operation(self, name: str) -> Operation | None:
        """Give the newest operation of a set."""
        return next(iter(self.recent(name)), None)

    def recent(self, name: str) -> list[Operation]:
        """List the newest operations of a set, newest first.

        AWS lists all of a set's life in this order: the first page has all that matters now.
        """
        rows = self._pages("list_stack_set_operations", name)
        return [_operation(row) for row in itertools.islice(rows, _RECENT)]

    def results(self, name: str, operation: str) -> list[Result]:
        """List what an operation did to each instance."""
        return [
            Result(
                account=row["Account"], region=row["Region"], status=row["Status"],
                reason=row.get("StatusReason", ""),
            )
            for row in self._pages("list_stack_set_operation_results", name, OperationId=operation)
        ]  # fmt: skip

    def stop(self, name: str, operation: str) -> bool:
        """Stop an operation: what runs is finished, the rest is not begun; False when it has ended
        or is being stopped."""
        try:
            with aws_errors(f"stopping operation {operation} of {name}"):
                self._client.stop_stack_set_operation(StackSetName=name, OperationId=operation)
        except AwsError as error:
            if error.code == "InvalidOperationException":
                return False
            raise
        return True

    def _start(self, doing: str, call: Callable[[], object]) -> None:
        try:
            with aws_errors(doing):
                call()
        except AwsError as error:
            # An answer was lost and the call sent again, or somebody else began just this: it is
            # under way already. Other operations have other ids.
            if error.code != "OperationIdAlreadyExistsException":
                raise

    def _pages(self, method: str, name: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        while True:
            with aws_errors(f"listing ({method.replace('_', ' ')}) of {name}"):
                page = getattr(self._client, method)(StackSetName=name, **arguments)
            yield from page["Summaries"]
            if not (following := page.get("NextToken")):
                return
            arguments["NextToken"] = following


def _spell_group(group: Group) -> dict[str, Any]:
    return {
        "DeploymentTargets": {"Accounts": list(group.accounts)},
        "Regions": list(group.regions),
    }


def _spell_values(values: SetValues) -> dict[str, Any]:
    return {
        "Parameters": spell_parameters(values.parameters),
        "Tags": spell_tags(values.tags),
        "Capabilities": list(values.capabilities),
        "AdministrationRoleARN": values.administration_role,
        "ExecutionRoleName": values.execution_role,
    }


def _operation(found: dict[str, Any]) -> Operation:
    return Operation(
        id=found["OperationId"],
        action=found["Action"],
        status=found["Status"],
        reason=found.get("StatusReason", ""),
        started=found["CreationTimestamp"],
        ended=found.get("EndTimestamp"),
        failed_instances=found.get("StatusDetails", {}).get("FailedStackInstancesCount", 0),
    )
