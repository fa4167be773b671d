"""What the tests of every folder may ask for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from browser import Browser


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium for the tests of this process, started when the first one asks.

    Tests that use it belong to the group `browser` of pytest-xdist: one process starts it.
    """
    from browser import start

    started = start()
    yield started
    started.stop()
