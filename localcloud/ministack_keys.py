"""The private names of ministack's KMS keys: which one encrypts what, and who may use it for that.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator as _evaluator
from ministack.services import dynamodb as _dynamodb
from ministack.services import kms as _kms
from ministack.services import s3 as _s3
from ministack.services import secretsmanager as _secrets
from ministack.services import sns as _sns
from ministack.services import sqs as _sqs

from localcloud import ministack


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What a service does with a KMS key in the name of who called it."""

    key: str
    actions: tuple[str, ...]
    via: str
    context: Mapping[str, str]


def ask_for_keys(needs: Callable[[str, str, str, str], KeyUse | None]) -> None:
    """Judge, with a call that is allowed, what its service does with a key for the caller.

    `needs` gets the service, the action, the resource's ARN and the region.
    """
    enforce = _evaluator.enforce

    def enforce_both(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: Any = None,
    ) -> Any:
        denied = enforce(access_key, action, service, region, resource_arn, service_context)
        use = None if denied else needs(service, action, resource_arn, region)
        if use is None:
            return denied
        keys = {f"kms:EncryptionContext:{name}": value for name, value in use.context.items()}
        context = {
            "kms:ViaService": use.via,
            "kms:CallerAccount": ministack.current_place().account,
            "kms:EncryptionContextKeys": list(use.context),
            "kms:ResourceAliases": aliases_of(use.key),
            **keys,
        }
        for needed in use.actions:
            refused = enforce(access_key, needed, "kms", region, use.key, context)
            if isinstance(refused, _evaluator.EvalResult):
                return _evaluator.AuthError(
                    "AccessDenied" if service == "s3" else "AccessDeniedException",
                    f"User: {refused.principal_arn} is not authorized to perform: {needed} on "
                    f"resource: {use.key}",
                )
        return None

    _evaluator.enforce = enforce_both


def key_of(service: str, resource_arn: str) -> str | None:
    """Return the customer's key that encrypts a secret, table, queue, topic or bucket."""
    name = resource_arn.rpartition(":")[2]
    if service == "secretsmanager":
        return key_arn((_secrets._resolve(resource_arn)[1] or {}).get("KmsKeyId"))
    if service == "dynamodb":
        table = _dynamodb._tables.get(resource_arn.partition(":table/")[2].partition("/")[0]) or {}
        return key_arn((table.get("SSEDescription") or {}).get("KMSMasterKeyArn"))
    if service == "sqs":
        queue = _sqs._queue_by_arn(resource_arn) or {}
        return key_arn((queue.get("attributes") or {}).get("KmsMasterKeyId"))
    if service == "sns":
        topic = _sns._topics.get(resource_arn) or {}
        return key_arn((topic.get("attributes") or {}).get("KmsMasterKeyId"))
    if service == "s3":
        headers = _s3._bucket_default_sse_headers(name.partition("/")[0])
        return key_arn(headers.get("x-amz-server-side-encryption-aws-kms-key-id"))
    return None


def key_arn(reference: str | None) -> str | None:
    """Return the ARN of a customer's key by id, ARN or alias; AWS's own keys need no permission."""
    record = _kms._resolve_key(reference) if reference else None
    return None if record is None or record.get("KeyManager") == "AWS" else record["Arn"]


def aliases_of(key: str) -> list[str]:
    """Return the names of a key's aliases, as conditions on kms:ResourceAliases see them."""
    return [
        arn.rpartition(":")[2]
        for arn, key_id in _kms._aliases.items()
        if key_id == key.rpartition("/")[2]
    ]
