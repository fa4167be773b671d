"""Show releases, and what a rollback is going to do, as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from generator.deploy.release.overview import ReleaseRow
from generator.deploy.release.rollback import RollbackPlan
from generator.report.looks import moment, who

_HEAD = ("RELEASE", "BUILT", "COMMIT", "BY", "VERDICT", "LIVE IN", "")


def releases_table(rows: Iterable[ReleaseRow], *, width: int | None = None) -> str:
    """Lay releases out, newest first: as a table, or one below the other where it is too wide."""
    cells = [*map(_cells, rows)]
    table = _table([_HEAD, *cells])
    if width is None or max(map(len, table.splitlines())) <= width:
        return table
    return "\n".join(_stacked(row) for row in cells)


def _stacked(cells: tuple[str, ...]) -> str:
    release, *middle, marks = cells
    facts = [f"  {name.lower():8} {cell}" for name, cell in zip(_HEAD[1:], middle, strict=False)]
    return "\n".join([f"{release}  {marks}".rstrip(), *facts])


def rolled_back(plan: RollbackPlan) -> str:
    """Tell where a release is back."""
    accounts, regions = (len(set(names)) for names in zip(*plan.desired.pairs, strict=True))
    said = f"release {plan.target.release} is back in {regions} region{'s' * (regions != 1)}"
    return said if accounts == 1 else f"{said} of {accounts} accounts"


def rollback_plan(plan: RollbackPlan, *, verdict_of_left: str) -> str:
    """Tell what a rollback is going to do."""
    release, target = plan.target.release, plan.target
    commit = f", commit {_commit(target.commit)}" if target.commit else ""
    lines = [
        f"release {release} (built {_moment(target.built)}{commit}) instead of"
        f" {plan.leaves or 'none'} ({verdict_of_left})",
        _indented(_table([(*pair, there, "->", release) for pair, there in plan.running.items()])),
    ]
    if plan.parameters:
        lines += ["parameters of the set", *(f"  {line}" for line in plan.parameters)]
    lines.append(
        "all regions at once; one that fails does not stop the others"
        if plan.desired.at_once
        else f"in {len(plan.desired.waves)} waves; the first region that fails stops the next wave"
    )
    lines.append(
        "forced: all traffic at once, and alarms do not stop it"
        if plan.forced
        else "traffic shifts, and alarms stop it, as the release says"
    )
    return "\n".join(lines)


def _cells(row: ReleaseRow) -> tuple[str, ...]:
    marks = [name for name, is_ in (("current", row.current), ("last good", row.last_good)) if is_]
    return (
        row.release, _moment(row.built), _commit(row.commit), who(row.built_by), _state(row),
        _places(row),
        ", ".join(marks),
    )  # fmt: skip


def _state(row: ReleaseRow) -> str:
    """Say good or bad; while nobody knows, how far it has come."""
    return row.verdict or row.state or "new"


def _places(row: ReleaseRow) -> str:
    what = "region" if row.accounts == 1 else "instance"
    return f"{row.live_in} {what}{'s' * (row.live_in != 1)}" if row.live_in else "-"


def _moment(time: str) -> str:
    return moment(datetime.fromisoformat(time))


def _commit(commit: str | None) -> str:
    return commit[:12] if commit else "-"


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
