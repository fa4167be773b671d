"""Objects in the artifact buckets: written once, never overwritten."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud
from generator.errors import GenError, Problem

_AT_ONCE = 1000
"""https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""
_MISSING = {"404", "NoSuchKey", "NotFound"}


@dataclass(frozen=True, slots=True)
class Listed:
    """An object of a listing."""

    key: str
    modified: datetime


def batched(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    """Part keys into lists of at most so many."""
    rest = iter(keys)
    while batch := list(islice(rest, size)):
        yield batch


def refuse_failed(answer: dict[str, Any], *, bucket: str, region: str) -> None:
    """Raise GenError for the objects that DeleteObjects has not deleted."""
    if failed := answer.get("Errors"):
        raise GenError(
            Problem(
                f"{region}: s3://{bucket}/{one.get('Key')} was not deleted:"
                f" {one.get('Code')}: {one.get('Message')}"
            )
            for one in failed
        )


class Objects:
    """The objects of one bucket."""

    def __init__(self, cloud: Cloud, *, bucket: str, region: str):
        self.bucket = bucket
        self.region = region
        self._client = cloud.client("s3", region=region)

    def has(self, key: str) -> bool:
        """Say whether an object is there."""
        try:
            with aws_errors(f"looking for s3://{self.bucket}/{key} in {self.region}"):
                self._client.head_object(Bucket=self.bucket, Key=key)
        except AwsError as error:
            if error.code in _MISSING:
                return False
            raise
        return True

    def sha256(self, key: str) -> str | None:
        """Give the digest of an object's bytes, in hex; None when there is no object.

        S3 knows it of what gen wrote, and has compared it with the bytes; anything else is read.
        Asking for it needs kms:Decrypt, as reading does.
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
        """
        try:
            with aws_errors(f"looking for s3://{self.bucket}/{key} in {self.region}"):
                found = self._client.head_object(
                    Bucket=self.bucket, Key=key, ChecksumMode="ENABLED"
                )
        except AwsError as error:
            if error.code in _MISSING:
                return None
            raise
        known = found.get("ChecksumSHA256")
        # Of an object uploaded in parts it is a digest of digests.
        if known and found.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT" and "-" not in known:
            return base64.b64decode(known).hex()
        data = self.get(key)
        return None if data is None else hashlib.sha256(data).hexdigest()

    def version(self, key: str) -> str:
        """Give the version of an object that is there; the bucket is versioned."""
        with aws_errors(f"looking for s3://{self.bucket}/{key} in {self.region}"):
            return str(self._client.head_object(Bucket=self.bucket, Key=key)["VersionId"])

    def get(self, key: str) -> bytes | None:
        """Read an object; None when there is none."""
        try:
            with aws_errors(f"reading s3://{self.bucket}/{key} in {self.region}"):
                answer = self._client.get_object(Bucket=self.bucket, Key=key)
                return bytes(answer["Body"].read())
        except AwsError as error:
            if error.code in _MISSING:
                return None
            raise

    def list(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects whose keys begin with `prefix`, sorted by key."""
        arguments: dict[str, str] = {}
        while True:
            with aws_errors(f"listing s3://{self.bucket}/{prefix} in {self.region}"):
                page = self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, **arguments)
            for found in page.get("Contents", ()):
                yield Listed(found["Key"], found["LastModified"])
            if not page.get("IsTruncated"):
                return
            arguments["ContinuationToken"] = page["NextContinuationToken"]

    def put(self, key: str, data: bytes, *, content_type: str) -> bool:
        """Write an object unless it is there already; say whether it was written.

        S3 checks the bytes it receives against our digest. Ours, too, is what an earlier attempt
        wrote whose answer was lost: S3 then refuses the repeated one.
        """
        digest = hashlib.sha256(data)
        try:
            with aws_errors(f"writing s3://{self.bucket}/{key} in {self.region}"):
                self._client.put_object(
                    Bucket=self.bucket,
                    Key=key,
                    Body=data,
                    ContentType=content_type,
                    ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                    IfNoneMatch="*",
                )
        except AwsError as error:
            if error.code in {"PreconditionFailed", "412", "ConditionalRequestConflict"}:
                return error.repeated and self.sha256(key) == digest.hexdigest()
            raise
        return True

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is not there is no mistake. Their versions stay for a while."""
        for batch in batched(keys, _AT_ONCE):
            with aws_errors(f"deleting objects of s3://{self.bucket} in {self.region}"):
                answer = self._client.delete_objects(
                    Bucket=self.bucket,
                    Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True},
                )
            refuse_failed(answer, bucket=self.bucket, region=self.region)

    def url(self, key: str) -> str:
        """Give an object's address in the form that CloudFormation takes."""
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return f"https://{self.bucket}.s3.{self.region}.{suffix}/{key}"
