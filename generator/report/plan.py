"""Show a plan: unit by unit what would happen, why, and by which calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from generator.plan.document import (
    Announcement,
    Call,
    Change,
    PairPlan,
    ParameterPlan,
    Plan,
    UnitPlan,
)
from generator.report import differences
from generator.report.looks import folding

_LOOKS = {
    Change.ADD: ("+", "green"),
    Change.UPDATE: ("~", "yellow"),
    Change.RETRY: ("!", "bold yellow"),
    Change.UNCHANGED: ("=", "dim"),
    Change.RETAIN: ("·", "dim"),
    Change.REMOVE: ("-", "bold red"),
    Change.WAIT: ("…", "cyan"),
    Change.STUCK: ("✗", "bold red"),
    Change.SKIP: ("/", "dim"),
}
_MANY = 48
"""Rows from which accounts that share all but their number are shown as one."""


def picture(plan: Plan, *, everything: bool) -> RenderableType:
    """Draw a plan; what stays the same is one line, unless everything is wanted."""
    parts: list[RenderableType] = [
        Text.assemble(
            ("plan ", "bold"), plan.id, ("  for ", "dim"), f"{plan.project}-{plan.environment}",
            ("  release ", "dim"), plan.release,
        )
    ]  # fmt: skip
    parts += [_uploads(plan)] if plan.uploads else []
    for unit in plan.units:
        shown = everything or unit.changes
        parts += [Text(), _head(unit), *(_body(unit, everything=everything) if shown else ())]
    parts += [Text(), Text(_sum(plan), style="bold")]
    return Group(*parts)


def _sum(plan: Plan) -> str:
    if not plan.changes:
        return "nothing to do"
    calls = sum(len(unit.calls) for unit in plan.units)
    uploads = sum(len(upload.keys) for upload in plan.uploads)
    said = [f"{calls} CloudFormation call{'s' * (calls != 1)}"]
    said += [f"{uploads} upload{'s' * (uploads != 1)}"] if uploads else []
    return f"to do: {', '.join(said)}"


def _uploads(plan: Plan) -> RenderableType:
    table = _table()
    for upload in plan.uploads:
        packages = len(upload.keys)
        table.add_row(
            Text("+", "green"), upload.region, f"{packages} package{'s' * (packages != 1)}",
            Text(upload.bucket, "dim"),
        )  # fmt: skip
    return Group(Text(), Text("code", "bold"), _indented(folding(table)))


def _head(unit: UnitPlan) -> Text:
    counts = Counter(pair.change for pair in unit.pairs)
    said = Text.assemble((unit.name, "bold"), (f"  {unit.kind} {unit.stack_name}", "dim"), "  ")
    for number, (change, count) in enumerate(sorted(counts.items())):
        said.append(", " if number else "")
        said.append(f"{count} {change}", _LOOKS[change][1])
    return said


def _body(unit: UnitPlan, *, everything: bool) -> Iterator[RenderableType]:
    for text in (*unit.why, *unit.notes):
        yield _indented(Text(text, "yellow"))
    yield _indented(_pairs(unit))
    parameters = [one for one in unit.parameters if everything or one.changes]
    if parameters and not everything and all(one.before is None for one in unit.parameters):
        yield _indented(Text(f"{len(parameters)} parameters are new: --all shows them", "dim"))
    elif parameters:
        yield _titled("parameters", _parameters(parameters))
    # A parameter that has another value, and nothing else, is among the parameters above.
    told = [
        c
        for c in unit.resources
        if [r.path for r in c.reasons] != ["Value"] or c.section != "Parameters"
    ]
    if told:
        yield _titled("template", differences.picture(told))
    if unit.announced:
        yield _titled("what CloudFormation says", _announced(unit.announced))
    if unit.calls:
        yield _titled("calls", _calls(unit.calls))


def _pairs(unit: UnitPlan) -> Table:
    table = _table()
    for pair, accounts in _rows(unit.pairs):
        symbol, style = _LOOKS[pair.change]
        table.add_row(
            Text(symbol, style),
            f"wave {pair.wave}" if pair.wave and unit.kind != "stack" else "",
            accounts,
            pair.region,
            Text(pair.change, style),
            Text("; ".join(pair.why), "dim"),
        )
    return folding(table)


def _rows(pairs: tuple[PairPlan, ...]) -> Iterator[tuple[PairPlan, str]]:
    """Give rows with what stands for their account: its number, or how many there are."""
    if len(pairs) <= _MANY:
        yield from ((pair, pair.account) for pair in pairs)
        return
    same: dict[tuple[object, ...], list[PairPlan]] = {}
    for pair in pairs:
        same.setdefault((pair.wave, pair.region, pair.change, pair.why), []).append(pair)
    for members in same.values():
        count = len(members)
        yield members[0], members[0].account if count == 1 else f"{count} accounts"


def _parameters(parameters: Iterable[ParameterPlan]) -> Table:
    table = _table()
    for one in parameters:
        table.add_row(one.name, _change(one.before, one.after))
        for own in one.own:
            change = _change(own.before, own.after or f"{one.after} (the set's)")
            table.add_row(Text(f"  {own.account} {own.region}", "dim"), change)
    return folding(table)


def _change(before: str | None, after: str | None) -> Text:
    def shown(value: str | None) -> str:
        return "none" if value is None else value or '""'

    if before == after:
        return Text(shown(after), "dim")
    if before is None:
        return Text(shown(after), "green")
    return Text.assemble((shown(before), "red"), (" → ", "dim"), (shown(after), "green"))


def _announced(announced: Iterable[Announcement]) -> Table:
    table = _table()
    for one in announced:
        where = Text(f"{one.account} {one.region}", "bold")
        table.add_row(where, Text(one.problem or "", "red") if one.problem else "")
        for change in one.changes:
            replaces = change.replacement in {"True", "Conditional"}
            said = {"True": "replaced", "Conditional": "may be replaced"}.get(
                change.replacement, ""
            )
            table.add_row(
                Text(f"  {change.action} {change.logical_id}"),
                Text.assemble((change.type, "dim"), ("  " + said, "bold red" if replaces else "")),
            )
        if not one.changes and not one.problem:
            table.add_row(Text("  nothing changes", "dim"), "")
    return folding(table)


def _calls(calls: tuple[Call, ...]) -> Table:
    table = _table()
    for number, call in enumerate(calls, 1):
        table.add_row(
            Text(f"{number}.", "dim"),
            Text(call.action),
            Text(", ".join(f"{k} {_argument(v)}" for k, v in call.arguments.items()), "dim"),
        )
    return folding(table, whole={0, 1})


def _argument(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)) if len(value) <= 6 else f"({len(value)})"
    return str(value)


def _titled(title: str, table: RenderableType) -> Padding:
    return _indented(Group(Text(title, "bold dim"), _indented(table)))


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2), expand=False)


def _table() -> Table:
    return Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
