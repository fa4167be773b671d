"""How an action ends that does not succeed."""


class ActionError(Exception):
    """An action has failed: AWS's error code and message."""

    def __init__(self, message: str, code: str = "JobFailed") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class AbandonedError(Exception):
    """An action is to end without waiting for what it has begun."""
