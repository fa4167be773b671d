"""Note a move on its order, and tell the event bus: safe against repeats and latecomers."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from botocore.exceptions import ClientError
from moves import Move, MoveError


class Table(Protocol):
    """The two calls that this needs of boto3's Table."""

    def update_item(self, **arguments: Any) -> dict[str, Any]: ...
    def get_item(self, **arguments: Any) -> dict[str, Any]: ...


class Bus(Protocol):
    """The call that this needs of boto3's events client."""

    def put_events(self, **arguments: Any) -> dict[str, Any]: ...


class BusError(Exception):
    """The bus did not take an event."""


class Follower:
    """Follows moves, one at a time."""

    def __init__(self, table: Table, bus: Bus, *, key: Callable[[], str]):
        self._table = table
        self._bus = bus
        self._key = key

    def follow(self, move: Move) -> None:
        """Note a move and tell of it; a repeated one is told again, a late one is not."""
        if self._note(move):
            self._tell(move)

    def _note(self, move: Move) -> bool:
        try:
            self._table.update_item(
                Key={"id": move.order},
                UpdateExpression="SET parcel = :state, parcel_at = :at",
                ConditionExpression=(
                    "attribute_exists(id) AND (attribute_not_exists(parcel_at) OR parcel_at < :at)"
                ),
                ExpressionAttributeValues={":state": move.state, ":at": move.at},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            order = self._table.get_item(Key={"id": move.order}, ConsistentRead=True).get("Item")
            if order is None:
                raise MoveError("there is no such order") from None
            # The very same move: the first attempt may have ended before the bus knew.
            return order.get("parcel_at") == move.at and order.get("parcel") == move.state
        return True

    def _tell(self, move: Move) -> None:
        detail = json.dumps(asdict(move), sort_keys=True)
        answer = self._bus.put_events(
            Entries=[
                {
                    "Source": "shop.orders",
                    "DetailType": "Order Moved",
                    "Detail": json.dumps(
                        {"move": detail, "signature": signature(detail, self._key())}
                    ),
                }
            ]
        )
        if answer["FailedEntryCount"]:
            raise BusError(answer["Entries"][0].get("ErrorCode", "unknown"))


def signature(text: str, key: str) -> str:
    """Sign a text, so that whoever has the key knows that it is ours: HMAC-SHA256, hex."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
