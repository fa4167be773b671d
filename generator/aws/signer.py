"""AWS Signer: signing jobs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud
from generator.errors import GenError

PATIENCE_SECONDS = 600.0


class Signer:
    """One signing profile of the tools account, in the region of its buckets.

    Profile, source and destination are of one region: Signer signs across none.
    https://docs.aws.amazon.com/signer/latest/api/API_StartSigningJob.html
    """

    def __init__(
        self, cloud: Cloud, *, profile: str, region: str,
        sleep: Callable[[float], None] = time.sleep,
    ):  # fmt: skip
        self._client = cloud.client("signer", region=region)
        self._profile = profile
        self._region = region
        self._sleep = sleep
        self._poll_seconds = cloud.poll_seconds

    def sign(self, *, bucket: str, key: str, version: str, prefix: str) -> str:
        """Have one version of an object signed; give the key of the signed one, under `prefix`.

        Raises GenError with Signer's reason when it refuses to.
        """
        what = f"signing s3://{bucket}/{key} in {self._region}"
        with aws_errors(what):
            # The client makes up a request token, so that a call it repeats starts one job.
            job = self._client.start_signing_job(
                source={"s3": {"bucketName": bucket, "key": key, "version": version}},
                destination={"s3": {"bucketName": bucket, "prefix": prefix}},
                profileName=self._profile,
            )["jobId"]
        done = self._ended(job, what)
        if done["status"] != "Succeeded":
            raise GenError(f"{what}: {done.get('statusReason') or 'it failed without a reason'}")
        return str(done["signedObject"]["s3"]["key"])

    def _ended(self, job: str, what: str) -> dict[str, Any]:
        waited = 0.0
        while True:
            with aws_errors(what):
                found: dict[str, Any] = self._client.describe_signing_job(jobId=job)
            if found["status"] != "InProgress":
                return found
            if waited >= PATIENCE_SECONDS:
                raise GenError(
                    f"{what}: job {job} is still in progress after {waited:.0f} seconds",
                    hint="publish again once it has ended",
                )
            self._sleep(self._poll_seconds)
            waited += self._poll_seconds
