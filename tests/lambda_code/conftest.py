"""Import one Lambda function as Lambda does: its folder is the root, and its names are its own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

LAMBDA_CODE = Path(__file__).parents[2] / "lambda_code"

LoadFunction = Callable[..., SimpleNamespace]


@pytest.fixture
def load_function(monkeypatch: pytest.MonkeyPatch) -> LoadFunction:
    """Load all modules of a function, freshly; several functions may each have an `app`."""

    def load(name: str) -> SimpleNamespace:
        folder = LAMBDA_CODE / name
        names = sorted(path.stem for path in folder.glob("*.py"))
        monkeypatch.syspath_prepend(str(folder))
        for module in names:
            monkeypatch.delitem(sys.modules, module, raising=False)
        loaded = {module: importlib.import_module(module) for module in names}
        for module in names:  # the next test finds what was there before
            monkeypatch.delitem(sys.modules, module)
        return SimpleNamespace(**loaded)

    return load
