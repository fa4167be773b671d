"""Which of API Gateway's payloads an event has, and the path in it that routes are about.

A stage, or the base path of a custom domain, may stand before that path. What follows is known
from the route that API Gateway chose and the parameters it found in it.
"""

from __future__ import annotations

import re
from typing import Any

Event = dict[str, Any]


def is_rest(event: Event) -> bool:
    """Tell a REST API's payload (1.0) from an HTTP API's (2.0); anything else is no request.

    Raises ValueError for that: called asynchronously, it ends in the dead-letter queue.
    """
    context = event.get("requestContext")
    if isinstance(context, dict):
        if "httpMethod" in event:
            return True
        if "http" in context:
            return False
    raise ValueError("not a request of a REST or HTTP API")


def at_root(event: Event) -> Event:
    """Copy a request as if nothing stood before its route's path."""
    if is_rest(event):
        path = _inner(event["path"], event.get("resource"), event)
        return {**event, "path": path}
    path = _inner(event["rawPath"], event.get("routeKey", "").partition(" ")[2], event)
    context = {**event["requestContext"], "stage": "$default"}
    return {**event, "rawPath": path, "requestContext": context}


def _inner(path: str, route: str | None, event: Event) -> str:
    """Take the end of a path that fills its route; without one, all but the stage."""
    if route:
        values = event.get("pathParameters") or {}
        filled = re.sub(r"\{([^}+]+)\+?\}", lambda name: values.get(name[1], name[0]), route)
        if path.rstrip("/").endswith(filled.rstrip("/")):
            return filled
    stage = f"/{event['requestContext'].get('stage', '$default')}"
    return path.removeprefix(stage) or "/" if f"{path}/".startswith(f"{stage}/") else path
