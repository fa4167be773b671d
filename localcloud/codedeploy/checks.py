"""Refuse what CodeDeploy refuses."""

import re
from collections.abc import Mapping
from typing import Any

from localcloud import ministack
from localcloud.errors import AwsError

Message = Mapping[str, Any]
_NAME = re.compile(r"[A-Za-z0-9+=._,@-]{1,100}")
LAMBDA_STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
_ROLLBACK_EVENTS = (
    "DEPLOYMENT_FAILURE",
    "DEPLOYMENT_STOP_ON_ALARM",
    "DEPLOYMENT_STOP_ON_REQUEST",
)
_MAX_ALARMS = 10


def check_alarms(given: Mapping[str, Any]) -> None:
    """Refuse alarms that AWS refuses."""
    alarms = given.get("alarms") or []
    if len(alarms) > _MAX_ALARMS:
        raise AwsError(
            "AlarmsLimitExceededException", f"A group may have at most {_MAX_ALARMS} alarms"
        )
    if given.get("enabled") and not alarms:
        raise AwsError("InvalidAlarmConfigException", "Alarms are enabled, but none is configured")
    if not all(alarm.get("name") for alarm in alarms):
        raise AwsError("InvalidAlarmConfigException", "Each alarm needs a name")


def check_rollback(given: Mapping[str, Any]) -> None:
    """Refuse an automatic rollback that AWS refuses."""
    unknown = set(given.get("events") or []) - set(_ROLLBACK_EVENTS)
    if unknown:
        raise AwsError(
            "InvalidAutoRollbackConfigException",
            f"Not an event of automatic rollbacks: {', '.join(sorted(unknown))}",
        )
    if given.get("enabled") and not given.get("events"):
        raise AwsError(
            "InvalidAutoRollbackConfigException",
            "Automatic rollbacks are enabled, but no event is configured",
        )


def name_of(message: Message, key: str, what: str) -> str:
    """Return the name that a message gives, or refuse it; `what` is part of AWS's codes."""
    given = message.get(key)
    if not given:
        raise AwsError(f"{what}NameRequiredException", f"{what} name is required")
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        raise AwsError(f"Invalid{what}NameException", f"{what} name is invalid: {given}")
    return given


def check_role(arn: str) -> None:
    """Refuse a role that CodeDeploy could not assume."""
    account, _, name = arn.partition(":role/")
    trust = ministack.role_trust(account.rpartition(":")[2], name.rpartition("/")[2])
    for statement in (trust or {}).get("Statement", []):
        principal = statement.get("Principal")
        services = principal.get("Service", []) if isinstance(principal, dict) else principal
        trusted = [services] if isinstance(services, str) else services
        if any(one == "*" or str(one).startswith("codedeploy.") for one in trusted or []):
            return
    raise AwsError("InvalidRoleException", f"CodeDeploy cannot assume the role provided: {arn}")


def check_style(style: Mapping[str, Any]) -> None:
    """Refuse a deployment style that is not Lambda's only one."""
    if style != LAMBDA_STYLE:
        raise AwsError(
            "InvalidDeploymentStyleException",
            "For Lambda deployment group, only BLUE_GREEN and WITH_TRAFFIC_CONTROL are "
            "allowed for deployment style.",
        )
