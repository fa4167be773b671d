"""The function hello, without a cloud."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


class Table:
    """Counts as DynamoDB would."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}

    def update_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        name = Key["name"]["S"]
        self.times[name] = self.times.get(name, 0) + 1
        return {"Attributes": {"times": {"N": str(self.times[name])}}}


@pytest.fixture
def app(load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The function, with a table of its own."""
    app, table = load("hello"), Table()
    monkeypatch.setenv("GREETINGS_TABLE", "greetings")
    monkeypatch.setattr(app, "dynamodb", lambda: table)
    return app


def ask(app: ModuleType, route: str, **parameters: str) -> tuple[int, Any]:
    answer = app.handler({"routeKey": route, "pathParameters": parameters}, None)
    return answer["statusCode"], json.loads(answer["body"])


def test_greetings_are_counted_by_name(app: ModuleType) -> None:
    ask(app, "GET /hello/{name}", name="Ada")
    ask(app, "GET /hello/{name}", name="Grace")
    status, said = ask(app, "GET /hello/{name}", name="Ada")
    assert (status, said) == (200, {"greeting": "Hello, Ada!", "times": 2})


def test_health_says_which_release_answers(
    app: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEASE_ID", "abc")
    status, said = ask(app, "GET /health")
    assert (status, said["status"], said["release"]) == (200, "ok", "abc")


def test_an_unknown_route_is_not_found(app: ModuleType) -> None:
    assert ask(app, "$default")[0] == 404
