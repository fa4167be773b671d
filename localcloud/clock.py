"""The clock of everything that takes minutes on AWS: how long one minute lasts here."""

from dataclasses import dataclass

from localcloud.errors import LocalCloudError

DEFAULT_MINUTE_SECONDS = 0.1


@dataclass(slots=True)
class Clock:
    """How many real seconds one AWS minute lasts; it may change at any time."""

    minute_seconds: float = DEFAULT_MINUTE_SECONDS

    def set(self, minute_seconds: float) -> None:
        """Change the pace of whatever starts to wait from now on."""
        if not 0 < minute_seconds <= 60:
            raise LocalCloudError("a minute lasts more than 0 and at most 60 seconds")
        self.minute_seconds = minute_seconds

    def seconds(self, *, minutes: float) -> float:
        """Return how many real seconds so many minutes last."""
        return minutes * self.minute_seconds
