"""Lambda functions that a pipeline invokes and that report how it went.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
"""

import json
from typing import Any

from localcloud.codepipeline.failures import ActionError
from localcloud.codepipeline.jobs import Job, store_of

TIMEOUT_MINUTES = 20
# However fast the clock goes, code takes its time.
LEAST_SECONDS = 10.0
CONTINUATION_MINUTES = 0.5


def invoke(job: Job) -> None:
    """Invoke a function until it reports the end of its job."""
    for output in job.run.declared.get("outputArtifacts") or []:
        job.run.outputs.append(job.reserve(str(output["name"])))
    token = None
    while True:
        job.client("lambda").invoke(
            FunctionName=job.configuration["FunctionName"],
            InvocationType="Event",
            Payload=json.dumps({"CodePipeline.job": _job(job, token)}),
        )
        answer = job.await_answer(TIMEOUT_MINUTES, LEAST_SECONDS)
        if answer is None:
            raise ActionError(
                f"The AWS Lambda function {job.configuration['FunctionName']} failed to return a "
                "result. Check the function to verify that it has permission to call the "
                "PutJobSuccessResult action and that it made a call to PutJobSuccessResult."
            )
        failure = answer.get("failureDetails")
        details = failure or answer.get("executionDetails") or {}
        job.run.external_id = str(details.get("externalExecutionId", ""))
        job.run.summary = str(details.get("summary", ""))
        if failure:
            raise ActionError(str(failure["message"]), str(failure["type"]))
        token = answer.get("continuationToken")
        if token is None:
            job.run.variables = dict(answer.get("outputVariables") or {})
            return
        job.pause(CONTINUATION_MINUTES * job.minute_seconds())


def _job(job: Job, token: str | None) -> dict[str, Any]:
    """Return the event, as AWS documents it."""
    own = job.credentials()
    given = {
        key: job.configuration[key]
        for key in ("FunctionName", "UserParameters")
        if key in job.configuration
    }
    data: dict[str, Any] = {
        "actionConfiguration": {"configuration": given},
        "inputArtifacts": [_artifact(one) for one in job.run.inputs],
        "outputArtifacts": [_artifact(one) for one in job.run.outputs],
        "artifactCredentials": {
            "accessKeyId": own["AccessKeyId"],
            "secretAccessKey": own["SecretAccessKey"],
            "sessionToken": own["SessionToken"],
        },
    }
    key = store_of(job.execution, job.run.region).get("encryptionKey")
    if key:
        data["encryptionKey"] = key
    if token is not None:
        data["continuationToken"] = token
    return {"id": job.run.run_id, "accountId": job.execution.place.account, "data": data}


def _artifact(artifact: Any) -> dict[str, Any]:
    where = {"bucketName": artifact.bucket, "objectKey": artifact.key}
    return {"name": artifact.name, "location": {"type": "S3", "s3Location": where}}
