"""When a server has to go: its owners are gone, or nobody has called for long."""

import time
from dataclasses import dataclass, field

from localcloud import process


@dataclass(slots=True)
class Lifetime:
    """Know the server's owners and its last call; `reason_to_stop` decides.

    A server without owners stops only on request or when idle.
    """

    idle_seconds: float
    owners: dict[int, str] = field(default_factory=dict)
    last_call: float = field(default_factory=time.monotonic)

    def add_owner(self, pid: int) -> bool:
        """Live as long as this process does, besides the others; False when it is gone already."""
        birth = process.birth(pid)
        if birth is None:
            return False
        self.owners[pid] = birth
        return True

    def touch(self) -> None:
        """Note a call."""
        self.last_call = time.monotonic()

    def reason_to_stop(self) -> str | None:
        """Return why the server should stop now, or None."""
        if self.owners and not any(
            process.birth(pid) == birth for pid, birth in self.owners.items()
        ):
            return "its owner is gone"
        if time.monotonic() - self.last_call > self.idle_seconds:
            return "nobody called for long"
        return None
