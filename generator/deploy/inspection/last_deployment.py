"""Where the last deployment began, when others ended shortly before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from generator.deploy.pipeline.delivery_events import SOURCE, LogLine
from generator.releases import Entry, What

_LAST_UNIT = "pipeline"
"""Deployed when the release is known to be good already."""


def last_deployment(lines: Sequence[LogLine], entries: Sequence[Entry]) -> datetime | None:
    """Say when the last deployment began; None where nothing was deployed shortly before it.

    Lines and entries are in the order of time. A release is announced right before its service is
    changed: what was changed since the one before had its verdict belongs to the new one, as does
    the pipeline's execution that brings it.
    """
    announced = _announced(entries)
    if not lines or not announced:
        return None
    newest = entries[announced]
    verdict, beginning = entries[announced - 1].event.time, newest.event.time
    if verdict < lines[0].time:
        return None
    return next(
        (
            line.time
            for line in lines
            if verdict < line.time < beginning
            and _belongs(line, by_pipeline=bool(newest.execution))
        ),
        beginning,
    )


def _announced(entries: Sequence[Entry]) -> int:
    """Give the place of the entry that announced the last deployment; 0 where none is before it.

    Who was killed, or goes on with the next wave, may announce the same release again.
    """
    found = 0
    for number, entry in enumerate(entries):
        before = entries[number - 1].event if number else None
        again = before and (before.what, before.release) == (What.DEPLOYING, entry.event.release)
        if entry.event.what is What.DEPLOYING and not again:
            found = number
    return found


def _belongs(line: LogLine, *, by_pipeline: bool) -> bool:
    if line.source == SOURCE:
        return by_pipeline and line.status == "STARTED"
    return line.source != _LAST_UNIT
