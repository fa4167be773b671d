"""CodeBuild: the end of a build's log."""

from __future__ import annotations

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud


class Builds:
    """The builds of one account."""

    def __init__(self, cloud: Cloud, *, account: str):
        self._cloud = cloud
        self._account = account

    def log_end(self, build: str, *, region: str, lines: int) -> list[str]:
        """Read the last lines that a build wrote; none when it has not come to writing."""
        where = {"region": region, "account": self._account}
        with aws_errors(f"reading the log of build {build}"):
            found = self._cloud.client("codebuild", **where).batch_get_builds(ids=[build])["builds"]
            log = found[0].get("logs", {}) if found else {}
            if not (log.get("groupName") and log.get("streamName")):
                return []
            events = self._cloud.client("logs", **where).get_log_events(
                logGroupName=log["groupName"],
                logStreamName=log["streamName"],
                limit=lines,
                startFromHead=False,
            )["events"]
        return [event["message"].rstrip() for event in events]
