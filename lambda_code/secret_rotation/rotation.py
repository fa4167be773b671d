"""The four steps of a rotation, as Secrets Manager documents them for rotation functions.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html

Every step may come twice, late, or while the same step still runs elsewhere. So each looks first
whether it is done, and what two of them would write at once is written by one: PutSecretValue
refuses a second value for the token, and AWSCURRENT only moves away from where it was seen.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from botocore.exceptions import ClientError
from values import Recipe, RotationError, check, renew, same

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"

logger = logging.getLogger(__name__)


class SecretsManager(Protocol):
    """The calls that this needs of boto3's client."""

    def describe_secret(self, **arguments: Any) -> dict[str, Any]: ...
    def get_secret_value(self, **arguments: Any) -> dict[str, Any]: ...
    def get_random_password(self, **arguments: Any) -> dict[str, Any]: ...
    def put_secret_value(self, **arguments: Any) -> dict[str, Any]: ...
    def update_secret_version_stage(self, **arguments: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What Secrets Manager asks for."""

    step: str
    secret: str
    """ARN."""
    token: str
    """The version that becomes the current one."""

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Read the function's event."""
        found = [event.get(name) for name in ("Step", "SecretId", "ClientRequestToken")]
        if not all(isinstance(value, str) and value for value in found):
            raise RotationError("the event must have Step, SecretId and ClientRequestToken")
        step, secret, token = map(str, found)
        if step not in STEPS:
            raise RotationError(f"unknown step {step[:40]!r}; there are {', '.join(STEPS)}")
        return cls(step, secret, token)


def rotate(request: Request, recipe: Recipe, client: SecretsManager) -> None:
    """Do one step, unless the rotation is already through."""
    about = {"step": request.step, "secret_arn": request.secret, "token": request.token}
    secret = client.describe_secret(SecretId=request.secret)
    versions = secret.get("VersionIdsToStages", {})
    if not secret.get("RotationEnabled"):
        raise RotationError(f"rotation is not enabled for {request.secret}")
    if request.token not in versions:
        raise RotationError(f"{request.secret} has no version {request.token}")
    if CURRENT in versions[request.token]:
        logger.info("%s: already current", request.step, extra=about)
        return
    if PENDING not in versions[request.token]:
        raise RotationError(f"version {request.token} of {request.secret} is not {PENDING}")
    old = _current(versions)
    if old is None:
        raise RotationError(f"{request.secret} has no current version")
    try:
        STEPS[request.step](Rotation(request.secret, old, request.token, recipe, client))
    except (RotationError, ClientError):
        # Fine, if what got in the way was the end of the same rotation, reached elsewhere.
        now = client.describe_secret(SecretId=request.secret)
        if _current(now["VersionIdsToStages"]) != request.token:
            raise
    logger.info("%s: done", request.step, extra=about)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation under way."""

    secret: str
    """ARN."""
    old: str
    """The version that was current when `new` was seen to be pending."""
    new: str
    recipe: Recipe
    client: SecretsManager

    def value(self, **version: str) -> str | None:
        """Read one version; None when it has no value yet."""
        try:
            answer = self.client.get_secret_value(SecretId=self.secret, **version)
        except ClientError as error:
            if _code(error) != "ResourceNotFoundException":
                raise
            return None
        if "SecretString" not in answer:
            raise RotationError(f"{self.secret} is binary; only text is rotated")
        return str(answer["SecretString"])

    def current(self) -> str:
        """Read the value that is replaced."""
        value = self.value(VersionStage=CURRENT)
        if value is None:
            raise RotationError(f"{self.secret} has no current value")
        return value

    def pending(self) -> str | None:
        """Read the value that replaces it; None before it was created."""
        return self.value(VersionId=self.new, VersionStage=PENDING)

    def tested(self) -> tuple[str, str]:
        """Read the pending and the current value; raise unless the one can follow the other."""
        pending, current = self.pending(), self.current()
        if pending is None:
            raise RotationError(f"{self.secret} has no pending value")
        check(pending, current)
        return pending, current


def create_secret(rotation: Rotation) -> None:
    """Give the pending version its value, once."""
    current = rotation.current()
    if rotation.pending() is not None:
        return
    password = rotation.client.get_random_password(
        PasswordLength=rotation.recipe.length,
        ExcludeCharacters=rotation.recipe.exclude_characters,
    )["RandomPassword"]
    try:
        rotation.client.put_secret_value(
            SecretId=rotation.secret,
            ClientRequestToken=rotation.new,
            SecretString=renew(current, password),
            VersionStages=[PENDING],
        )
    except ClientError as error:
        # The same step, running elsewhere, was faster: its value counts.
        if _code(error) != "ResourceExistsException":
            raise


def set_secret(rotation: Rotation) -> None:
    """Do nothing: nobody but this service, which reads the secret, has to know the new value."""


def test_secret(rotation: Rotation) -> None:
    """Raise unless the pending value can be read, and read as the current one is.

    Secrets Manager also runs this step alone, to try a new configuration (RotateImmediately:
    false), with a pending version that it makes itself and takes away again. What is in that is
    not documented: without a value this says only whether the current one can be renewed, and it
    takes the current one's copy. finishSecret takes neither.
    """
    if rotation.pending() is None:
        renew(rotation.current(), "")
    else:
        rotation.tested()


def finish_secret(rotation: Rotation) -> None:
    """Make the pending version the current one; Secrets Manager makes the old one AWSPREVIOUS."""
    pending, current = rotation.tested()
    if same(pending, current):
        raise RotationError(f"the pending value of {rotation.secret} is the current one")
    # Refused when AWSCURRENT has left `old`: a duplicate that wakes up late can't turn time back.
    rotation.client.update_secret_version_stage(
        SecretId=rotation.secret,
        VersionStage=CURRENT,
        MoveToVersionId=rotation.new,
        RemoveFromVersionId=rotation.old,
    )


# By the names that Secrets Manager sends.
STEPS = {
    "createSecret": create_secret,
    "setSecret": set_secret,
    "testSecret": test_secret,
    "finishSecret": finish_secret,
}


def _current(versions: Mapping[str, list[str]]) -> str | None:
    return next((version for version, stages in versions.items() if CURRENT in stages), None)


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]
