"""What the function is told by its environment, and the clients that it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

PASSING = {
    "ConditionalRequestConflict",  # two write the same object just now
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
}
"""What AWS answers when the same call may well succeed a little later."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The function's environment."""

    project: str
    environment: str
    stack_set: str
    administration_role: str
    """ARN."""
    execution_role: str
    """Name."""
    bucket: str
    """Of records, templates and history, in this region."""
    region: str
    pipeline: str
    stage: str
    topic: str
    """ARN."""
    current_parameter: str
    last_good_parameter: str
    window: timedelta
    """For how long after it proved good an alarm takes a release back."""
    queue_url: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read the function's environment; KeyError names what is missing."""
        return cls(
            project=environment["PROJECT"],
            environment=environment["ENVIRONMENT"],
            stack_set=environment["STACK_SET"],
            administration_role=environment["ADMINISTRATION_ROLE_ARN"],
            execution_role=environment["EXECUTION_ROLE"],
            bucket=environment["ARTIFACT_BUCKET"],
            region=environment["AWS_REGION"],
            pipeline=environment["PIPELINE"],
            stage=environment["DEPLOY_STAGE"],
            topic=environment["ALERTS_TOPIC_ARN"],
            current_parameter=environment["CURRENT_PARAMETER"],
            last_good_parameter=environment["LAST_GOOD_PARAMETER"],
            window=timedelta(minutes=int(environment["WINDOW_MINUTES"])),
            queue_url=environment["QUEUE_URL"],
        )


@dataclass(frozen=True, slots=True)
class Cloud:
    """boto3's clients of this account and region, and the time."""

    cloudformation: Any
    codepipeline: Any
    s3: Any
    ssm: Any
    sns: Any
    sqs: Any
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def pages(
    call: Callable[..., Mapping[str, Any]],
    items: str,
    *,
    token: str = "NextToken",
    following: str | None = None,
    **arguments: Any,
) -> Iterator[Any]:
    """Yield the items of all pages of a list call; no page is asked for before it is needed."""
    while True:
        page = call(**arguments)
        yield from page.get(items, ())
        if not (value := page.get(following or token)):
            return
        arguments[token] = value


def code_of(error: Any) -> str:
    """Name what AWS answered; `error` is a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))
