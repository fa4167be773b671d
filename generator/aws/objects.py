"""Objects in the artifact buckets: written once, never overwritten."""

from __future__ import annotations

import base64
import hashlib

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud


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
            if error.code in {"404", "NoSuchKey", "NotFound"}:
                return False
            raise
        return True

    def put(self, key: str, data: bytes, *, content_type: str) -> bool:
        """Write an object unless it is there already; say whether it was written.

        S3 checks the bytes it receives against our digest.
        """
        try:
            with aws_errors(f"writing s3://{self.bucket}/{key} in {self.region}"):
                self._client.put_object(
                    Bucket=self.bucket,
                    Key=key,
                    Body=data,
                    ContentType=content_type,
                    ChecksumSHA256=base64.b64encode(hashlib.sha256(data).digest()).decode(),
                    IfNoneMatch="*",
                )
        except AwsError as error:
            if error.code in {"PreconditionFailed", "412", "ConditionalRequestConflict"}:
                return False
            raise
        return True

    def url(self, key: str) -> str:
        """Give an object's address in the form that CloudFormation takes."""
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return f"https://{self.bucket}.s3.{self.region}.{suffix}/{key}"
