"""The resource types of Secrets Manager that ministack lacks."""

import json
from typing import Any

from localcloud import ministack_secrets
from localcloud.errors import AwsError
from localcloud.ministack import Properties, call_json
from localcloud.ministack_types import Created, ResourceType
from localcloud.secrets import rotation


def resource_types() -> dict[str, ResourceType]:
    """Return how the types of this module are made, by name."""
    return {
        "AWS::SecretsManager::RotationSchedule": ResourceType(
            create=lambda _, given, __: _set_rotation(given),
            update=_update_rotation,
            delete=_cancel_rotation,
        ),
        "AWS::SecretsManager::ResourcePolicy": ResourceType(
            create=lambda _, given, __: _put_policy(given),
            update=_update_policy,
            delete=_delete_policy,
        ),
    }


def _arn(secret_id: str) -> str:
    secret = ministack_secrets.find(secret_id)
    if secret is None:
        raise ValueError("Secrets Manager can't find the specified secret.")
    return str(secret["ARN"])


def _set_rotation(given: Properties) -> Created:
    if "HostedRotationLambda" in given:
        raise ValueError("HostedRotationLambda is not available here: name a RotationLambdaARN.")
    arn = _arn(given["SecretId"])
    request: dict[str, Any] = {"SecretId": arn}
    request["RotateImmediately"] = (
        str(given.get("RotateImmediatelyOnUpdate", True)).lower() == "true"
    )
    if "RotationLambdaARN" in given:
        request["RotationLambdaARN"] = given["RotationLambdaARN"]
    if "RotationRules" in given:
        rules = dict(given["RotationRules"])
        if "AutomaticallyAfterDays" in rules:
            rules["AutomaticallyAfterDays"] = int(rules["AutomaticallyAfterDays"])
        request["RotationRules"] = rules
    try:
        rotation.rotate(request)
    except AwsError as error:
        raise ValueError(f"{error.message} (Service: SecretsManager, {error.code})") from error
    return arn, {"Id": arn}


def _update_rotation(
    physical_id: str, old: Properties, new: Properties, _: str, __: str
) -> Created:
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return _set_rotation(new) if changed else (physical_id, {"Id": physical_id})


def _cancel_rotation(physical_id: str, _: Properties) -> None:
    if ministack_secrets.find(physical_id) is not None:
        rotation.cancel({"SecretId": physical_id})


def _put_policy(given: Properties) -> Created:
    arn, policy = _arn(given["SecretId"]), given["ResourcePolicy"]
    text = policy if isinstance(policy, str) else json.dumps(policy)
    message = {"SecretId": arn, "ResourcePolicy": text}
    call_json("secretsmanager", "secretsmanager.PutResourcePolicy", message)
    return arn, {"Id": arn}


def _update_policy(physical_id: str, old: Properties, new: Properties, _: str, __: str) -> Created:
    return _put_policy(new)


def _delete_policy(physical_id: str, _: Properties) -> None:
    if ministack_secrets.find(physical_id) is not None:
        message = {"SecretId": physical_id}
        call_json("secretsmanager", "secretsmanager.DeleteResourcePolicy", message)
