"""What `gen doctor` shows people: each thing that was looked at, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from generator.doctor import Finding, Level

_LOOKS = {Level.OK: ("✓", "green"), Level.WARN: ("!", "bold yellow"), Level.FAIL: ("✗", "bold red")}


def picture(findings: Sequence[Finding]) -> RenderableType:
    """Draw all findings, by group."""
    parts: list[RenderableType] = []
    for group in dict.fromkeys(finding.group for finding in findings):
        parts += [Text(), Text(group, "bold")] if parts else [Text(group, "bold")]
        parts.append(_table([finding for finding in findings if finding.group == group]))
    return Group(*parts, Text(), Text(summary(findings), "bold"))


def summary(findings: Sequence[Finding]) -> str:
    """Count: `1 failed, 2 warnings`."""
    counts = Counter(finding.level for finding in findings)
    warnings = counts[Level.WARN]
    said = [f"{counts[Level.FAIL]} failed"] if counts[Level.FAIL] else []
    said += [f"{warnings} warning{'s' * (warnings != 1)}"] if warnings else []
    return ", ".join(said) or "all is well"


def _table(findings: Sequence[Finding]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column()
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for finding in findings:
        symbol, style = _LOOKS[finding.level]
        said = Text(finding.said, "" if finding.level is Level.OK else style)
        if finding.to_do:
            said.append(f"\n→ {finding.to_do}", "cyan not bold")
        if finding.code and finding.level is not Level.OK:
            said.append(f"\n→ gen explain {finding.code}", "cyan not bold")
        table.add_row(Text(symbol, style), finding.subject, said)
    return Padding(table, (0, 0, 0, 2), expand=False)
