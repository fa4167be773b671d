"""Where orders are kept: one DynamoDB table.

    partition key   id      (S)
    index           by_created: entity (S), sort (S), projects ALL

`entity` is always "order" and `sort` is `<created_at>#<id>`, so a list is a query of the index,
newest first, and never a scan. One partition takes 1,000 writes a second: shard `entity` by day
before that.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError
from orders import Order, from_json, sort_key, to_json

ENTITY = "order"


def table_from(environment: Mapping[str, str]) -> str:
    """Name the table; raised at import, so that a wrong environment can't pass for a bad request.

    Lambda then counts an error, and a check before traffic sees it, even of /health.
    """
    name = environment.get("ORDERS_TABLE")
    if not name:
        raise RuntimeError("ORDERS_TABLE is not set: it has to name the table of orders")
    return name


TABLE = table_from(os.environ)


class Table(Protocol):
    """The three calls that this needs of boto3's Table."""

    def put_item(self, **arguments: Any) -> dict[str, Any]: ...
    def get_item(self, **arguments: Any) -> dict[str, Any]: ...
    def query(self, **arguments: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the list."""

    orders: tuple[Order, ...]
    last: str | None
    """Sort key to go on after; None when this was the end."""


class OrderStore:
    """Adds, gets and lists orders; never overwrites one."""

    def __init__(self, table: Table):
        self._table = table

    def add(self, order: Order) -> Order:
        """Store an order and answer it, or the one that already has its id."""
        try:
            self._table.put_item(
                Item={**to_json(order), "entity": ENTITY, "sort": sort_key(order)},
                ConditionExpression="attribute_not_exists(id)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            existing = self.get(order.id)
            if existing is None:  # removed in between: not ours to guess
                raise
            return existing
        return order

    def get(self, order_id: str) -> Order | None:
        """Answer an order as last written."""
        found = self._table.get_item(Key={"id": order_id}, ConsistentRead=True).get("Item")
        return from_json(found) if found else None

    def newest(self, *, limit: int, after: str | None = None) -> Page:
        """List orders, newest first, from behind the sort key `after`."""
        arguments: dict[str, Any] = {
            "IndexName": "by_created",
            "KeyConditionExpression": "entity = :entity",
            "ExpressionAttributeValues": {":entity": ENTITY},
            "ScanIndexForward": False,
            "Limit": limit + 1,  # one more tells whether there is a next page
        }
        if after is not None:
            arguments["ExclusiveStartKey"] = {
                "entity": ENTITY,
                "sort": after,
                "id": after.partition("#")[2],
            }
        answer = self._table.query(**arguments)
        orders = tuple(from_json(item) for item in answer["Items"])
        # DynamoDB stops at 1 MB too, and then says so.
        more = len(orders) > limit or "LastEvaluatedKey" in answer
        shown = orders[:limit]
        return Page(orders=shown, last=sort_key(shown[-1]) if more and shown else None)


@functools.cache
def connect() -> OrderStore:
    """Open the table: once per cold start, at the first request that asks."""
    import boto3
    from botocore.config import Config

    # A slow table must not eat the function's time: fail while there is time to answer.
    patient = Config(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
    )
    table = boto3.resource("dynamodb", config=patient).Table(TABLE)
    return OrderStore(table)
