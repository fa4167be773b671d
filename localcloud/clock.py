"""The clock of everything that takes minutes on AWS: how long one minute lasts here."""

from dataclasses import dataclass

from localcloud.errors import LocalCloudError

DEFAULT_MINUTE_SECONDS = 0.1
MAX_CALLS_A_MINUTE = 10_000


@dataclass(slots=True)
class Clock:
    """How many real seconds one AWS minute lasts; it may change at any time."""

    minute_seconds: float = DEFAULT_MINUTE_SECONDS
    # How often an alias is called before a minute of shifting its traffic is over. A minute that
    # lasts moments here would else be over before a canary was seen on a busy machine.
    calls_a_minute: int = 0

    def set(
        self, *, minute_seconds: float | None = None, calls_a_minute: int | None = None
    ) -> None:
        """Change the pace of whatever starts to wait from now on; None leaves it as it is."""
        if minute_seconds is not None and not 0 < minute_seconds <= 60:
            raise LocalCloudError("a minute lasts more than 0 and at most 60 seconds")
        if calls_a_minute is not None and not 0 <= calls_a_minute <= MAX_CALLS_A_MINUTE:
            raise LocalCloudError(f"a minute waits for 0 to {MAX_CALLS_A_MINUTE} calls")
        if minute_seconds is not None:
            self.minute_seconds = minute_seconds
        if calls_a_minute is not None:
            self.calls_a_minute = calls_a_minute

    def seconds(self, *, minutes: float) -> float:
        """Return how many real seconds so many minutes last."""
        return minutes * self.minute_seconds
