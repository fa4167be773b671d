"""Tell which use of a KMS key a call of another service brings with it."""

from localcloud import ministack_keys
from localcloud.ministack_keys import KeyUse

READ = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey",)
BOTH = (*WRITE, *READ)

# Calls by the caller's own right to the key, as each service documents it.
_USES: dict[str, dict[str, tuple[str, ...]]] = {
    "secretsmanager": {
        "GetSecretValue": READ,
        "PutSecretValue": BOTH,
        "UpdateSecret": BOTH,
    },
    "dynamodb": dict.fromkeys(
        (
            "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem",
            "PutItem", "Query", "Scan", "UpdateItem",
        ),
        READ,
    ),
    "sqs": {"SendMessage": BOTH, "ReceiveMessage": READ},
    "sns": {"Publish": BOTH},
    "s3": {"GetObject": READ, "GetObjectVersion": READ, "PutObject": WRITE},
}  # fmt: skip


def needs(service: str, action: str, resource_arn: str, region: str) -> KeyUse | None:
    """Return the key that a call needs, or None when a customer's key has no part in it."""
    uses = _USES.get(service, {}).get(action.partition(":")[2])
    key = ministack_keys.key_of(service, resource_arn) if uses else None
    if uses is None or key is None:
        return None
    via = f"{service}.{region}.amazonaws.com"
    return KeyUse(key, uses, via, _context(service, resource_arn))


def _context(service: str, resource_arn: str) -> dict[str, str]:
    """Return the encryption context that a service binds its ciphertext to."""
    if service == "secretsmanager":
        return {"SecretARN": resource_arn}
    if service == "s3":
        return {"aws:s3:arn": resource_arn}
    if service == "sqs":
        return {"aws:sqs:arn": resource_arn}
    if service == "sns":
        return {"aws:sns:topicArn": resource_arn}
    table = resource_arn.partition("/index/")[0]
    account = table.split(":")[4]
    return {
        "aws:dynamodb:tableName": table.rpartition("/")[2],
        "aws:dynamodb:subscriberId": account,
    }
