"""Clients that call every region all the time, and what share of their calls failed."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from demo import Client

CANARY_SHARE = 0.1
PAUSE, HURRIED_PAUSE = 0.5, 0.03
"""Seconds between two calls of a client. The shorter one is enough for an alarm; who calls without
any only keeps the machine from changing versions."""

Call = tuple[float, str, int]
"""When, where, with which status."""


class Traffic:
    """A client for each region that calls all the time, and remembers how it went."""

    def __init__(self, clients: dict[str, Client]) -> None:
        self._clients = clients
        self._calls: list[Call] = []
        self._done = threading.Event()
        self._pause = PAUSE
        self._threads = [threading.Thread(target=self._run, args=(r,)) for r in clients]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def hurry(self, *, hurried: bool) -> None:
        """Call often while versions change, and leave time for builds otherwise."""
        self._pause = HURRIED_PAUSE if hurried else PAUSE

    def since(self, moment: float) -> list[Call]:
        """Give the calls that began after a moment."""
        return [call for call in self._calls if call[0] >= moment]

    def _run(self, region: str) -> None:
        while not self._done.wait(self._pause):
            began = time.monotonic()
            try:
                status = self._clients[region].call("GET", "/orders?limit=1")[0]
            except OSError:
                status = 0
            self._calls.append((began, region, status))


@dataclass
class Share:
    """How a region answered during a part of the scenario."""

    region: str
    calls: int
    failed: int
    meanwhile: int
    """Calls from the first to the last that failed."""

    @classmethod
    def of(cls, region: str, calls: Sequence[Call]) -> Share:
        here = sorted(call for call in calls if call[1] == region)
        failed = [call for call in here if call[2] != 200]
        meanwhile = [c for c in here if failed and failed[0][0] <= c[0] <= failed[-1][0]]
        return cls(region, len(here), len(failed), len(meanwhile))

    @property
    def is_within_canary(self) -> bool:
        # Weights are dealt out exactly: a run of calls that begins and ends with a failed one has
        # one more than its tenth, and one may have been under way when the alias went back.
        return self.failed <= self.meanwhile * CANARY_SHARE + 2
