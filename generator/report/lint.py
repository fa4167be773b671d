"""What `gen lint` shows people: each finding by line, and what a rule says of itself."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.text import Text

from generator.lint import Finding, Judgement, Level, Rule
from generator.report.looks import printable

STYLES = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.INFORMATIONAL: "bold blue"}


def lines(findings: Sequence[Finding]) -> Iterator[Text]:
    """Write each finding as one line, and where it is in the rendered text as a second one."""
    for finding in findings:
        line = Text(f"{finding.level}: ", style=STYLES[finding.level])
        where = f"{finding.file}:{finding.line}"
        line.append(f"{printable(where)}: ", style="bold")
        about = f" [{finding.resource}]" if finding.resource else ""
        line.append(printable(f"{finding.rule}{about} {finding.message}"), style="default not bold")
        yield line
        if finding.rendered:
            yield Text(f"  → rendered as {finding.rendered}", style="cyan")


def summary(judgement: Judgement) -> str:
    """Count what was found: `2 errors and 1 warning in 14 files`."""
    levels = Counter(finding.level for finding in judgement.findings)
    there = [_count(levels[level], level) for level in Level if levels[level]]
    return f"{' and '.join(there) or 'nothing found'} in {_count(len(judgement.files), 'file')}"


def explanation(rule: Rule) -> Text:
    """Tell what goes wrong, what it looks like and what it should look like, and where to read."""
    text = Text(f"{rule.id} ({rule.level})", style=STYLES[rule.level])
    text.append(f"  {rule.shortdesc}\n\n", style="default bold")
    text.append(f"{textwrap.fill(' '.join(rule.description.split()), 100)}\n", "default not bold")
    for name, example in (("bad", rule.bad), ("good", rule.good)):
        if example:
            text.append(f"\n{name}:\n", style="default bold")
            text.append(textwrap.indent(example.strip("\n"), "  ") + "\n", "default not bold")
    if rule.source_url:
        text.append(f"\n{rule.source_url}", style="default not bold")
    return text


def _count(number: int, what: str) -> str:
    noun = f"{what} finding" if what == Level.INFORMATIONAL else what
    return f"{number} {noun}{'s' * (number != 1)}"
