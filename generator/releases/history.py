"""What became of releases: an append-only log whose keys alone tell the story."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from generator.units import Pair

FOLDER = "history/"
_KEY = re.compile(
    rf"^{FOLDER}(?P<time>\d{{8}}T\d{{6}}\.\d{{3}}Z)-(?P<release>[0-9a-f]{{12}})-(?P<what>[a-z]+)\.json$"
)


class What(StrEnum):
    """What became of a release."""

    DEPLOYING = "deploying"
    """The set is about to be given this release."""
    GOOD = "good"
    """It was verified in every region."""
    BAD = "bad"
    """It failed, or was taken back."""
    RESTORED = "restored"
    """The set was given this release back."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a key says."""

    time: datetime
    release: str
    what: What

    @property
    def key(self) -> str:
        return f"{FOLDER}{stamp(self.time)}-{self.release}-{self.what}.json"

    @classmethod
    def of_key(cls, key: str) -> Event | None:
        """Read a key; None for one that is not of this log."""
        found = _KEY.match(key)
        if found is None or found["what"] not in set(What):
            return None
        time = datetime.strptime(found["time"], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
        return cls(time, found["release"], What(found["what"]))


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, and what else is to be known of it."""

    event: Event
    by: str
    reason: str | None = None
    commit: str | None = None
    execution: str | None = None
    """The pipeline's."""
    operation: str | None = None
    """The StackSet's."""
    instead_of: str | None = None
    """The release that a restored one took the place of."""
    regions: tuple[Pair, ...] = ()

    def to_json(self) -> str:
        told: dict[str, Any] = {
            "release": self.event.release,
            "what": self.event.what,
            "time": self.event.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "by": self.by,
            "reason": self.reason,
            "commit": self.commit,
            "execution": self.execution,
            "operation": self.operation,
            "instead_of": self.instead_of,
            "regions": [list(pair) for pair in self.regions] or None,
        }
        return json.dumps({k: v for k, v in told.items() if v is not None}, indent=2) + "\n"

    @classmethod
    def from_json(cls, event: Event, text: str) -> Entry:
        """Read an entry; raises ValueError, KeyError or TypeError when it is none of ours."""
        told: dict[str, Any] = json.loads(text)
        return cls(
            event,
            by=str(told["by"]),
            regions=tuple((str(one[0]), str(one[1])) for one in told.get("regions", ())),
            **{name: told.get(name) for name in _TOLD},
        )


_TOLD = ("reason", "commit", "execution", "operation", "instead_of")


@dataclass(frozen=True, slots=True)
class History:
    """What became of all releases, oldest first."""

    events: tuple[Event, ...]
    _verdicts: dict[str, Event] = field(repr=False)

    @classmethod
    def of_keys(cls, keys: Iterable[str]) -> History:
        """Fold a listing of the log."""
        events = tuple(event for key in sorted(keys) if (event := Event.of_key(key)) is not None)
        verdicts = {e.release: e for e in events if e.what in (What.GOOD, What.BAD)}
        return cls(events, verdicts)

    @property
    def newest(self) -> Event | None:
        """Give what happened last."""
        return self.events[-1] if self.events else None

    @property
    def taken_back(self) -> Event | None:
        """Give what became of the last deployment, if it was found bad; None after a later one."""
        last = [e for e in self.events if e.what in (What.DEPLOYING, What.BAD)]
        return last[-1] if last and last[-1].what is What.BAD else None

    def verdict(self, release: str) -> What | None:
        """Say whether a release is good or bad; None when nobody knows yet."""
        found = self._verdicts.get(release)
        return found.what if found else None

    def state(self, release: str) -> What | None:
        """Give the last that is known of a release; None for one that was built, and no more."""
        return next((e.what for e in reversed(self.events) if e.release == release), None)

    def returns_to(self, release: str) -> bool:
        """Say whether who deploys this release now goes back to it.

        It was good or restored, and nobody has announced it since, but another one.
        """
        of_it = [n for n, e in enumerate(self.events) if e.release == release]
        if not of_it or self.events[of_it[-1]].what not in (What.GOOD, What.RESTORED):
            return False
        return any(e.what is What.DEPLOYING for e in self.events[of_it[-1] + 1 :])

    def good(self) -> list[str]:
        """List the good releases, the last good one first."""
        good = (e for e in self._verdicts.values() if e.what is What.GOOD)
        return [e.release for e in sorted(good, key=lambda e: e.key, reverse=True)]

    def last_good(self, *, other_than: str | None = None) -> str | None:
        """Give the last good release."""
        return next((release for release in self.good() if release != other_than), None)

    def to_restore(self, running: str | None) -> str | None:
        """Choose what a rollback goes back to, when the set has release `running`.

        When the set was last given a release back, that is the one: asked twice, a rollback is
        finished, and not followed by another one further back.
        """
        told = [e for e in self.events if e.what in (What.DEPLOYING, What.RESTORED)]
        if told and told[-1].what is What.RESTORED:
            return told[-1].release
        return self.last_good(other_than=running)

    def after(self, now: datetime) -> datetime:
        """Give the time of the next event: now, yet never before what is noted already.

        Those who write have clocks of their own, and the order of the keys decides.
        """
        moment = now.replace(microsecond=now.microsecond // 1000 * 1000)
        newest = self.newest
        return moment if newest is None else max(moment, newest.time + timedelta(milliseconds=1))


def stamp(time: datetime) -> str:
    """Write a time so that it sorts as text."""
    return f"{time:%Y%m%dT%H%M%S}.{time.microsecond // 1000:03}Z"
