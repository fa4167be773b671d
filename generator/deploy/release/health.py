"""Ask a region's API how it is, as a client would.

The answer to `GET /health` must be 200. Where it is a JSON object with `status`, `region` or
`release`, these must be `ok`, the region that was asked, and the digest of the answering package.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from generator.aws import Cloud

SHARES_OF_A_MINUTE = (1 / 60, 2 / 60, 4 / 60, 8 / 60, 15 / 60, 30 / 60)
"""Pauses between tries: an API's change takes a while to reach all that serve it."""
_LEAST_PAUSE = 0.05
_TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class Expected:
    """What a region must answer."""

    region: str
    release: str
    """Digest of the package of the function that answers."""


def check_health(
    api_url: str, expected: Expected, cloud: Cloud, *, sleep: Callable[[float], None]
) -> str | None:
    """Ask until the answer is as expected, for a minute at most; say what is wrong with it."""
    minute = cloud.minute_seconds
    wrong = _wrong(api_url, expected, cloud)
    for share in SHARES_OF_A_MINUTE:
        if wrong is None:
            return None
        sleep(max(_LEAST_PAUSE, share * minute))
        wrong = _wrong(api_url, expected, cloud)
    return wrong


def _wrong(api_url: str, expected: Expected, cloud: Cloud) -> str | None:
    url = f"{api_url.rstrip('/')}/health"
    try:
        status, body = _get(url, cloud)
    except (OSError, ValueError) as error:
        return f"GET {url}: {error}"
    if status != 200:
        return f"GET {url} answered {status}: {_short(body)}"
    # What else it says is the service's own business; but what it says must be so.
    said = body if isinstance(body, dict) else {}
    for name, wanted in (
        ("status", "ok"), ("region", expected.region), ("release", expected.release),
    ):  # fmt: skip
        if name in said and said[name] != wanted:
            return f"GET {url} says {name} {_short(said[name])}, not {wanted}"
    return None


def _get(url: str, cloud: Cloud) -> tuple[int, Any]:
    headers = {"Accept": "application/json"}
    handlers: list[urllib.request.BaseHandler] = []
    if cloud.endpoint is not None:
        # The API's own name does not resolve on a laptop: the stand-in knows it by the header.
        named = urllib.parse.urlsplit(url)
        url, headers["Host"] = f"{cloud.endpoint}{named.path}", named.netloc
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT) as answer:
            return answer.status, _parsed(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, _parsed(error.read())


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
