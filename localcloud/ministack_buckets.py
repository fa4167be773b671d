"""The private names of ministack's S3: what is encrypted how, and what is replicated.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import iam_evaluator as _evaluator
from ministack.services import s3 as _s3
from ministack.services.cloudformation import provisioners as _provisioners

SSE = "x-amz-server-side-encryption"
SSE_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
Headers = Mapping[str, str]


def on_replication(encrypt: Callable[[Headers, Mapping[str, Any]], Headers | None]) -> None:
    """Ask how a replica is encrypted; None means that the rule does not cover the object.

    `encrypt` gets the headers of the object's own encryption and the rule.
    """
    replicate = _s3._maybe_replicate

    def replicate_as_asked(
        bucket: str, key: str, record: dict[str, Any], data: Any, tags: Any = None
    ) -> None:
        rule, _ = _s3._replication_rule_for(bucket, key, tags)
        if rule is None:
            return
        headers = record.get("preserved_headers") or {}
        own = {name: headers[name] for name in (SSE, SSE_KEY) if name in headers}
        wanted = encrypt(own or _s3._bucket_default_sse_headers(bucket), rule)
        if wanted is None:
            return
        others = {name: value for name, value in headers.items() if name not in (SSE, SSE_KEY)}
        # The replica is a copy of the record, encryption included.
        record["preserved_headers"] = {**others, **wanted}
        try:
            replicate(bucket, key, record, data, tags)
        finally:
            record["preserved_headers"] = headers

    _s3._maybe_replicate = replicate_as_asked

    allows = _s3._replication_destination_allows

    def allows_over_tls(*given: Any) -> bool:
        # S3 copies over TLS, however the object itself came in.
        before = _evaluator._request_origin.set((_evaluator._request_origin.get()[0], True))
        try:
            return allows(*given)
        finally:
            _evaluator._request_origin.reset(before)

    _s3._replication_destination_allows = allows_over_tls


def keep_full_buckets() -> None:
    """Let CloudFormation fail to delete a bucket that holds anything, as S3 refuses to."""
    handlers = _provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    delete = handlers["delete"]

    def delete_if_empty(name: str, properties: Any) -> Any:
        bucket = _s3._buckets.get(name)
        if bucket is not None and (bucket["objects"] or _s3._bucket_has_versions(name)):
            raise ValueError(
                "The bucket you tried to delete is not empty. You must delete all versions in the"
                " bucket. (Service: Amazon S3; Status Code: 409; Error Code: BucketNotEmpty)"
            )
        return delete(name, properties)

    handlers["delete"] = delete_if_empty
