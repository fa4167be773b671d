"""The private names of ministack's drift detection: what a stack's resources are by now.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import cloudformation as _cfn
from ministack.services import cloudwatch as _cloudwatch
from ministack.services import eventbridge as _events
from ministack.services import kms as _kms
from ministack.services import lambda_svc as _lambda
from ministack.services.cloudformation import drift as _drift
from ministack.services.cloudformation import provisioners as _provisioners

Given = Mapping[str, Any]
Read = Callable[[str, Given], dict[str, Any] | None]
"""Gives the present properties of a resource, by its physical id; None when it is gone."""


def read_more_types() -> None:
    """Let drift detection see more types, and more of those that it knows."""
    known = _drift._DRIFT_READERS
    function, of_function = known["AWS::Lambda::Function"]
    known["AWS::Lambda::Function"] = (_more(function, _function), of_function | _OF_FUNCTION)
    known["AWS::Lambda::Alias"] = (_alias, frozenset({"FunctionVersion", "Description"}))
    known["AWS::Events::Rule"] = (_rule, _OF_RULE)
    known["AWS::CloudWatch::Alarm"] = (_alarm, _OF_ALARM)
    known["AWS::KMS::Key"] = (_key, frozenset({"Description", "EnableKeyRotation"}))


def stack_drift(name: str) -> Any:
    """Return the drift status of a stack of the present place, as its last detection found it."""
    found = _cfn._stacks[name].get("DriftInformation") or {}
    return found.get("StackDriftStatus", "NOT_CHECKED")


def resource_drifts(name: str) -> list[Given]:
    """Return what the last detection found of each resource that it could check."""
    resources = _cfn._stacks[name].get("_resources", {}).values()
    return [one["_drift"] for one in resources if one.get("_drift")]


_OF_FUNCTION = frozenset({"LoggingConfig", "ReservedConcurrentExecutions", "KmsKeyArn"})
_OF_RULE = frozenset({"Name", "State", "Description", "ScheduleExpression", "EventPattern"})
_OF_ALARM = frozenset({
    "AlarmName", "AlarmDescription", "MetricName", "Namespace", "Statistic", "ExtendedStatistic",
    "Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator",
    "TreatMissingData", "ActionsEnabled", "AlarmActions", "OKActions",
})  # fmt: skip


def _more(read: Read, rest: Read) -> Read:
    """Read the properties that ministack reads, and some besides."""

    def both(physical_id: str, given: Given) -> dict[str, Any] | None:
        found = read(physical_id, given)
        return None if found is None else {**found, **(rest(physical_id, given) or {})}

    return both


def _function(physical_id: str, given: Given) -> dict[str, Any]:
    function = _lambda._functions[physical_id]
    config = function["config"]
    found = {"LoggingConfig": _as_given(config.get("LoggingConfig"), given.get("LoggingConfig"))}
    if config.get("KMSKeyArn"):
        found["KmsKeyArn"] = config["KMSKeyArn"]
    if function.get("concurrency") is not None:
        found["ReservedConcurrentExecutions"] = function["concurrency"]
    return found


def _alias(physical_id: str, _: Given) -> dict[str, Any] | None:
    function, _colon, alias = physical_id.rpartition(":")
    found = _lambda._functions.get(function.rpartition(":")[2], {}).get("aliases", {}).get(alias)
    if found is None:
        return None
    return {key: found.get(key, "") for key in ("FunctionVersion", "Description")}


def _rule(physical_id: str, given: Given) -> dict[str, Any] | None:
    bus = _provisioners._eb_rule_bus_name(given)
    rule = _events._rules.get(_events._rule_key(physical_id, bus))
    if rule is None:
        return None
    found = {key: rule[key] for key in _OF_RULE - {"EventPattern"} if rule.get(key)}
    if rule.get("EventPattern"):
        found["EventPattern"] = json.loads(rule["EventPattern"])
    return found


def _alarm(physical_id: str, given: Given) -> dict[str, Any] | None:
    alarm = _cloudwatch._alarms.get(physical_id)
    if alarm is None:
        return None
    present = {key: alarm[key] for key in _OF_ALARM if alarm.get(key) not in (None, "", [])}
    for key in ("Threshold", "Period"):
        # Numbers are kept as floats, and for an alarm of metric math with values of their own.
        if key not in given:
            present.pop(key, None)
        elif key in present and float(present[key]) == float(given[key]):
            present[key] = given[key]
    return present


def _key(physical_id: str, _: Given) -> dict[str, Any] | None:
    key = _kms._keys.get(physical_id)
    if key is None:
        return None
    rotates = bool(key.get("KeyRotationEnabled", False))
    return {"Description": key.get("Description", ""), "EnableKeyRotation": rotates}


def _as_given(present: Any, given: Any) -> Any:
    """Return only the parts of a structure that the template set: the rest are defaults."""
    if isinstance(present, dict) and isinstance(given, dict):
        return {key: present[key] for key in given if key in present}
    return present
