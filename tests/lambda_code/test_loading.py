"""Functions are loaded one beside the other: no test sees another function's modules."""

from __future__ import annotations

import sys

import pytest
from functions import load

pytestmark = pytest.mark.unit


def test_a_loaded_function_leaves_no_module_behind() -> None:
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        first = load("rollback_coordinator", patch)
    with pytest.MonkeyPatch.context() as patch:
        second = load("order_events", patch)
    assert first.app is not second.app
    assert "app" not in set(sys.modules) - before
