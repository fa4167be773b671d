"""Tests that share something expensive stay in one process, where it is made once."""

from types import SimpleNamespace
from typing import Any

import pytest
from xdist.remote import WorkerInteractor

pytestmark = pytest.mark.unit


def test_the_mark_of_a_group_is_understood(request: pytest.FixtureRequest) -> None:
    # With pytest 9.2 and pytest-xdist 3.8 it is not, and nothing says so: every process then makes
    # every environment. https://github.com/pytest-dev/pytest-xdist/issues/1386
    marked: Any = pytest.Function.from_parent(
        request.node.parent, name="marked", callobj=lambda: None
    )
    marked.add_marker(pytest.mark.xdist_group("together"))
    config: Any = SimpleNamespace(getvalue=lambda _: True)
    worker: Any = SimpleNamespace()
    WorkerInteractor.pytest_collection_modifyitems(worker, config, [marked])
    assert marked.nodeid.endswith("::marked@together")
