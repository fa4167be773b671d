"""The errors of the local cloud: one for its operator, one in AWS's own words for its callers."""


class LocalCloudError(Exception):
    """Say in one line what went wrong and what to do about it."""


class AwsError(Exception):
    """An answer that AWS would give: code, message and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def validation_error(message: str) -> AwsError:
    """Return CloudFormation's general refusal of a request."""
    return AwsError("ValidationError", message)
