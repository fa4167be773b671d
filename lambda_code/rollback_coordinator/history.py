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
        """Say whether a release is here because what came after it was taken back."""
        told = [e for e in self.entries if e.what in ("deploying", "restored")]
        return bool(told) and (told[-1].what == "restored" or told[-1].release != release)

    def proven(self, release: str) -> datetime | None:
        """Say when a release was first found good since the set was told to run no other one."""
        others = [
            e.time
            for e in self.entries
            if e.what in ("deploying", "restored") and e.release != release
        ]
        return next(
            (
                e.time
                for e in self._of(release)
                if e.what == "good" and (not others or e.time > others[-1])
            ),
            None,
        )

    def _of(self, release: str | None) -> list[Entry]:
        return [entry for entry in self.entries if entry.release == release]
