"""lambda_code/order_events: what the warehouse tells is noted on orders and told to others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lambda_code.conftest import LoadFunction

pytestmark = pytest.mark.unit
ORDER = "0b5e0c0a-7f0e-4a51-9d0b-3f6f1f3c2a11"


def move(**changes: Any) -> dict[str, Any]:
    return {"order": ORDER, "state": "shipped", "at": "2026-11-21T10:00:00+00:00"} | changes


class FakeTable:
    """A table with the one condition that the function asks for."""

    def __init__(self, *orders: str):
        self.items: dict[str, dict[str, Any]] = {id_: {"id": id_} for id_ in orders}

    def update_item(self, **arguments: Any) -> dict[str, Any]:
        item = self.items.get(arguments["Key"]["id"])
        values = arguments["ExpressionAttributeValues"]
        if item is None or item.get("parcel_at", "") >= values[":at"]:
            error = {"Error": {"Code": "ConditionalCheckFailedException"}}
            raise ClientError(error, "UpdateItem")  # type: ignore[arg-type]
        item |= {"parcel": values[":state"], "parcel_at": values[":at"]}
        return {}

    def get_item(self, **arguments: Any) -> dict[str, Any]:
        item = self.items.get(arguments["Key"]["id"])
        return {"Item": item} if item else {}


class FakeBus:
    """A bus that takes what it is given, unless it is out of order."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.broken = False

    def put_events(self, **arguments: Any) -> dict[str, Any]:
        if self.broken:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
        self.told += [json.loads(entry["Detail"]) for entry in arguments["Entries"]]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


@pytest.fixture
def code(load_function: LoadFunction) -> Any:
    return load_function("order_events")


@pytest.fixture
def table() -> FakeTable:
    return FakeTable(ORDER)


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


@pytest.fixture
def follower(code: Any, table: FakeTable, bus: FakeBus) -> Any:
    return code.follow.Follower(table, bus, key=lambda: "the key")


def messages(*bodies: Any) -> list[dict[str, Any]]:
    return [
        {"messageId": str(n), "body": body if isinstance(body, str) else json.dumps(body)}
        for n, body in enumerate(bodies)
    ]


def test_a_move_is_noted_and_told_with_a_signature(
    code: Any, table: FakeTable, bus: FakeBus, follower: Any
) -> None:
    follower.follow(code.moves.read(move()))
    assert table.items[ORDER]["parcel"] == "shipped"
    (told,) = bus.told
    assert json.loads(told["move"])["order"] == ORDER
    assert told["signature"] == code.follow.signature(told["move"], "the key")
    assert told["signature"] != code.follow.signature(told["move"], "another key")


def test_a_late_move_changes_nothing(
    code: Any, table: FakeTable, bus: FakeBus, follower: Any
) -> None:
    follower.follow(code.moves.read(move(state="delivered", at="2026-11-21T12:00:00+00:00")))
    follower.follow(code.moves.read(move(at="2026-11-21T12:30:00+01:00")))
    assert table.items[ORDER]["parcel"] == "delivered"
    assert len(bus.told) == 1


def test_a_repeated_move_is_told_again_because_the_first_may_not_have_been(
    code: Any, bus: FakeBus, follower: Any
) -> None:
    bus.broken = True
    with pytest.raises(code.follow.BusError):
        follower.follow(code.moves.read(move()))
    bus.broken = False
    follower.follow(code.moves.read(move()))
    assert len(bus.told) == 1


def test_of_a_batch_only_what_failed_comes_back(code: Any, table: FakeTable, follower: Any) -> None:
    unknown = move(order=ORDER.replace("0b", "0c"))
    records = messages(unknown, move(), "{", [], move(state="lost"))
    failed = code.app.failures_of(records, follower)
    assert [failure["itemIdentifier"] for failure in failed] == ["0", "2", "3", "4"]
    assert table.items[ORDER]["parcel"] == "shipped"


def test_a_broken_table_sends_back_its_message_only(
    code: Any, table: FakeTable, follower: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**arguments: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "InternalServerError"}}, "UpdateItem")  # type: ignore[arg-type]

    monkeypatch.setattr(table, "update_item", broken)
    assert code.app.failures_of(messages(move()), follower) == [{"itemIdentifier": "0"}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": "1"},
        {"order": None},
        {"state": "lost"},
        {"state": ["shipped"]},
        {"at": "yesterday"},
        {"at": "2026-11-21T10:00:00"},
        {"at": 5},
    ],
)
def test_what_is_no_move_is_refused(code: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(code.moves.MoveError):
        code.moves.read(move(**wrong))


def test_a_heartbeat_touches_nothing_and_names_the_release(
    code: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEASE_ID", "f" * 64)
    answer = code.app.handler({"task": "heartbeat"}, None)
    assert answer == {"status": "ok", "release": "f" * 64}


def test_an_event_of_the_bus_is_followed(
    code: Any, table: FakeTable, follower: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code.app, "connect", lambda: follower)
    event = {"source": "shop.warehouse", "detail-type": "Parcel Moved", "detail": move()}
    assert code.app.handler(event, None) == {"status": "ok"}
    assert table.items[ORDER]["parcel"] == "shipped"
