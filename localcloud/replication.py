"""Replicate objects as their rule says: encrypted ones only when it names them, and a key."""

from collections.abc import Mapping
from typing import Any

from localcloud import ministack_buckets
from localcloud.ministack_buckets import SSE, SSE_KEY, Headers

BY_KMS = ("aws:kms", "aws:kms:dsse")


def install() -> None:
    """Let replication heed encryption."""
    ministack_buckets.on_replication(encryption_of_replica)


def encryption_of_replica(own: Headers, rule: Mapping[str, Any]) -> Headers | None:
    """Return the replica's encryption; None when the rule leaves the object out.

    Objects encrypted by KMS are left out unless the rule names them.
    """
    if own.get(SSE) not in BY_KMS:
        return {}
    named = (rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects") or {}
    if named.get("Status") != "Enabled":
        return None
    key = rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]
    return {SSE: own[SSE], SSE_KEY: key}
