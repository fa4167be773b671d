"""What the tests of Lambda functions share."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

LAMBDA_CODE = Path(__file__).parents[2] / "lambda_code"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a function as Lambda does, from its folder: several may each have an `app`."""

    def load(function: str) -> ModuleType:
        folder = LAMBDA_CODE / function
        for module in folder.glob("*.py"):
            monkeypatch.delitem(sys.modules, module.stem, raising=False)
        monkeypatch.syspath_prepend(folder)
        return importlib.import_module("app")

    return load
