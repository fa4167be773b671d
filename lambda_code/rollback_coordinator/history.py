"""The history of releases: keys that sort by time and alone tell what is good. Nothing is called.

`history/<YYYYMMDDTHHMMSS.mmmZ>-<release>-<what>.json`, directly under `history/`; whatever else is
there (`history/alerts/…`) is none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self

PREFIX = "history/"

What = Literal["deploying", "good", "bad", "restored"]

_KEY = re.compile(
    PREFIX + r"(\d{8}T\d{6})\.(\d{3})Z-([0-9a-f]{12})-(deploying|good|bad|restored)\.json"
)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One thing that happened to a release."""

    time: datetime
    release: str
    what: What

    @property
    def key(self) -> str:
        """Spell the object's key."""
        return f"{PREFIX}{stamp(self.time)}-{self.release}-{self.what}.json"

    @classmethod
    def of(cls, key: str) -> Self | None:
        """Read a key; None if it is no entry's."""
        if not (match := _KEY.fullmatch(key)):
            return None
        second, milliseconds, release, what = match.groups()
        time = datetime.strptime(second, "%Y%m%dT%H%M%S").replace(
            microsecond=int(milliseconds) * 1000, tzinfo=UTC
        )
        return cls(time, release, what)  # type: ignore[arg-type]


def stamp(time: datetime) -> str:
    """Write a time as the keys have it."""
    return f"{time:%Y%m%dT%H%M%S}.{time.microsecond // 1000:03}Z"


@dataclass(frozen=True, slots=True)
class History:
    """All that happened, the oldest first."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """Put entries in order."""
        return cls(tuple(sorted(set(entries))))

    def plus(self, *entries: Entry) -> History:
        """Have these entries too."""
        return History.of((*self.entries, *entries))

    def is_good(self, release: str | None) -> bool:
        """Say whether the newest verdict about a release is `good`."""
        verdicts = [e.what for e in self._of(release) if e.what in ("good", "bad")]
        return bool(verdicts) and verdicts[-1] == "good"

    def is_trusted(self, release: str | None) -> bool:
        """Say whether a release is good, and nobody has yet to see that it still is.

        An older release that is deployed again (a commit was reverted) is on trial like a new one;
        one that merely gets new regions, or the same thing once more, is not.
        """
        of_it = self._of(release)
        if not self.is_good(release):
            return False
        judged = max(e.time for e in of_it if e.what == "good")
        again = [e.time for e in of_it if e.what == "deploying" and e.time > judged]
        if not again:
            return True
        before = History(tuple(e for e in self.entries if e.time < again[0])).current()
        return before == release

    def last_good(self, *, other_than: str | None = None) -> str | None:
        """Name the release that was found good last, among those that still are."""
        return next(
            (
                entry.release
                for entry in reversed(self.entries)
                if entry.what == "good"
                and entry.release != other_than
                and self.is_good(entry.release)
            ),
            None,
        )

    def current(self) -> str | None:
        """Name what the set was last told to run and has not been taken back."""
        taken_back: set[str] = set()
        for entry in reversed(self.entries):
            if entry.what == "bad":
                taken_back.add(entry.release)
            elif entry.release not in taken_back:
                return entry.release
        return None

    def begun(self, release: str | None) -> datetime | None:
        """Say when the set was last told to run a release; None if nobody wrote that down."""
        times = [e.time for e in self._of(release) if e.what in ("deploying", "restored")]
        return times[-1] if times else None

    def undecided(self) -> list[Entry]:
        """List the deployments, the newest first, that no verdict about their release followed."""
        decided: set[str] = set()
        found = []
        for entry in reversed(self.entries):
            if entry.what == "deploying" and entry.release not in decided:
                found.append(entry)
            if entry.what != "restored":  # a second deployment says nothing new of the first one
                decided.add(entry.release)
        return found

    def gone_back_to(self, release: str) -> bool:
        """Say whether a release is here because what came after it was taken back.

        Either it was restored; or, when the pipeline took the other one back, it was found good
        before that one was deployed and again after it.
        """
        of_it = self._of(release)
        told = [e for e in of_it if e.what in ("deploying", "restored")]
        if told and told[-1].what == "restored":
            return True
        goods = [e.time for e in of_it if e.what == "good" and (not told or e > told[-1])]
        return any(goods[0] < e.time < goods[-1] for e in self._of_others(release) if goods)

    def proven(self, release: str) -> datetime | None:
        """Say when a release was first found good since the set was told to run no other one."""
        goods = [e.time for e in self._of(release) if e.what == "good"]
        if not goods:
            return None
        # One that was promoted since then waits for its turn: the set knows nothing of it.
        others = [e.time for e in self._of_others(release) if e.time < goods[-1]]
        return next(time for time in goods if not others or time > others[-1])

    def _of_others(self, release: str) -> list[Entry]:
        """List when the set was told to run other releases."""
        return [
            entry
            for entry in self.entries
            if entry.what in ("deploying", "restored") and entry.release != release
        ]

    def _of(self, release: str | None) -> list[Entry]:
        return [entry for entry in self.entries if entry.release == release]
