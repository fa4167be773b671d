"""`pipeline`, `observability`, `protection`, `budget`: what runs in the primary region only."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from generator.config.fields import Section

Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""


class CodeCommitSource(Section):
    """A CodeCommit repository, created by the pipeline's stack."""

    type: Literal["codecommit"]
    """A repository of CodeCommit."""
    repository: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=100)
    """Its name."""
    branch: str = "main"
    """A push to it is a release."""


class ConnectionSource(Section):
    """A repository at GitHub, GitLab or Bitbucket."""

    type: Literal["connection"]
    """A repository elsewhere."""
    provider: Literal["GitHub", "GitLab", "Bitbucket"] = "GitHub"
    """Where the repository is."""
    repository: str = Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$")
    """`owner/name`."""
    branch: str = "main"
    """A push to it is a release."""
    connection_arn: str | None = Field(
        default=None, pattern=r"^arn:[a-z-]+:(codeconnections|codestar-connections):\S+$"
    )
    """An existing connection; null creates one, whose handshake is done once in the console."""


class S3Source(Section):
    """An archive in a versioned bucket with EventBridge notifications."""

    type: Literal["s3"]
    """An archive in S3."""
    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$", max_length=63)
    """The bucket's name; it is yours, no unit makes it."""
    key: str = Field(min_length=1, max_length=1024)
    """The archive's key."""


class Scan(Section):
    """What a release is searched for before anybody sees it."""

    secrets: bool = True
    """Keys and passwords in the source."""
    dependencies: bool = True
    """Packages with known weaknesses; asks the network."""
    policies: bool = True
    """What the policy scanner checkov says of the templates."""

    @property
    def wanted(self) -> bool:
        """Say whether there is anything to search for."""
        return self.secrets or self.dependencies or self.policies


def _all_or_nothing(value: Any) -> Any:
    if isinstance(value, bool):
        return Scan(secrets=value, dependencies=value, policies=value)
    if not isinstance(value, dict | Scan):
        raise ValueError("'scan' is true, false, or says of secrets, dependencies and policies")
    return value


class Pipeline(Section):
    """The delivery pipeline."""

    source: Annotated[CodeCommitSource | ConnectionSource | S3Source, Field(discriminator="type")]
    """Where releases come from."""
    scan: Annotated[Scan, BeforeValidator(_all_or_nothing, json_schema_input_type=bool | Scan)] = (
        Scan()
    )
    """What is searched for between build and deployment; true is everything, false nothing."""
    approval: bool = False
    """Wait for a person before the first wave."""


class Observability(Section):
    """Logs, archive, dashboard and alerts."""

    log_level: Literal["DEBUG", "INFO", "WARN", "ERROR"] = "INFO"
    """What the functions log, and what is more serious."""
    log_retention_days: RetentionDays = 30
    """How long CloudWatch Logs keeps what functions and APIs log."""
    archive_days: int = Field(default=365, ge=1)
    """How long the archive keeps it."""
    trace_rate: float = Field(default=0.05, ge=0, le=1)
    """The share of requests that X-Ray follows, besides the first of each second."""
    dashboard: bool = True
    """A CloudWatch dashboard of all regions, in the primary one."""
    alert_emails: tuple[Email, ...] = ()
    """Who is told of alarms and of what failed; each must confirm once."""


class Protection(Section):
    """What keeps the single stacks, and what they hold, from being deleted by mistake.

    StackSets have neither: their stacks are kept by the deletion policies of what holds data.
    """

    termination: bool = False
    """Refuse to delete the stacks until their termination protection is switched off."""
    stack_policy: bool = True
    """Refuse updates of the stacks that would replace or delete what holds data."""


class Budget(Section):
    """What the month may cost; an alert is sent at 80 % and at 100 % of the forecast."""

    monthly_usd: int = Field(ge=1)
    """US dollars of a calendar month."""
    anomaly_usd: int = Field(default=20, ge=1)
    """Report a cost anomaly from this size on."""
