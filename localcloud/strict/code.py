"""Refuse functions whose code is not where the template says, or lies in another region."""

from collections.abc import Callable, Mapping
from typing import Any

FUNCTION = "AWS::Lambda::Function"


def check(
    properties: Mapping[str, Any],
    *,
    region: str,
    bucket_region: Callable[[str], str | None],
    read: Callable[[str, str, str | None], bytes | None],
) -> None:
    """Refuse a function whose zip Lambda could not fetch (ValueError)."""
    code = properties.get("Code") or {}
    bucket, key, version = code.get("S3Bucket"), code.get("S3Key"), code.get("S3ObjectVersion")
    if not bucket:
        return
    home = bucket_region(bucket)
    if home is None:
        raise ValueError(_refusal("NoSuchBucket", "The specified bucket does not exist"))
    if home != region:
        raise ValueError(
            _refusal(
                "PermanentRedirect",
                "The bucket you are attempting to access must be addressed using the specified "
                "endpoint. Please send all future requests to this endpoint.",
            )
        )
    if key and read(bucket, key, version) is None:
        raise ValueError(_refusal("NoSuchKey", "The specified key does not exist."))


def _refusal(code: str, message: str) -> str:
    return (
        'Resource handler returned message: "Error occurred while GetObject. S3 Error Code: '
        f'{code}. S3 Error Message: {message} (Service: Lambda, Status Code: 400)" '
        "(HandlerErrorCode: InvalidRequest)"
    )
