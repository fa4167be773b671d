"""The pages of docs/reference that are written from the code: `make docs`.

commands.py reads click's own commands, configuration.py the JSON schema of parameter files,
variables.py what environment variables the code looks at, codes.py what can be explained.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
WRITTEN = "<!-- Written by `make docs` from {source}: change that. -->"


def pages() -> dict[str, str]:
    """Write every page, by its file's name."""
    from reference import codes, commands, configuration, variables

    return {
        "codes.md": codes.page(),
        "commands.md": commands.page(),
        "configuration.md": configuration.page(),
        "environment.md": variables.page(),
    }


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Write a table, and an empty line behind it."""
    columns = list(heads)
    lines = [columns, ["---"] * len(columns), *([_cell(each) for each in row] for row in rows)]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def anchor(heading: str) -> str:
    """Give the name by which GitHub links to a heading."""
    return re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
