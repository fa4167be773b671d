"""Render sets, instances and operations as the Query protocol's XML."""

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from localcloud.stacksets.model import (
    DriftStatus,
    Instance,
    Operation,
    Preferences,
    ResourceDrift,
    Result,
    StackSet,
    Target,
)


def element(name: str, value: object) -> str:
    """Return one element with text, or nothing for None."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


def members(name: str, inner: Iterable[str]) -> str:
    """Return a list of elements whose content is XML already."""
    return f"<{name}>" + "".join(f"<member>{one}</member>" for one in inner) + f"</{name}>"


def stack_set(one: StackSet) -> str:
    """Return what DescribeStackSet tells of a set."""
    return (
        "<StackSet>"
        + element("TemplateBody", one.template)
        + _summary(one)
        + _parameters("Parameters", one.parameters)
        + members("Capabilities", map(escape, one.capabilities))
        + members(
            "Tags", (element("Key", key) + element("Value", one.tags[key]) for key in one.tags)
        )
        + element("StackSetARN", one.arn)
        + element("AdministrationRoleARN", one.administration_role)
        + element("ExecutionRoleName", one.execution_role)
        + members("OrganizationalUnitIds", [])
        + members("Regions", map(escape, one.regions))
        + _drift_details(one.drift_operation())
        + "</StackSet>"
    )


def stack_set_summary(one: StackSet) -> str:
    looked = one.drift_operation()
    return (
        _summary(one)
        + element("DriftStatus", _drift_status(looked) if looked else "NOT_CHECKED")
        + element("LastDriftCheckTimestamp", looked.ended if looked else None)
    )


def _summary(one: StackSet) -> str:
    return (
        element("StackSetName", one.name)
        + element("StackSetId", one.set_id)
        + element("Description", one.description or None)
        + element("Status", "DELETED" if one.deleted else "ACTIVE")
        + element("PermissionModel", "SELF_MANAGED")
        + f"<ManagedExecution>{element('Active', one.managed_execution)}</ManagedExecution>"
    )


def instance(owner: StackSet, one: Instance) -> str:
    """Return what DescribeStackInstance tells; a summary has the same but the overrides."""
    overrides = _parameters("ParameterOverrides", one.overrides)
    return f"<StackInstance>{instance_summary(owner, one)}{overrides}</StackInstance>"


def instance_summary(owner: StackSet, one: Instance) -> str:
    return (
        element("StackSetId", owner.set_id)
        + element("Region", one.target.region)
        + element("Account", one.target.account)
        + element("StackId", one.stack_id or None)
        + element("Status", one.status)
        + element("StatusReason", one.reason or None)
        + f"<StackInstanceStatus>{element('DetailedStatus', one.detailed)}</StackInstanceStatus>"
        + element("DriftStatus", one.drift)
        + element("LastDriftCheckTimestamp", one.drift_checked)
        + element("LastOperationId", one.last_operation or None)
    )


def operation(owner: StackSet, one: Operation) -> str:
    """Return what DescribeStackSetOperation tells."""
    return (
        "<StackSetOperation>"
        + element("StackSetId", owner.set_id)
        + operation_summary(one)
        + element("RetainStacks", one.retain_stacks)
        + element("AdministrationRoleARN", one.administration_role)
        + element("ExecutionRoleName", one.execution_role)
        + _drift_details(one if one.action == "DETECT_DRIFT" else None)
        + "</StackSetOperation>"
    )


def operation_summary(one: Operation) -> str:
    failed = element("FailedStackInstancesCount", one.failed_count())
    return (
        element("OperationId", one.operation_id)
        + element("Action", one.action)
        + element("Status", one.status)
        + element("CreationTimestamp", one.created)
        + element("EndTimestamp", one.ended)
        + _preferences(one.preferences)
        + f"<StatusDetails>{failed}</StatusDetails>"
    )


def result(target: Target, one: Result) -> str:
    gate = element("Status", "SKIPPED") + element(
        "StatusReason",
        f"Function not found: arn:aws:lambda:{target.region}:{target.account}:function:"
        "AWSCloudFormationStackSetAccountGate",
    )
    return (
        element("Account", target.account)
        + element("Region", target.region)
        + element("Status", one.status)
        + element("StatusReason", one.reason or None)
        + f"<AccountGateResult>{gate}</AccountGateResult>"
    )


def resource_drift(one: ResourceDrift) -> str:
    """Return what ListStackInstanceResourceDrifts tells of a resource: no whole properties."""
    names = ("StackId", "LogicalResourceId", "PhysicalResourceId", "ResourceType",
             "StackResourceDriftStatus", "Timestamp")  # fmt: skip
    of_difference = ("PropertyPath", "ExpectedValue", "ActualValue", "DifferenceType")
    differences = (
        "".join(element(name, difference[name]) for name in of_difference)
        for difference in one.get("PropertyDifferences", ())
    )
    return "".join(element(name, one.get(name)) for name in names) + members(
        "PropertyDifferences", differences
    )


def _drift_details(looked: Operation | None) -> str:
    """Return a drift detection in numbers; of a set, the last one that has ended."""
    if looked is None:
        return ""
    statuses = [found.status for found in looked.drifts.values()]
    results = [result.status for result in looked.results.values()]
    return (
        "<StackSetDriftDetectionDetails>"
        + element("DriftStatus", _drift_status(looked))
        + element("DriftDetectionStatus", _detection_status(looked))
        + element("LastDriftCheckTimestamp", looked.ended)
        + element("TotalStackInstancesCount", len(results))
        + element("DriftedStackInstancesCount", statuses.count("DRIFTED"))
        + element("InSyncStackInstancesCount", statuses.count("IN_SYNC"))
        + element(
            "InProgressStackInstancesCount", results.count("RUNNING") + results.count("PENDING")
        )
        + element("FailedStackInstancesCount", results.count("FAILED"))
        + "</StackSetDriftDetectionDetails>"
    )


def _drift_status(looked: Operation) -> DriftStatus:
    statuses = {found.status for found in looked.drifts.values()}
    if "DRIFTED" in statuses:
        return "DRIFTED"
    return "IN_SYNC" if statuses == {"IN_SYNC"} else "UNKNOWN"


def _detection_status(looked: Operation) -> str:
    if not looked.has_ended:
        return "IN_PROGRESS"
    if looked.status == "SUCCEEDED":
        return "PARTIAL_SUCCESS" if looked.failed_count() else "COMPLETED"
    return looked.status


def _preferences(one: Preferences) -> str:
    return (
        "<OperationPreferences>"
        + element("RegionConcurrencyType", one.region_concurrency)
        + members("RegionOrder", map(escape, one.region_order))
        + element("FailureToleranceCount", one.tolerance_count)
        + element("FailureTolerancePercentage", one.tolerance_percentage)
        + element("MaxConcurrentCount", one.concurrent_count)
        + element("MaxConcurrentPercentage", one.concurrent_percentage)
        + element("ConcurrencyMode", one.mode)
        + "</OperationPreferences>"
    )


def _parameters(name: str, values: Mapping[str, str]) -> str:
    return members(
        name,
        (
            element("ParameterKey", key) + element("ParameterValue", value)
            for key, value in values.items()
        ),
    )
