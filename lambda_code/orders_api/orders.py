"""What an order is: validated, built and serialised without touching anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import fastjsonschema
from currencies import ISO_4217
from errors import InvalidRequestError

_UUID4 = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"

# The limits keep a total below 2**53: every JSON reader, also JavaScript's, gets it exactly.
REQUEST = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["customer", "currency", "items"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": _UUID4},
        "customer": {"type": "string", "pattern": "^[A-Za-z0-9._@-]{1,64}$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "items": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "required": ["sku", "quantity", "unit_price"],
                "additionalProperties": False,
                "properties": {
                    "sku": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
                    "quantity": {"type": "integer", "minimum": 1, "maximum": 10_000},
                    "unit_price": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000},
                },
            },
        },
    },
}

# Compiled once, while Lambda starts: Powertools' `validate` does it again for every request, which
# takes a hundred times as long as the rest of creating an order.
_validate = fastjsonschema.compile(REQUEST)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order."""

    sku: str
    quantity: int
    unit_price: int
    """In minor units (cents)."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it is stored."""

    id: str
    customer: str
    currency: str
    """ISO 4217."""
    items: tuple[Item, ...]
    total: int
    """In minor units; computed here, never taken from a client."""
    created_at: str
    """UTC, always with microseconds: sorts as text."""

    def asks_the_same_as(self, other: Order) -> bool:
        """Say whether both answer the same request, whenever it was made."""
        return (self.id, self.customer, self.currency, self.items) == (
            other.id,
            other.customer,
            other.currency,
            other.items,
        )


def new_order(request: Any, *, id: str, now: datetime) -> Order:
    """Build an order from a parsed request; `id` is for a request that brings none.

    Raises InvalidRequestError naming the field.
    """
    try:
        _validate(request)
    except fastjsonschema.JsonSchemaValueException as error:
        field = (error.name or "").removeprefix("data").removeprefix(".") or "body"
        problem = error.message.removeprefix(error.name or "").strip()
        raise InvalidRequestError.at(field, problem) from error
    if request["currency"] not in ISO_4217:
        raise InvalidRequestError.at("currency", "must be an ISO 4217 code")
    # int(): JSON Schema also calls 2.0 an integer.
    items = tuple(
        Item(item["sku"], int(item["quantity"]), int(item["unit_price"]))
        for item in request["items"]
    )
    return Order(
        id=request.get("id", id),
        customer=request["customer"],
        currency=request["currency"],
        items=items,
        total=total(items),
        created_at=now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
    )


def total(items: tuple[Item, ...]) -> int:
    """Add up an order, in minor units."""
    return sum(item.quantity * item.unit_price for item in items)


def is_order_id(text: str) -> bool:
    """Say whether an order can have this id, so that nonsense costs no read."""
    return re.fullmatch(_UUID4.strip("^$"), text) is not None


def sort_key(order: Order) -> str:
    """Name an order's place in the list; the id tells apart what was created together."""
    return f"{order.created_at}#{order.id}"


def to_json(order: Order) -> dict[str, Any]:
    """Show an order to a client, and store it."""
    return {
        "id": order.id,
        "customer": order.customer,
        "currency": order.currency,
        "items": [
            {"sku": item.sku, "quantity": item.quantity, "unit_price": item.unit_price}
            for item in order.items
        ],
        "total": order.total,
        "created_at": order.created_at,
    }


def from_json(data: Mapping[str, Any]) -> Order:
    """Read an order back; DynamoDB's numbers are decimals."""
    return Order(
        id=data["id"],
        customer=data["customer"],
        currency=data["currency"],
        items=tuple(
            Item(item["sku"], int(item["quantity"]), int(item["unit_price"]))
            for item in data["items"]
        ),
        total=int(data["total"]),
        created_at=data["created_at"],
    )
