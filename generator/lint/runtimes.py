"""When Lambda's runtimes are deprecated, as AWS says on the data's date."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "lambda_runtimes.json"
"""Made by tools/lambda_runtimes.py."""
AHEAD = timedelta(days=365)
OLDEST_PYTHON = (3, 12)
PYTHON = re.compile(r"python(\d+)\.(\d+)")


def deprecation_of(runtime: str) -> date | None:
    """Say when a runtime that is old or soon will be was or is deprecated; None for others.

    Soon is within a year of the data's date, so that the same template is judged alike tomorrow.
    """
    data = _data()
    when = data["deprecated"].get(runtime)
    if when is None:
        return None
    due = date.fromisoformat(when)
    python = PYTHON.fullmatch(runtime)
    old = python is not None and (int(python[1]), int(python[2])) < OLDEST_PYTHON
    return due if old or due <= date.fromisoformat(data["date"]) + AHEAD else None


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(DATA.read_text())
    return data
