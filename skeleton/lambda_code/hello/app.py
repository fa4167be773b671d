"""Greets people, and counts how often it greeted whom, in its region's own table.

The HTTP API calls `handler` with the route that fits, and sends back what it returns.
Environment: GREETINGS_TABLE; RELEASE_ID and what Lambda itself sets may be missing.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request."""
    match event["routeKey"]:
        case "GET /health":
            return answer(200, health())
        case "GET /hello/{name}":
            return answer(200, greet(event["pathParameters"]["name"]))
    return answer(404, {"error": "no such route"})


def health() -> dict[str, Any]:
    """Say who answers; touches nothing else, so that it is up whenever the function is."""
    return {
        "status": "ok",
        "region": os.environ.get("AWS_REGION", "unknown"),
        "release": os.environ.get("RELEASE_ID", "unknown"),
    }


def greet(name: str) -> dict[str, Any]:
    """Greet somebody, and say how often that was so far."""
    counted = dynamodb().update_item(
        TableName=os.environ["GREETINGS_TABLE"],
        Key={"name": {"S": name}},
        UpdateExpression="ADD times :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    times = int(counted["Attributes"]["times"]["N"])
    return {"greeting": f"Hello, {name}!", "times": times}


@cache
def dynamodb() -> Any:
    """Make the client at the first call, and keep it."""
    return boto3.client("dynamodb")


def answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
