"""What an order is, without HTTP."""

from __future__ import annotations

import copy
import json
import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
ID = "5f0c2a1e-8d5b-4b8e-9a57-0d9d2f6f1c11"
ITEM = {"sku": "apple", "quantity": 1, "unit_price": 50}
ORDER: dict[str, Any] = {"customer": "c-1", "currency": "EUR", "items": [ITEM]}

orders = st.fixed_dictionaries(
    {
        "customer": st.from_regex(r"[A-Za-z0-9._@-]{1,64}", fullmatch=True),
        "currency": st.sampled_from(["EUR", "USD", "JPY"]),
        "items": st.lists(
            st.fixed_dictionaries(
                {
                    "sku": st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
                    "quantity": st.integers(1, 10_000),
                    "unit_price": st.integers(0, 1_000_000_000),
                }
            ),
            min_size=1,
            max_size=20,
        ),
    },
    optional={"id": st.uuids(version=4).map(str)},
)
# The modules that a fixture loads hold no state, so examples may share them.
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def api(load_function: Any, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.setenv("ORDERS_TABLE", "orders")
    return load_function("orders_api")


def changed(**values: Any) -> dict[str, Any]:
    return {**ORDER, **values}


def with_item(**values: Any) -> dict[str, Any]:
    return {**ORDER, "items": [ITEM, {**ITEM, **values}]}


def without(name: str) -> dict[str, Any]:
    order = copy.deepcopy(ORDER)
    del order[name]
    return order


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (None, "body"),
        ([], "body"),
        ("order", "body"),
        ({}, "body"),
        (without("customer"), "body"),
        (without("items"), "body"),
        (changed(total=1), "body"),
        (changed(id="1"), "id"),
        (changed(id=ID.upper()), "id"),
        (changed(id=str(uuid.UUID(int=0))), "id"),
        (changed(id=f"{ID}\n"), "id"),
        (changed(customer=""), "customer"),
        (changed(customer="x" * 65), "customer"),
        (changed(customer="\ud800"), "customer"),
        (changed(currency="eur"), "currency"),
        (changed(currency="EUR\n"), "currency"),
        (changed(currency="ZZZ"), "currency"),
        (changed(currency=978), "currency"),
        (changed(items=[]), "items"),
        (changed(items={}), "items"),
        (changed(items=[ITEM] * 101), "items"),
        (with_item(sku=""), "items[1].sku"),
        (with_item(quantity=0), "items[1].quantity"),
        (with_item(quantity=10_001), "items[1].quantity"),
        (with_item(quantity=True), "items[1].quantity"),
        (with_item(quantity="1"), "items[1].quantity"),
        (with_item(quantity=1.5), "items[1].quantity"),
        (with_item(quantity=float("nan")), "items[1].quantity"),
        (with_item(unit_price=-1), "items[1].unit_price"),
        (with_item(unit_price=1_000_000_001), "items[1].unit_price"),
        (with_item(unit_price=float("inf")), "items[1].unit_price"),
        (with_item(color="red"), "items[1]"),
    ],
)
def test_what_is_not_an_order_is_refused_by_field(api: SimpleNamespace, request_: Any, field: str):
    with pytest.raises(api.errors.InvalidRequestError) as caught:
        api.orders.new_order(request_, id=ID, now=NOW)
    (detail,) = caught.value.details
    assert detail["field"] == field
    assert detail["problem"].startswith("must")
    assert "data" not in detail["problem"]


def test_a_whole_number_may_be_written_with_a_point(api: SimpleNamespace):
    order = api.orders.new_order(with_item(quantity=2.0), id=ID, now=NOW)
    assert repr(order.items[1].quantity) == "2"


def test_a_time_is_utc_and_sorts_as_text(api: SimpleNamespace):
    east = timezone(timedelta(hours=2))
    order = api.orders.new_order(ORDER, id=ID, now=datetime(2026, 3, 1, 14, tzinfo=east))
    assert order.created_at == "2026-03-01T12:00:00.000000Z"


def test_a_client_may_choose_the_id(api: SimpleNamespace):
    other = str(uuid.uuid4())
    assert api.orders.new_order(changed(id=other), id=ID, now=NOW).id == other
    assert api.orders.new_order(ORDER, id=ID, now=NOW).id == ID


@given(request_=orders)
@shared
def test_a_total_is_the_sum_of_its_items_and_exact_in_every_json_reader(
    api: SimpleNamespace, request_: dict[str, Any]
):
    order = api.orders.new_order(request_, id=ID, now=NOW)
    assert order.total == sum(item["quantity"] * item["unit_price"] for item in request_["items"])
    assert float(order.total) == order.total < 2**53


@given(request_=orders)
@shared
def test_an_order_survives_json_and_dynamodb(api: SimpleNamespace, request_: dict[str, Any]):
    order = api.orders.new_order(request_, id=ID, now=NOW)
    text = json.dumps(api.orders.to_json(order))
    assert api.orders.from_json(json.loads(text)) == order
    assert api.orders.from_json(json.loads(text, parse_int=Decimal)) == order


@given(
    now=st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)), id=st.uuids(version=4)
)
@shared
def test_a_cursor_survives_the_round_trip(api: SimpleNamespace, now: datetime, id: uuid.UUID):
    order = api.orders.new_order(ORDER, id=str(id), now=now)
    key = api.orders.sort_key(order)
    text = api.cursor.encode(key)
    assert api.cursor.decode(text) == key
    assert text.replace("-", "").replace("_", "").isalnum()


@given(text=st.text())
@shared
def test_a_cursor_is_what_was_made_here_or_refused(api: SimpleNamespace, text: str):
    try:
        key = api.cursor.decode(text)
    except api.errors.InvalidRequestError:
        return
    assert api.cursor.encode(key) == text.rstrip("=")


def test_the_lock_is_pure_python_and_matches_what_the_tests_import():
    from importlib.metadata import version

    from generator.package.requirements import parse

    lock = Path(__file__).parents[2] / "lambda_code/orders_api/requirements.txt"
    pins, problems = parse(lock.read_text(), lock)
    assert not problems
    assert {pin.name: pin.version for pin in pins} == {pin.name: version(pin.name) for pin in pins}
    assert all(len(pin.hashes) == 1 for pin in pins)
