"""The orders API as API Gateway sees it: events in, answers, logs and metrics out."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

pytestmark = pytest.mark.unit

ORDER = {
    "customer": "c-1",
    "currency": "EUR",
    "items": [
        {"sku": "apple", "quantity": 3, "unit_price": 50},
        {"sku": "pear", "quantity": 1, "unit_price": 199},
    ],
}
ID = "5f0c2a1e-8d5b-4b8e-9a57-0d9d2f6f1c11"


class FakeTable:
    """A table in memory, with DynamoDB's types, conditions and index."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.failure: Exception | None = None
        self.calls = 0
        self.page_bytes_exceeded = False

    def _call(self) -> None:
        self.calls += 1
        if self.failure:
            raise self.failure

    def put_item(self, *, Item: dict[str, Any], ConditionExpression: str) -> dict[str, Any]:  # noqa: N803
        self._call()
        assert ConditionExpression == "attribute_not_exists(id)"
        if Item["id"] in self.items:
            raise client_error("ConditionalCheckFailedException")
        self.items[Item["id"]] = stored(Item)
        return {}

    def get_item(self, *, Key: dict[str, str], ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        self._call()
        assert ConsistentRead
        item = self.items.get(Key["id"])
        return {"Item": item} if item else {}

    def query(self, **arguments: Any) -> dict[str, Any]:
        self._call()
        assert arguments["IndexName"] == "by_created"
        assert arguments["KeyConditionExpression"] == "entity = :entity"
        entity = arguments["ExpressionAttributeValues"][":entity"]
        found = [item for item in self.items.values() if item["entity"] == entity]
        found.sort(key=lambda item: item["sort"], reverse=not arguments["ScanIndexForward"])
        if after := arguments.get("ExclusiveStartKey"):
            assert set(after) == {"entity", "sort", "id"}
            found = [item for item in found if item["sort"] < after["sort"]]
        limit = 1 if self.page_bytes_exceeded else arguments["Limit"]
        page = found[:limit]
        more = {"LastEvaluatedKey": {"id": page[-1]["id"]}} if found[limit:] else {}
        return {"Items": page, **more}


def stored(item: dict[str, Any]) -> dict[str, Any]:
    """Change types as a round trip to DynamoDB does: integers come back as decimals."""
    to, back = TypeSerializer(), TypeDeserializer()
    return {name: back.deserialize(to.serialize(value)) for name, value in item.items()}


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret-arn"}}, "PutItem")


WriteEvent = Callable[..., dict[str, Any]]


class Api:
    """The function behind a REST or an HTTP API."""

    def __init__(self, modules: SimpleNamespace, table: FakeTable, write_event: WriteEvent):
        self.modules = modules
        self.table = table
        self.write_event = write_event
        store = modules.store.OrderStore(table)
        modules.app.store = lambda: store

    def call(self, method: str, path: str, **event: Any) -> SimpleNamespace:
        for log in self.modules.app.logger.handlers:  # loggers outlive a test's stdout
            log.stream = sys.stdout
        answer = self.modules.app.handler(self.write_event(method, path, **event), CONTEXT)
        body = json.loads(answer["body"]) if answer.get("body") else None
        headers = dict(answer.get("headers") or {})
        for name, values in (answer.get("multiValueHeaders") or {}).items():
            (headers[name],) = values
        return SimpleNamespace(
            status=answer["statusCode"],
            body=body,
            headers={name.lower(): value for name, value in headers.items()},
        )

    def post(self, order: Any, **event: Any) -> SimpleNamespace:
        return self.call("POST", "/orders", body=json.dumps(order), **event)


CONTEXT = SimpleNamespace(
    function_name="orders",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:111111111111:function:orders:live",
    aws_request_id="lambda-request",
)


def http_event(
    method: str,
    path: str,
    *,
    body: str | None = None,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    encoded: bool = False,
) -> dict[str, Any]:
    """Write an event of payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **(headers or {})},
        "queryStringParameters": query,
        "requestContext": {
            "requestId": "api-request",
            "stage": "$default",
            "http": {"method": method, "path": path},
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


def rest_event(
    method: str,
    path: str,
    *,
    body: str | None = None,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    encoded: bool = False,
) -> dict[str, Any]:
    """Write an event of payload format 1.0, with names as the client spelled them."""
    sent = {"Content-Type": "application/json"}
    sent |= {name.title(): value for name, value in (headers or {}).items()}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {n: [v] for n, v in query.items()},
        "pathParameters": None,
        "requestContext": {
            "requestId": "api-request",
            "stage": "live",
            "path": f"/live{path}",
            "resourcePath": path,
            "httpMethod": method,
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


PAYLOADS = {"rest": rest_event, "http": http_event}


@pytest.fixture(params=PAYLOADS.values(), ids=PAYLOADS)
def write_event(request: pytest.FixtureRequest) -> WriteEvent:
    """Every test of the API is made with both payloads."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def load(
    load_function: Any, table: FakeTable, write_event: WriteEvent, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Api]:
    """Load the function in the test's own environment."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "CORS_ALLOW_ORIGINS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ORDERS_TABLE", "orders")
    return lambda: Api(load_function("orders_api"), table, write_event)


@pytest.fixture
def api(load: Callable[[], Api], capsys: Any) -> Api:
    return load()


def test_health_says_who_answers_without_the_table(
    api: Api, table: FakeTable, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    monkeypatch.setenv("RELEASE_ID", "r-42")
    answer = api.call("GET", "/health")
    assert answer.status == 200
    assert answer.body == {
        "status": "ok",
        "region": "eu-central-1",
        "version": "7",
        "release": "r-42",
        "service": "orders-api",
    }
    assert table.calls == 0


def test_an_order_is_created_with_a_total_of_the_server(api: Api):
    answer = api.post(ORDER)
    assert answer.status == 201
    assert answer.body["total"] == 349
    assert answer.body["items"] == ORDER["items"]
    assert answer.body["created_at"].endswith("Z")
    assert answer.headers["location"] == f"/orders/{answer.body['id']}"


def test_a_created_order_can_be_read(api: Api):
    created = api.post(ORDER).body
    answer = api.call("GET", f"/orders/{created['id']}")
    assert (answer.status, answer.body) == (200, created)


def test_a_base64_body_is_read(api: Api):
    body = base64.b64encode(json.dumps(ORDER).encode()).decode()
    assert api.call("POST", "/orders", body=body, encoded=True).status == 201


def test_a_content_type_may_have_parameters(api: Api):
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert api.post(ORDER, headers=headers).status == 201


def test_a_repeated_request_gets_the_first_order(api: Api, table: FakeTable):
    first = api.post({**ORDER, "id": ID})
    again = api.post({**ORDER, "id": ID})
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    assert len(table.items) == 1


def test_an_id_never_overwrites_another_order(api: Api):
    first = api.post({**ORDER, "id": ID})
    answer = api.post({**ORDER, "id": ID, "currency": "USD"})
    assert (answer.status, answer.body["error"]["code"]) == (409, "conflict")
    assert api.call("GET", f"/orders/{ID}").body == first.body


def test_a_put_that_the_sdk_repeated_counts_as_created(api: Api, table: FakeTable):
    put = table.put_item
    table.put_item = lambda **arguments: (put(**arguments), put(**arguments))[1]  # type: ignore[method-assign]
    assert api.post(ORDER).status == 201


@pytest.mark.parametrize("order_id", [ID, "nonsense", "5f0c2a1e-8d5b-1b8e-9a57-0d9d2f6f1c11"])
def test_an_unknown_order_is_not_found(api: Api, order_id: str):
    answer = api.call("GET", f"/orders/{order_id}")
    assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")


def test_an_impossible_id_costs_no_read(api: Api, table: FakeTable):
    api.call("GET", "/orders/nonsense")
    assert table.calls == 0


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("DELETE", "/orders")])
def test_an_unknown_route_is_not_found_in_the_same_shape(api: Api, method: str, path: str):
    answer = api.call(method, path)
    assert answer.status == 404
    assert answer.body == {
        "error": {"code": "not_found", "message": "no such route", "request_id": "api-request"}
    }


def test_a_list_is_newest_first_and_pages_to_its_end(api: Api):
    created = [api.post(ORDER).body["id"] for _ in range(5)]
    seen, pages, query = [], 0, {"limit": "2"}
    while True:
        answer = api.call("GET", "/orders", query=query)
        assert answer.status == 200
        seen += [order["id"] for order in answer.body["orders"]]
        pages += 1
        if answer.body["next"] is None:
            break
        query = {"limit": "2", "next": answer.body["next"]}
    assert seen == created[::-1]
    assert pages == 3


def test_a_full_last_page_has_no_next(api: Api):
    for _ in range(2):
        api.post(ORDER)
    assert api.call("GET", "/orders", query={"limit": "2"}).body["next"] is None


def test_a_page_that_dynamodb_cut_short_goes_on(api: Api, table: FakeTable):
    for _ in range(3):
        api.post(ORDER)
    table.page_bytes_exceeded = True
    answer = api.call("GET", "/orders")
    assert len(answer.body["orders"]) == 1
    assert answer.body["next"]


def test_an_empty_list_is_an_answer(api: Api):
    assert api.call("GET", "/orders").body == {"orders": [], "next": None}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1.5", "9" * 5000, "²"])
def test_a_bad_limit_is_refused(api: Api, limit: str):
    answer = api.call("GET", "/orders", query={"limit": limit})
    assert answer.status == 400
    assert answer.body["error"]["details"][0]["field"] == "limit"


@pytest.mark.parametrize(
    "garbage",
    ["", "x", "!!!!", "é", base64.urlsafe_b64encode(b"order#1").decode(), "A" * 10_000],
)
def test_a_garbage_cursor_is_refused(api: Api, table: FakeTable, garbage: str):
    answer = api.call("GET", "/orders", query={"next": garbage})
    assert answer.status == 400
    assert answer.body["error"]["details"] == [
        {"field": "next", "problem": "is not a cursor of this list"}
    ]
    assert table.calls == 0


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (None, {}, 400, "invalid_request"),
        ("{", {}, 400, "invalid_request"),
        ("[" * 60_000, {}, 400, "invalid_request"),
        ('"\ud800"', {}, 400, "invalid_request"),
        ("9" * 5000, {}, 400, "invalid_request"),
        ("{}", {"content-type": "text/plain"}, 415, "unsupported_media_type"),
        ("{}", {"content-type": ""}, 415, "unsupported_media_type"),
        (f'"{"x" * 65_536}"', {}, 413, "too_large"),
        (f'"{"é" * 32_768}"', {}, 413, "too_large"),
    ],
)
def test_a_body_that_can_not_be_an_order_is_refused(
    api: Api, body: str | None, headers: dict[str, str], status: int, code: str
):
    answer = api.call("POST", "/orders", body=body, headers=headers)
    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert answer.body["error"]["request_id"] == "api-request"


def test_a_body_that_is_not_base64_is_refused(api: Api):
    assert api.call("POST", "/orders", body="é", encoded=True).status == 400


def test_a_failure_is_answered_without_its_reason(api: Api, table: FakeTable, capsys: Any):
    table.failure = client_error("ProvisionedThroughputExceededException")
    answer = api.post(ORDER)
    assert answer.status == 500
    assert answer.body == {
        "error": {
            "code": "internal_error",
            "message": "something went wrong; quote the request id",
            "request_id": "api-request",
        }
    }
    failed = next(line for line in log_lines(capsys) if line.get("level") == "ERROR")
    assert "secret-arn" in failed["exception"]
    assert failed["correlation_id"] == "api-request"


def test_a_failure_is_counted_for_the_alarms(api: Api, table: FakeTable, capsys: Any):
    table.failure = RuntimeError("boom")
    api.call("GET", f"/orders/{ID}")
    assert [line["ServerErrors"] for line in log_lines(capsys) if "ServerErrors" in line] == [[1.0]]


def log_lines(capsys: Any) -> list[dict[str, Any]]:
    """Parse everything that was written: each line is one JSON object."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_line_on_stdout_is_json_and_names_both_requests(api: Api, capsys: Any):
    order = api.post(ORDER).body
    logs = [line for line in log_lines(capsys) if "level" in line]
    created = next(line for line in logs if line["message"] == "order created")
    assert created["correlation_id"] == "api-request"
    assert created["function_request_id"] == "lambda-request"
    assert created["order_id"] == order["id"]
    assert created["service"] == "orders-api"


def test_an_order_is_counted_in_embedded_metric_format(api: Api, capsys: Any):
    api.post(ORDER)
    (line,) = [line for line in log_lines(capsys) if "OrdersCreated" in line]
    assert line["OrdersCreated"] == [1.0]
    assert line["service"] == "orders-api"
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "orders-api"
    assert directive["Metrics"] == [{"Name": "OrdersCreated", "Unit": "Count"}]


def test_a_refused_order_is_not_counted(api: Api, capsys: Any):
    api.post({})
    assert not any("OrdersCreated" in line for line in log_lines(capsys))


def test_without_origins_there_is_no_cors(api: Api):
    answer = api.call("GET", "/health", headers={"origin": "https://shop.example"})
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://shop.example", True), ("https://b.example", True), ("https://evil.example", False)],
)
def test_only_configured_origins_are_allowed(
    load: Callable[[], Api], monkeypatch: pytest.MonkeyPatch, origin: str, allowed: bool
):
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", "https://shop.example, https://b.example")
    api = load()
    for path in ("/health", "/orders/nonsense"):  # errors too: a browser must see their reason
        headers = api.call("GET", path, headers={"origin": origin}).headers
        assert headers.get("access-control-allow-origin") == (origin if allowed else None)


def test_a_preflight_is_answered(load: Callable[[], Api], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", "https://shop.example")
    answer = load().call("OPTIONS", "/orders", headers={"origin": "https://shop.example"})
    assert answer.status == 204
    assert "POST" in answer.headers["access-control-allow-methods"]


def rest_at(path: str, route: str, stage: str = "live", **parameters: str) -> dict[str, Any]:
    event = rest_event("GET", path)
    event["requestContext"]["stage"] = stage
    return {**event, "resource": route, "pathParameters": parameters or None}


def http_at(path: str, route: str, stage: str = "live", **parameters: str) -> dict[str, Any]:
    event = http_event("GET", path)
    event["requestContext"]["stage"] = stage
    return {**event, "routeKey": f"GET {route}", "pathParameters": parameters}


@pytest.mark.parametrize("at", [rest_at, http_at])
@pytest.mark.parametrize(
    ("path", "route", "parameters", "status"),
    [
        ("/health", "/health", {}, 200),
        ("/live/health", "/health", {}, 200),
        ("/shop/v1/health", "/health", {}, 200),  # a custom domain's base path
        ("/live/health", "/{proxy+}", {"proxy": "health"}, 200),
        ("/live/health", "", {}, 200),
        ("/live/orders/none", "/orders/{id}", {"id": "none"}, 404),
        ("/live/orders", "/orders", {}, 200),
        ("/livestock/health", "", {}, 404),
        ("/live", "", {}, 404),
    ],
)
def test_what_stands_before_a_route_is_not_part_of_it(
    api: Api, at: WriteEvent, path: str, route: str, parameters: dict[str, str], status: int
):
    answer = api.modules.app.handler(at(path, route, **parameters), CONTEXT)
    assert answer["statusCode"] == status
    if status == 404:
        expected = "no such order" if parameters else "no such route"
        assert json.loads(answer["body"])["error"]["message"] == expected


@pytest.mark.parametrize("at", [rest_at, http_at])
def test_a_stage_may_be_called_like_a_route(api: Api, at: WriteEvent):
    answer = api.modules.app.handler(at("/orders", "/orders", stage="orders"), CONTEXT)
    assert answer["statusCode"] == 200


@pytest.mark.parametrize(
    "event",
    [
        {"httpMethod": "GET", "path": "/health", "requestContext": {}},
        {
            "httpMethod": "GET",
            "path": "/health",
            "resource": "/health",
            "headers": None,
            "multiValueHeaders": None,
            "queryStringParameters": None,
            "pathParameters": None,
            "requestContext": {"stage": "test-invoke-stage", "requestId": "r"},
        },
        {"version": "2.0", "rawPath": "/health", "requestContext": {"http": {"method": "GET"}}},
    ],
)
def test_a_check_before_traffic_needs_few_fields(api: Api, event: dict[str, Any]):
    answer = api.modules.app.handler(event, CONTEXT)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["status"] == "ok"


@pytest.mark.parametrize("event", [{}, {"Records": []}, {"requestContext": {"elb": {}}}])
def test_an_event_that_is_no_request_is_an_error_of_the_function(api: Api, event: dict[str, Any]):
    with pytest.raises(ValueError, match="not a request"):
        api.modules.app.handler(event, CONTEXT)


@pytest.mark.parametrize("table_name", [None, ""])
def test_without_its_table_the_function_does_not_start(
    load: Callable[[], Api], monkeypatch: pytest.MonkeyPatch, table_name: str | None
):
    monkeypatch.delenv("ORDERS_TABLE")
    if table_name is not None:
        monkeypatch.setenv("ORDERS_TABLE", table_name)
    with pytest.raises(RuntimeError, match="ORDERS_TABLE is not set"):
        load()


def test_the_table_is_opened_once_and_late(load_function: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERS_TABLE", "orders")
    modules = load_function("orders_api")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    opened = modules.store.connect()
    assert opened is modules.store.connect()
    assert opened._table.name == "orders"
