"""What a release would change, told to the person who approves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from generator.config import logical_id
from generator.plan import ResourceChange, Schemas, differences
from generator.plan.changes import RESOURCES
from generator.plan.wording import lines_of
from generator.releases.record import Record


def changes(
    new: Record,
    new_template: str,
    old: Record | None = None,
    old_template: str | None = None,
    *,
    schemas: Schemas,
) -> str:
    """Compare a release with the last good one, function by function and resource by resource.

    Values of parameters that the template keeps secret (NoEcho) are never shown.
    """
    lines = [f"Release {new.release} of {new.project}-{new.environment}", f"  {_origin(new)}"]
    if old is None:
        lines.append("Compared with nothing: no release was good before")
    else:
        lines += [f"Compared with {old.release}, the last good one", f"  {_origin(old)}"]
    found = differences(
        old_template,
        new_template,
        parameters_before=old.parameters if old else {},
        parameters_after=new.parameters,
        schemas=schemas,
    )
    # Code has a part of its own.
    code = {f"{logical_id(name)}CodeKey" for r in (new, old) if r for name in r.functions}
    parts = {
        "Functions": _functions(new, old),
        "Parameters": _parameters([c for c in found if c.logical_id not in code]),
        "Resources": _told(change for change in found if change.section == RESOURCES),
        "Tags": _tags(new.tags, old.tags if old else {}),
    }
    for title, rows in parts.items():
        lines += ["", title, *([f"  {row}" for row in rows] or ["  nothing changes"])]
    return "\n".join(lines) + "\n"


def _origin(record: Record) -> str:
    return f"commit {record.commit or 'unknown'}, built {record.built} by {record.built_by}"


def _functions(new: Record, old: Record | None) -> Iterator[str]:
    before = {name: code.sha256 for name, code in old.functions.items()} if old else {}
    now = {name: code.sha256 for name, code in new.functions.items()}
    for name in sorted({*before, *now}):
        if name not in before:
            yield f"+ {name}: code {now[name][:12]}"
        elif name not in now:
            yield f"- {name}"
        elif before[name] != now[name]:
            yield f"~ {name}: code {before[name][:12]} -> {now[name][:12]}"


def changed_parameters(
    now: Mapping[str, str], template: str, before: Mapping[str, str], old_template: str
) -> Iterator[str]:
    """Say how parameters change, a line each; every release has another id, so that is left out."""
    return _parameters(
        differences(
            old_template, template, parameters_before=before, parameters_after=now, schemas={}
        )
    )


def _parameters(changes: Iterable[ResourceChange]) -> Iterator[str]:
    return _told(c for c in changes if c.section == "Parameters" and c.logical_id != "Release")


def _told(changes: Iterable[ResourceChange]) -> Iterator[str]:
    return (str(line) for change in changes for line in lines_of(change))


def _tags(now: Mapping[str, str], before: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        if name not in before:
            yield f"+ {name}: {now[name]}"
        elif name not in now:
            yield f"- {name}: {before[name]}"
        elif before[name] != now[name]:
            yield f"~ {name}: {before[name]} -> {now[name]}"
