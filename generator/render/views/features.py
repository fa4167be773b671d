"""Permissions, events, layers and checks of functions, as templates see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.config.events import EventBusSource
from generator.config.permissions import Permission


@dataclass(frozen=True)
class PermissionView:
    """A statement of the parameter file."""

    number: int
    """1-based."""
    config: Permission

    @property
    def resources(self) -> list[Any]:
        """Give the resources with their names to be filled in."""
        return [_filled_in(resource) for resource in self.config.resources]

    @property
    def conditions(self) -> dict[str, Any]:
        """Give the conditions with their names to be filled in."""
        return {
            operator: {key: _filled_in(value) for key, value in keys.items()}
            for operator, keys in self.config.conditions.items()
        }


def _filled_in(value: str | tuple[str, ...]) -> Any:
    if isinstance(value, tuple):
        return [_filled_in(each) for each in value]
    return {"Fn::Sub": value} if "${" in value else value


@dataclass(frozen=True)
class ScheduleView:
    """A rule that calls a function by the clock."""

    id: str
    name: str
    expression: str
    input: dict[str, Any] | None


@dataclass(frozen=True)
class EventBusView:
    """A rule that calls a function for events of a bus."""

    id: str
    name: str
    config: EventBusSource


@dataclass(frozen=True)
class LayerView:
    """A layer whose version ARN is the value of an SSM parameter, at one version of it."""

    parameter: str
    """Name of the template's parameter that holds the version."""
    name: str
    version: int

    @property
    def reference(self) -> str:
        """Give what Sub makes the dynamic reference's name of."""
        return f"{self.name}:${{{self.parameter}}}"


@dataclass(frozen=True)
class CheckView:
    """A function that tries another one's new version."""

    id: str
    name: str
    when: str
    """Pre or Post: before the version gets traffic, or once it has all of it."""

    @property
    def qualifier(self) -> str:
        """Give what it may call of the function."""
        return "*" if self.when == "Pre" else "live"


def health_event(api_type: str) -> dict[str, Any]:
    """Make the event by which an API of this type asks a function for its health.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
    """
    headers = {"accept": "application/json"}
    if api_type == "rest":
        return {
            "resource": "/health",
            "path": "/health",
            "httpMethod": "GET",
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": "/health",
                "httpMethod": "GET",
                "path": "/health",
                "requestId": "traffic-check",
                "identity": {"sourceIp": "127.0.0.1", "userAgent": "traffic-check"},
            },
            "body": None,
            "isBase64Encoded": False,
        }
    return {
        "version": "2.0",
        "routeKey": "GET /health",
        "rawPath": "/health",
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "http": {
                "method": "GET",
                "path": "/health",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "traffic-check",
            },
            "requestId": "traffic-check",
            "routeKey": "GET /health",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
