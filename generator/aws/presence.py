"""Who we are to AWS, until when, and whether our clock is right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from generator.aws.errors import aws_errors
from generator.aws.session import Cloud, Identity


@dataclass(frozen=True, slots=True)
class Presence:
    """What one call to AWS tells about the caller."""

    identity: Identity
    expires: datetime | None
    """When the credentials end; None for those that do not, or do not say."""
    ahead_seconds: float
    """How far this machine's clock is ahead of AWS's; less than a second means nothing."""


def presence(cloud: Cloud, *, region: str) -> Presence:
    """Ask AWS once who we are.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    client = cloud.client("sts", region=region)
    with aws_errors("checking whose credentials these are"):
        answer = client.get_caller_identity()
    now = datetime.now(UTC)
    said = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    ahead = (now - parsedate_to_datetime(said)).total_seconds() if said else 0.0
    return Presence(
        Identity(account=answer["Account"], arn=answer["Arn"]), cloud.expires(region), ahead
    )
