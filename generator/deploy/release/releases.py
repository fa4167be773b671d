"""The releases of a service as the primary region's bucket and parameters keep them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from generator.aws import Cloud, Objects, Parameters
from generator.config.finding import closest
from generator.errors import GenError, Problem
from generator.releases import Code, Entry, History, Record, Service, What
from generator.releases.history import FOLDER as HISTORY
from generator.releases.history import Event
from generator.releases.record import FOLDER as RECORDS
from generator.releases.record import record_key
from generator.units import Pair

NONE = "none"
"""What a pointer says before there is anything to point to."""


class Releases:
    """Records, history and pointers of one service."""

    def __init__(
        self, cloud: Cloud, service: Service, *, by: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ):  # fmt: skip
        """`by` is who is noted: an ARN."""
        self.service = service
        self.by = by
        self._now = now
        region = service.primary_region
        self._objects = Objects(cloud, bucket=service.bucket, region=region)
        self._parameters = Parameters(cloud, region=region)

    def history(self) -> History:
        """Read what became of the releases: one listing."""
        return History.of_keys(listed.key for listed in self._objects.list(HISTORY))

    def reason(self, event: Event) -> str | None:
        """Read why something became of a release, where that was noted."""
        data = self._objects.get(event.key)
        try:
            return str(json.loads(data)["reason"]) if data else None
        except (ValueError, KeyError, TypeError):
            return None

    def newest_entries(self, limit: int = 50) -> list[Entry]:
        """Read what became of the releases lately, and who noted it; oldest first."""

        def read(event: Event) -> Entry:
            data = self._objects.get(event.key)
            try:
                return Entry.from_json(event, data.decode() if data else "")
            except (ValueError, KeyError, TypeError, AttributeError):
                return Entry(event, by="")

        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="history") as pool:
            return list(pool.map(read, self.history().events[-limit:]))

    def current(self) -> str | None:
        """Read which release the set was last told to run."""
        return self._pointer(self.service.current_parameter)

    def last_good(self) -> str | None:
        """Read which release was last good."""
        return self._pointer(self.service.last_good_parameter)

    def record(self, release: str) -> Record | None:
        """Read a release's record; None when there is none."""
        key = record_key(release)
        data = self._objects.get(key)
        if data is None:
            return None
        try:
            return Record.from_json(data.decode())
        except (ValueError, KeyError, TypeError):
            raise GenError(
                Problem(
                    f"s3://{self.service.bucket}/{key} is no record of this version of gen",
                    hint="use the version of gen that wrote it",
                )
            ) from None

    def known(self, release: str) -> Record:
        """Read a release's record; raises GenError with the nearest id when there is none."""
        record = self.record(release)
        if record is None:
            ids = self.ids()
            raise GenError(
                Problem(
                    f"there is no release '{release}' of {self.service.prefix}",
                    hint=closest(release, ids)
                    or (f"the newest are {', '.join(ids[:3])}" if ids else "nothing was released"),
                )
            )
        return record

    def ids(self) -> list[str]:
        """List the releases that have a record, newest first."""
        listed = sorted(self._objects.list(RECORDS), key=lambda o: o.modified, reverse=True)
        return [o.key.removeprefix(RECORDS).removesuffix(".json") for o in listed]

    def records(self, releases: Iterable[str]) -> Iterator[Record]:
        """Read several records at the same time, in the order asked for."""
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="records") as pool:
            yield from (record for record in pool.map(self.record, releases) if record)

    def keep(self, record: Record, template: str) -> Record:
        """Write a release's template and record, once; give the record that is there.

        Raises GenError when what is there under this release's name is something else.
        """
        self.put_once(record.template, template.encode(), content_type="application/yaml")
        known = self.record(record.release)
        if known is None and self._objects.put(
            record.key, record.to_json().encode(), content_type="application/json"
        ):
            return record
        known = known or self.record(record.release)
        if known is None or not record.same_content(known):
            raise GenError(
                Problem(
                    f"s3://{self.service.bucket}/{record.key} describes another release than the"
                    " one that was built",
                    hint="records are never overwritten: see who wrote it, and delete it if wrong",
                )
            )
        return known

    def template(self, record: Record) -> str:
        """Read a release's template; raises GenError when its bytes are not the recorded ones."""
        code = record.template
        data = self._objects.get(code.key)
        if data is None:
            raise GenError(
                f"s3://{self.service.bucket}/{code.key} is gone: no template, no release"
            )
        if (found := hashlib.sha256(data).hexdigest()) != code.sha256:
            raise GenError(tampered(self._objects, code, found=found))
        return data.decode()

    def template_url(self, record: Record) -> str:
        """Give the address of a release's template."""
        return self._objects.url(record.template.key)

    def put_once(self, code: Code, data: bytes, *, content_type: str) -> bool:
        """Write an object of the primary bucket by its digest; say whether it was new."""
        return put_once(self._objects, code, data, content_type=content_type)

    def put_text(self, key: str, text: str) -> None:
        """Write a text unless it is there."""
        if not self._objects.has(key):
            self._objects.put(key, text.encode(), content_type="text/plain; charset=utf-8")

    def note(
        self, what: What, release: str, *, reason: str | None = None, commit: str | None = None,
        execution: str | None = None, instead_of: str | None = None,
        regions: tuple[Pair, ...] = (),
    ) -> None:  # fmt: skip
        """Add to the history, and move the pointers accordingly.

        That a release is good, or comes (but for another execution of a pipeline), is not said
        twice in a row: who was killed before the pointers were moved has said it, and the next one
        moves them.
        """
        once = what is What.GOOD or (what is What.DEPLOYING and execution is None)
        newest = self.history().newest if once else None
        written = newest is not None and (newest.release, newest.what) == (release, what)
        while not written:
            history = self.history()
            event = Event(history.after(self._now()), release, what)
            entry = Entry(
                event, self.by, reason=reason, commit=commit, execution=execution,
                instead_of=instead_of, regions=regions,
            )  # fmt: skip
            written = self._objects.put(
                event.key, entry.to_json().encode(), content_type="application/json"
            )
        if what is not What.BAD:
            self._point(self.service.current_parameter, release)
        if what is What.GOOD:
            self._point(self.service.last_good_parameter, release)
        if what is What.BAD and self.last_good() == release:
            following = self.history().last_good()
            self._point(self.service.last_good_parameter, following or NONE)

    def note_good(
        self, release: str, *, commit: str | None = None, execution: str | None = None,
        regions: tuple[Pair, ...] = (),
    ) -> bool:  # fmt: skip
        """Note that a release is good, unless that is known; say whether it was noted."""
        if self.is_settled(release):
            return False
        self.note(What.GOOD, release, commit=commit, execution=execution, regions=regions)
        return True

    def is_settled(self, release: str) -> bool:
        """Say whether a release is known to be the good one, and the pointers say so, too."""
        newest = self.history().newest
        return (
            newest is not None
            and (newest.release, newest.what) == (release, What.GOOD)
            and self.current() == self.last_good() == release
        )

    def _pointer(self, name: str) -> str | None:
        value = self._parameters.get(name)
        return None if value == NONE else value

    def _point(self, name: str, release: str) -> None:
        if self._parameters.get(name) != release:
            self._parameters.put(name, release)


def put_once(objects: Objects, code: Code, data: bytes, *, content_type: str) -> bool:
    """Write an object that is named by its digest; say whether it was new.

    Raises GenError when there is one already whose bytes are others: it is not overwritten.
    """
    found = objects.sha256(code.key)
    if found is None:
        if objects.put(code.key, data, content_type=content_type):
            return True
        found = objects.sha256(code.key)
    if found != code.sha256:
        raise GenError(tampered(objects, code, found=found))
    return False


def tampered(objects: Objects, code: Code, *, found: str | None) -> Problem:
    """Say that an object is not what its name says."""
    return Problem(
        f"{objects.region}: s3://{objects.bucket}/{code.key} was tampered with: its digest is"
        f" {found}, not {code.sha256}",
        hint="nothing was overwritten: find out who wrote it (CloudTrail), delete that version,"
        " then publish again",
    )
