"""Show what preflight found."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from generator.preflight import Finding, told
from generator.report.problems import show


def show_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Print what stops nothing; what does is an error, which the command raises."""
    for finding in findings:
        if finding.ignored:
            problem = told(finding)
            where = f"{problem.where}: " if problem.where else ""
            console.print(
                f"ignored: {where}{problem.message}",
                style="dim", soft_wrap=True, highlight=False, markup=False,
            )  # fmt: skip
        elif not finding.stops:
            show(console, [told(finding)], kind="warning")
