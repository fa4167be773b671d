"""What the warehouse tells of a parcel: read and checked, without touching anything."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

STATES = ("packed", "shipped", "delivered", "returned")
_ORDER = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class MoveError(Exception):
    """Something that no other attempt would make right."""


@dataclass(frozen=True, slots=True)
class Move:
    """An order's parcel got somewhere."""

    order: str
    state: str
    at: str
    """UTC, to the microsecond, so that texts compare as times do."""


def read_message(body: str) -> Move:
    """Read a message of the queue."""
    try:
        detail = json.loads(body)
    except (ValueError, RecursionError):
        raise MoveError("the message is not JSON") from None
    return read(detail)


def read_event(event: Mapping[str, Any]) -> Move:
    """Read an event of the bus."""
    return read(event.get("detail"))


def read(detail: Any) -> Move:
    """Read a move: order, state and at, the time with its zone."""
    if not isinstance(detail, dict):
        raise MoveError("a move is an object")
    order, state, at = (detail.get(key) for key in ("order", "state", "at"))
    if not isinstance(order, str) or not _ORDER.fullmatch(order):
        raise MoveError("'order' is no order's id")
    if state not in STATES:
        raise MoveError(f"'state' is none of {', '.join(STATES)}")
    try:
        time = datetime.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise MoveError("'at' is no time with a zone")
    return Move(order, state, time.astimezone(UTC).isoformat(timespec="microseconds"))
