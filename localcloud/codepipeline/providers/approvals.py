"""Manual approvals: somebody is asked, and answers with the token or not in time.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

import json
from datetime import UTC, datetime, timedelta

from localcloud import ministack
from localcloud.codepipeline.failures import ActionError
from localcloud.codepipeline.jobs import Job

WEEK_MINUTES = 7 * 24 * 60


def ask(job: Job) -> None:
    """Wait for an approval."""
    job.run.token = ministack.new_id()
    minutes = int(job.run.declared.get("timeoutInMinutes") or WEEK_MINUTES)
    topic = job.configuration.get("NotificationArn")
    if topic:
        name = f"{job.execution.pipeline} {job.run.stage} {job.run.name}"
        job.client("sns", topic.split(":")[3]).publish(
            TopicArn=topic,
            Subject=f"APPROVAL NEEDED: AWS CodePipeline {name}"[:100],
            Message=json.dumps(_request(job, minutes)),
        )
    answer = job.await_answer(minutes, of_a_person=True)
    if answer is None:
        raise ActionError("The approval has expired: nobody answered in time.")
    job.run.summary = str(answer.get("summary", ""))
    if answer["status"] != "Approved":
        raise ActionError(job.run.summary or "The approval was rejected.")


def _request(job: Job, minutes: int) -> dict[str, object]:
    """Return what a subscriber of the topic reads, as AWS documents it.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html
    """
    place, given = job.execution.place, job.configuration
    console = f"https://console.aws.amazon.com/codepipeline/home?region={place.region}#/view/"
    return {
        "region": place.region,
        "consoleLink": f"{console}{job.execution.pipeline}",
        "approval": {
            "pipelineName": job.execution.pipeline,
            "stageName": job.run.stage,
            "actionName": job.run.name,
            "token": job.run.token,
            "expires": (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%MZ"),
            "externalEntityLink": given.get("ExternalEntityLink", ""),
            "approvalReviewLink": f"{console}{job.execution.pipeline}/{job.run.stage}/"
            f"{job.run.name}/approve/{job.run.token}",
            "customData": given.get("CustomData", ""),
        },
    }
