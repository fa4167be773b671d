"""S3 buckets: whether a name is still to be had, how many there are, and their end."""

from __future__ import annotations

from enum import Enum, auto

from generator.aws.errors import AwsError, aws_errors
from generator.aws.objects import refuse_failed
from generator.aws.session import Cloud

_MISSING = {"404", "NoSuchBucket", "NotFound"}
_REFUSED = {"403", "Forbidden", "AccessDenied"}


class BucketName(Enum):
    """Who has a bucket of a name; names are one space for all accounts."""

    FREE = auto()
    OURS = auto()
    TAKEN = auto()


def bucket_name(cloud: Cloud, name: str, *, account: str, region: str) -> BucketName:
    """Say who has a bucket of this name.

    S3 refuses a look at a bucket of another owner than the expected one. So it does with whoever
    may not look at all; then the list of the account's own buckets decides.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """
    client = cloud.client("s3", region=region, account=account)
    try:
        with aws_errors(f"looking for bucket {name}"):
            client.head_bucket(Bucket=name, ExpectedBucketOwner=account)
    except AwsError as error:
        if error.code in _MISSING:
            return BucketName.FREE
        if error.code not in _REFUSED:
            raise
        with aws_errors(f"looking for bucket {name} among those of account {account}"):
            pages = client.get_paginator("list_buckets").paginate(Prefix=name)
            ours = any(row["Name"] == name for page in pages for row in page.get("Buckets", ()))
        return BucketName.OURS if ours else BucketName.TAKEN
    return BucketName.OURS


def count_buckets(cloud: Cloud, *, account: str, region: str) -> int:
    """Count an account's buckets, of all regions."""
    client = cloud.client("s3", region=region, account=account)
    with aws_errors(f"counting the buckets of account {account}"):
        pages = client.get_paginator("list_buckets").paginate(MaxBuckets=10_000)
        return sum(len(page.get("Buckets", ())) for page in pages)


def empty_bucket(cloud: Cloud, name: str, *, account: str, region: str) -> bool:
    """Delete every version of every object in a bucket; False when there is no such bucket."""
    client = cloud.client("s3", region=region, account=account)
    try:
        with aws_errors(f"emptying bucket {name}"):
            for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
                versions = [
                    {"Key": row["Key"], "VersionId": row["VersionId"]}
                    for row in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
                ]
                if versions:
                    answer = client.delete_objects(
                        Bucket=name, Delete={"Objects": versions, "Quiet": True}
                    )
                    refuse_failed(answer, bucket=name, region=region)
    except AwsError as error:
        if error.code in _MISSING:
            return False
        raise
    return True


def delete_bucket(cloud: Cloud, name: str, *, account: str, region: str) -> bool:
    """Delete a bucket with all that it holds; False when there is no such bucket."""
    if not empty_bucket(cloud, name, account=account, region=region):
        return False
    client = cloud.client("s3", region=region, account=account)
    try:
        with aws_errors(f"deleting bucket {name}"):
            client.delete_bucket(Bucket=name)
    except AwsError as error:
        if error.code in _MISSING:
            return False
        raise
    return True
