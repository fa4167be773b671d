"""Turn what boto3 raises into our own errors, worded for the person at the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import botocore.exceptions as botocore

from generator.aws.patience import EXPIRED, THROTTLED
from generator.errors import GenError, Problem

_CREDENTIALS = (
    botocore.NoCredentialsError,
    botocore.PartialCredentialsError,
    botocore.CredentialRetrievalError,
    botocore.SSOError,
    botocore.TokenRetrievalError,
    botocore.ProfileNotFound,
)
_UNREACHABLE = (
    botocore.EndpointConnectionError,
    botocore.ConnectTimeoutError,
    botocore.ReadTimeoutError,
    botocore.ConnectionClosedError,
    botocore.ProxyConnectionError,
    botocore.SSLError,
)


class AwsError(GenError):
    """AWS refused a call, or could not be reached."""

    def __init__(
        self, problem: Problem, *, code: str, message: str, passing: bool = False,
        repeated: bool = False,
    ):  # fmt: skip
        super().__init__(problem)
        self.code = code
        """AWS's own error code; empty when no answer came."""
        self.message = message
        """AWS's own words."""
        self.passing = passing
        """Whether the same call may well succeed later: throttled, unreachable, out of order."""
        self.repeated = repeated
        """Whether it was not the first attempt that was refused: an earlier one, whose answer was
        lost, may have taken effect."""


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Raise AwsError for whatever boto3 raises inside; `doing` completes "while …"."""
    try:
        yield
    except botocore.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        message = error.response.get("Error", {}).get("Message", "") or str(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise AwsError(
            Problem(f"{code} while {doing}: {message}", hint=_hint(code)),
            code=code,
            message=message,
            passing=code in THROTTLED or status >= 500,
            repeated=error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0,
        ) from error
    except _CREDENTIALS as error:
        raise AwsError(
            Problem(
                f"no usable AWS credentials: {error}",
                hint="sign in (for example `aws sso login`), name a profile with --profile,"
                " or try it without an account: --local",
            ),
            code="", message=str(error),
        ) from error  # fmt: skip
    except _UNREACHABLE as error:
        raise AwsError(
            Problem(
                f"AWS did not answer while {doing}: {error}",
                hint="check the network, then run the same command again: it goes on where it was",
            ),
            code="", message=str(error), passing=True,
        ) from error  # fmt: skip
    except botocore.BotoCoreError as error:
        raise AwsError(Problem(f"{error} (while {doing})"), code="", message=str(error)) from error


def _hint(code: str) -> str | None:
    if code in EXPIRED:
        return "sign in again, then run the same command again: it goes on where it was"
    if code in THROTTLED:
        return "AWS was asked too often: run the same command again: it goes on where it was"
    return None
