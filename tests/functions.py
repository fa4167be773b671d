"""Import one Lambda function as Lambda does: its folder is the root, and its names are its own."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

LAMBDA_CODE = Path(__file__).parents[1] / "lambda_code"


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Load all modules of a function freshly, and leave none behind: each has an `app`."""
    folder = LAMBDA_CODE / name
    names = sorted(path.stem for path in folder.glob("*.py"))
    monkeypatch.syspath_prepend(str(folder))
    before = {module: sys.modules.pop(module) for module in names if module in sys.modules}
    try:
        return SimpleNamespace(**{module: importlib.import_module(module) for module in names})
    finally:
        # Not monkeypatch.delitem: at the test's end that would bring back what it took out.
        for module in names:
            sys.modules.pop(module, None)
        sys.modules.update(before)
