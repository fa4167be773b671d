"""Keep what a release would change, for whoever approves it."""

from __future__ import annotations

from generator.deploy.release.releases import NONE, Releases
from generator.plan import Schemas
from generator.releases import Record, changes


def keep_changes(record: Record, releases: Releases, schemas: Schemas) -> str:
    """Compare a release with the last good one, and write that down; give the text's key."""
    good = releases.history().last_good()
    old = releases.record(good) if good else None
    key = f"changes/{old.release if old else NONE}-{record.release}.txt"
    text = changes(
        record,
        releases.template(record),
        old,
        releases.template(old) if old else None,
        schemas=schemas,
    )
    releases.put_text(key, text)
    return key
