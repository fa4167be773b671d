"""What the tests of Lambda functions share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest
from functions import load

LoadFunction = Callable[[str], SimpleNamespace]


@pytest.fixture
def load_function(monkeypatch: pytest.MonkeyPatch) -> LoadFunction:
    """Load all modules of a function, freshly; several functions may each have an `app`."""
    return partial(load, monkeypatch=monkeypatch)
