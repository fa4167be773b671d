"""S3: the archive that is a pipeline's source."""

from __future__ import annotations

from generator.aws.errors import AwsError, aws_errors
from generator.aws.session import Cloud

_COMMIT = "commit"
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_SourceRevision.html
_SUMMARY = "codepipeline-artifact-revision-summary"


class SourceArchive:
    """An object of a versioned bucket, each version of which is a revision of the source."""

    def __init__(self, cloud: Cloud, *, bucket: str, key: str, region: str):
        self.bucket = bucket
        self.key = key
        self._region = region
        self._client = cloud.client("s3", region=region)

    def commit(self) -> str | None:
        """Give the commit that the archive was made of; None when there is none, or none said."""
        try:
            with aws_errors(f"looking for s3://{self.bucket}/{self.key}"):
                found = self._client.head_object(Bucket=self.bucket, Key=self.key)
        except AwsError as error:
            if error.code in {"404", "NoSuchKey", "NoSuchBucket", "NotFound"}:
                return None
            raise
        commit: str | None = found["Metadata"].get(_COMMIT)
        return commit

    def put(self, data: bytes, *, commit: str, message: str) -> str:
        """Write a new version of the archive; give its id."""
        # S3 takes ASCII only, and a header is one line.
        summary = message.partition("\n")[0].encode("ascii", "replace").decode()
        with aws_errors(f"writing s3://{self.bucket}/{self.key}"):
            answer = self._client.put_object(
                Bucket=self.bucket,
                Key=self.key,
                Body=data,
                ContentType="application/zip",
                Metadata={_COMMIT: commit, _SUMMARY: summary},
            )
        return str(answer.get("VersionId", ""))

    def make_bucket(self) -> None:
        """Make the bucket as a pipeline needs it: versioned, and telling EventBridge."""
        where = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        try:
            with aws_errors(f"making bucket {self.bucket}"):
                self._client.create_bucket(
                    Bucket=self.bucket, **(where if self._region != "us-east-1" else {})
                )
        except AwsError as error:
            # Who made it may have been stopped before it was set up.
            if error.code != "BucketAlreadyOwnedByYou":
                raise
        with aws_errors(f"setting up bucket {self.bucket}"):
            self._client.put_bucket_versioning(
                Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"}
            )
            self._client.put_bucket_notification_configuration(
                Bucket=self.bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
            )
