"""What the tests of every folder may ask for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import shell
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from browser import Browser

shell.forget()

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium for the tests of this process, started when the first one asks.

    Tests that use it belong to the group `browser` of pytest-xdist: one process starts it.
    """
    from browser import start

    started = start()
    yield started
    started.stop()
