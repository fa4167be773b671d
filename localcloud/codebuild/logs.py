"""The log of a build: a stream of a log group, written by the project's role."""

import logging
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger("localcloud")

WRITE_SECONDS = 0.3
MAX_EVENTS = 1000
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
MAX_LINE = 250_000


class BuildLog:
    """Gather lines and write them every now and then, so that they can be followed."""

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self._client = client
        self._names = {"logGroupName": group, "logStreamName": stream}
        self._lines: list[dict[str, Any]] = []
        self._written = 0.0
        self._hidden: list[str] = []

    def hide(self, text: str) -> None:
        """Write three asterisks instead of a secret."""
        self._hidden += [text] if text else []

    def create(self) -> None:
        """Make the stream, and the group when nobody has (ClientError when the role may not)."""
        try:
            self._client.create_log_stream(**self._names)
        except ClientError as error:
            if _code(error) != "ResourceNotFoundException":
                raise
            try:
                self._client.create_log_group(logGroupName=self._names["logGroupName"])
            except ClientError as late:
                # Another build of the project was faster.
                if _code(late) != "ResourceAlreadyExistsException":
                    raise
            self._client.create_log_stream(**self._names)

    def say(self, line: str) -> None:
        """Write a line of the agent's own."""
        now = time.time()
        stamp = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(now))
        self.line(f"[Container] {stamp}.{int(now % 1 * 1e6):06} {line}")

    def line(self, line: str) -> None:
        """Write a line that a command has printed."""
        for secret in self._hidden:
            line = line.replace(secret, "***")
        message = line[:MAX_LINE]
        self._lines.append({"timestamp": int(time.time() * 1000), "message": message + "\n"})
        if time.monotonic() - self._written > WRITE_SECONDS or len(self._lines) >= MAX_EVENTS:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered; what the role may not write is lost, not the build."""
        self._written = time.monotonic()
        while self._lines:
            some, self._lines = self._lines[:MAX_EVENTS], self._lines[MAX_EVENTS:]
            try:
                self._client.put_log_events(**self._names, logEvents=some)
            except (BotoCoreError, ClientError) as error:
                log.warning("the log of build %s is incomplete: %s", self._names, error)
                return


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
