"""The orders API, behind a REST or an HTTP API: routes and telemetry only.

What an order is: orders.py. Where it is kept: store.py. What a client is told: errors.py. Which of
the two APIs asks: events.py; an event tells, so the same package serves both.

What fails in a request is answered with 500, which Lambda counts as a success: alarms watch the
API's 5xx rate besides the Errors of the alias. What fails before there is a request (an import, a
variable that is not set) is raised, and so is an event that is no request: those are Errors.

Environment: ORDERS_TABLE; CORS_ALLOW_ORIGINS, RELEASE_ID and Powertools' own may be missing.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
import warnings
from datetime import UTC, datetime
from typing import Any

import cursor
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import (
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    Response,
    content_types,
)
from aws_lambda_powertools.event_handler.api_gateway import CORSConfig, Router
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from errors import (
    ApiError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    TooLargeError,
    UnsupportedMediaTypeError,
)
from events import at_root, is_rest
from orders import is_order_id, new_order, to_json
from store import connect as store

MAX_BODY_BYTES = 64 * 1024
DEFAULT_LIMIT, MAX_LIMIT = 20, 100

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "orders-api")
logger = Logger(service=SERVICE)
metrics = Metrics(
    namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "orders-api"), service=SERVICE
)
# Only botocore: patching every library that X-Ray knows costs start-up time for nothing.
tracer = Tracer(service=SERVICE, patch_modules=["botocore"])
# Segments leave by UDP, so a missing daemon costs nothing; it would only fill the log.
logging.getLogger("aws_xray_sdk").setLevel(logging.ERROR)
# Most requests have nothing to count; this would be a line in the log that is not JSON.
warnings.filterwarnings("ignore", message="No application metrics to publish")


def cors_from(origins: str) -> CORSConfig | None:
    """Read comma-separated origins; none means no CORS headers at all.

    Where an HTTP API itself has a CORS configuration it answers preflights and replaces these
    headers; they are for every other way in (a REST API, a stage without one, a test).
    """
    allowed = [origin.strip() for origin in origins.split(",") if origin.strip()]
    if not allowed:
        return None
    return CORSConfig(allow_origin=allowed[0], extra_origins=allowed[1:], max_age=300)


api = Router()


@api.get("/health")
def health() -> dict[str, Any]:
    """Say who answers; touches nothing else, so that it is up whenever the function is."""
    return {
        "status": "ok",
        "region": os.environ.get("AWS_REGION", "unknown"),
        "version": os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "unknown"),
        "release": os.environ.get("RELEASE_ID", "unknown"),
        "service": SERVICE,
    }


@api.post("/orders")
def create_order() -> Response:
    """Store a new order: 201; 200 when the same request was stored before; 409 when it differs."""
    order = new_order(json_body(), id=str(uuid.uuid4()), now=datetime.now(UTC))
    stored = store().add(order)
    if not stored.asks_the_same_as(order):
        raise ConflictError(f"order {order.id} exists with other content")
    # The very same order comes back too when the SDK repeated a put whose answer was lost.
    created = stored == order
    if created:
        metrics.add_metric(name="OrdersCreated", unit=MetricUnit.Count, value=1)
        tracer.put_annotation("order_id", order.id)
        logger.info("order created", extra={"order_id": order.id, "items": len(order.items)})
    return Response(
        status_code=201 if created else 200,
        content_type=content_types.APPLICATION_JSON,
        headers={"Location": f"/orders/{stored.id}"},
        body=json.dumps(to_json(stored)),
    )


@api.get("/orders/<order_id>")
def get_order(order_id: str) -> dict[str, Any]:
    """Answer one order, or 404."""
    order = store().get(order_id) if is_order_id(order_id) else None
    if order is None:
        raise NotFoundError("no such order")
    return to_json(order)


@api.get("/orders")
def list_orders() -> dict[str, Any]:
    """Answer one page, newest first; `next` is null on the last one."""
    query = api.current_event.query_string_parameters
    after = query.get("next")
    page = store().newest(
        limit=parse_limit(query.get("limit")),
        after=cursor.decode(after) if after is not None else None,
    )
    return {
        "orders": [to_json(order) for order in page.orders],
        "next": cursor.encode(page.last) if page.last else None,
    }


def parse_limit(text: str | None) -> int:
    """Read the page size; default 20, at most 100."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidRequestError.at("limit", f"must be a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def json_body() -> Any:
    """Read the request's body: 415 unless JSON, 413 over 64 KiB, 400 when it does not parse."""
    media_type = (api.current_event.headers.get("content-type") or "").partition(";")[0]
    if media_type.strip().lower() != content_types.APPLICATION_JSON:
        raise UnsupportedMediaTypeError("the body must be application/json")
    try:
        body = (api.current_event.decoded_body or "").encode()
        if len(body) > MAX_BODY_BYTES:
            raise TooLargeError(f"the body must not exceed {MAX_BODY_BYTES} bytes")
        return json.loads(body)
    except (ValueError, RecursionError) as error:  # ValueError: not base64, not UTF-8, not JSON
        raise InvalidRequestError("the body is not valid JSON") from error


def error_response(error: ApiError) -> Response:
    """Tell the client what happened, in the one shape."""
    request = api.current_event.get("requestContext") or {}
    return Response(
        status_code=error.status,
        content_type=content_types.APPLICATION_JSON,
        body=json.dumps(error.body(request.get("requestId") or api.lambda_context.aws_request_id)),
    )


@api.exception_handler(ApiError)
def refused(error: ApiError) -> Response:
    """Answer a request that the client can correct."""
    logger.info("request refused", extra={"status": error.status, "code": error.code})
    return error_response(error)


@api.exception_handler(NoRouteError)
def no_route(_: Exception) -> Response:
    """Answer a path or method that does not exist."""
    return refused(NotFoundError("no such route"))


@api.exception_handler(Exception)
def failed(error: Exception) -> Response:
    """Answer 500 without a detail; the log has them all."""
    logger.error("unhandled exception", exc_info=error)
    metrics.add_metric(name="ServerErrors", unit=MetricUnit.Count, value=1)
    return error_response(ApiError("something went wrong; quote the request id"))


cors = cors_from(os.environ.get("CORS_ALLOW_ORIGINS", ""))
rest, http = APIGatewayRestResolver(cors=cors), APIGatewayHttpResolver(cors=cors)
for resolver in (rest, http):
    resolver.include_router(api)


# The path to the request's id is the same in both payloads.
@logger.inject_lambda_context(
    correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True
)
@tracer.capture_lambda_handler(capture_response=False)  # answers hold customers' data
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request."""
    resolver = rest if is_rest(event) else http
    return resolver.resolve(at_root(event), context)


# Where an environment is made before its first request comes, that has not to wait for the table.
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") in ("provisioned-concurrency", "snap-start"):
    store()
