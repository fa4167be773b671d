"""What a plain `taskcat` process is given in tests: no network, and no minutes to wait.

taskcat's report asks a web site for its stylesheet, and fails without. It looks at its stacks once
a minute, and every ten seconds at what it has seen: a hundred times as often here, as the local
cloud's minutes are short, too. All else is as its users have it.
"""

import threading
import time
from types import SimpleNamespace
from typing import Any

import requests

_sleep = time.sleep


class _Timer(threading.Timer):
    def __init__(self, interval: float, *arguments: Any, **more: Any):
        super().__init__(interval / 100, *arguments, **more)


def _get(url: str, **_: Any) -> SimpleNamespace:
    if url.endswith("taskcat_reporting.css"):
        return SimpleNamespace(text="")
    raise requests.ConnectionError(f"there is no network: {url}")


time.sleep = lambda seconds: _sleep(seconds / 100)
threading.Timer = _Timer  # type: ignore[misc]
requests.get = _get  # type: ignore[assignment]
