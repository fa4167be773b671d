"""Show problems: where, what, what to do."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from generator.errors import Problem


def show(console: Console, problems: Iterable[Problem], *, kind: str = "error") -> None:
    """Print each problem as one line, and its hint as a second one."""
    style = {"error": "bold red", "refused": "bold red", "warning": "bold yellow"}[kind]
    for problem in problems:
        line = Text(f"{kind}: ", style=style)
        if problem.where:
            line.append(f"{problem.where}: ", style="bold")
        line.append(problem.message, style="default not bold")
        console.print(line, soft_wrap=True, highlight=False)
        if problem.hint:
            console.print(Text(f"  → {problem.hint}", style="cyan"), soft_wrap=True)
