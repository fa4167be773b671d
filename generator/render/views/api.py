"""Routes, as templates see them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class RouteView:
    """A route of the API and the function that answers it."""

    key: str
    """As the API knows it: `GET /orders/{id}`, or `$default`."""
    function: str
    """The function's logical id."""
    open: bool
    """Whether anybody may call it, whatever the API's authorization."""

    @property
    def id(self) -> str:
        """Give the route's part of a logical id: unique, and only letters and digits."""
        words = re.findall(r"[A-Za-z0-9]+", self.key)
        plain = "".join(word[:1].upper() + word[1:].lower() for word in words)
        if re.fullmatch(r"\$default|[A-Z]+ /([a-z0-9]+(/[a-z0-9]+)*)?", self.key):
            return plain
        # Punctuation and case are lost above: a digest keeps `/a-b` and `/a/b` apart.
        return plain + hashlib.sha256(self.key.encode()).hexdigest()[:4].upper()

    @property
    def permission(self) -> str:
        """Give the end of the execute-api ARN: method and path, a `*` for each parameter."""
        if self.key == "$default":
            return "$default"
        method, path = self.key.split(" ", 1)
        return ("*" if method == "ANY" else method) + re.sub(r"\{\w+\+?\}", "*", path)
