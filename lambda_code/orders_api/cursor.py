"""The opaque `next` of a list: where the page before it ended."""

from __future__ import annotations

import base64
import re

from errors import InvalidRequestError

# Exactly what orders.sort_key writes: a client can't smuggle another key into the query.
_SORT_KEY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#[0-9a-f-]{36}", re.ASCII)


def encode(sort_key: str) -> str:
    """Wrap a sort key so that it survives a URL."""
    return base64.urlsafe_b64encode(sort_key.encode()).decode().rstrip("=")


def decode(text: str) -> str:
    """Unwrap a sort key; anything that `encode` did not make is refused."""
    try:
        padded = text + "=" * (-len(text) % 4)
        sort_key = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        sort_key = ""
    if not _SORT_KEY.fullmatch(sort_key):
        raise InvalidRequestError.at("next", "is not a cursor of this list")
    return sort_key
