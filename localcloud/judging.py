"""When alarms are judged: a moment after something happened, and again while it still counts."""

import asyncio
from collections.abc import Callable

from localcloud import ministack
from localcloud.clock import Clock
from localcloud.ministack import Place

# What happens within this time is judged at once.
GATHER_SECONDS = 0.05
LEAST_AGAIN_SECONDS = 0.5


class Judging:
    """Judge each place's alarms when due; where nothing happens, nothing is done."""

    def __init__(self, clock: Clock, *, judge: Callable[[], None]) -> None:
        self._clock = clock
        self._judge = judge
        self._due: dict[Place, asyncio.TimerHandle] = {}
        self._wanted: set[Place] = set()
        self._again: set[Place] = set()

    def soon(self) -> None:
        """Judge the present place in a moment; callable on any thread."""
        place = ministack.current_place()
        if place not in self._wanted:
            self._wanted.add(place)
            ministack.on_the_loop(lambda: self._plan(place, GATHER_SECONDS))

    def look_again(self) -> None:
        """Judge the present place once more, a period later."""
        self._again.add(ministack.current_place())

    def forget(self) -> None:
        """Drop all plans."""
        for handle in self._due.values():
            handle.cancel()
        self._due.clear()
        self._wanted.clear()
        self._again.clear()

    def _plan(self, place: Place, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        planned = self._due.get(place)
        if planned is not None:
            if planned.when() <= loop.time() + seconds:
                return
            planned.cancel()
        self._due[place] = loop.call_later(seconds, self._run, place)

    def _run(self, place: Place) -> None:
        self._due.pop(place, None)
        self._wanted.discard(place)
        self._again.discard(place)
        with ministack.at(place):
            self._judge()
        if place in self._again:
            self._again.discard(place)
            self._plan(place, max(LEAST_AGAIN_SECONDS, self._clock.seconds(minutes=1)))
