"""`functions` and `tables`: what runs in every region, and what it keeps there."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from generator.config.events import EventSource
from generator.config.fields import Name, Section, Text
from generator.config.permissions import Permission

TableAction = Literal[
    "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem",
    "Query", "Scan", "UpdateItem",
]  # fmt: skip

_METHOD = r"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY)"
_SEGMENT = r"([\w.~-]+|\{\w+\+?\})"
_ROUTE = re.compile(rf"^(\$default|{_METHOD} /({_SEGMENT}(/{_SEGMENT})*)?)$")
HEALTH = "GET /health"
"""The route by which a region says how it is; it is open to everybody."""
_LAYER = re.compile(r"^/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*:[1-9][0-9]*$")
_RESERVED_VARIABLE = re.compile(r"^(AWS_|LAMBDA_|_HANDLER$|_X_AMZN_|RELEASE_ID$|POWERTOOLS_)")


class ProvisionedConcurrency(Section):
    """Environments kept ready, between two bounds by how many are in use."""

    min: int = Field(ge=1)
    """Kept ready always."""
    max: int = Field(ge=1)
    """Kept ready at most."""
    target_percent: int = Field(default=70, ge=10, le=90)
    """How many of them should be in use."""

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> ProvisionedConcurrency:
        if self.min > self.max:
            raise ValueError(f"min is {self.min}, more than max, which is {self.max}")
        return self


class TrafficCheck(Section):
    """How a new version is tried, if `delivery` asks for it, before and after it gets traffic."""

    event: dict[str, Any] | None = None
    """What the function is called with; null asks for GET /health as the API does."""
    expected_status: int = Field(default=200, ge=100, le=599)
    """The `statusCode` of the right answer."""


class Function(Section):
    """One Lambda function."""

    source: str
    """The folder of its code, from the project's root."""
    handler: str = Field(
        default="app.handler", pattern=r"^[A-Za-z_][A-Za-z0-9_/]*(\.[A-Za-z_][A-Za-z0-9_]*)+$"
    )
    """`module.function` inside the folder."""
    description: str = Field(default="", max_length=200)
    """What it does, as the Lambda console shows it."""
    runtime: Literal["python3.12", "python3.13", "python3.14"] = "python3.13"
    """Lambda's runtime."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """The processor; packages are built for it."""
    memory: int = Field(default=512, ge=128, le=10240)
    """MiB."""
    timeout: int = Field(default=10, ge=1, le=900)
    """Seconds."""
    ephemeral_storage: int = Field(default=512, ge=512, le=10240)
    """MiB of /tmp."""
    reserved_concurrency: int | None = Field(default=None, ge=0)
    """Executions kept for, and allowed to, this function; null draws on the account's pool."""
    routes: tuple[str, ...] = ()
    """HTTP routes as "METHOD /path/{parameter}"."""
    environment: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")], Text] = Field(
        default={}
    )
    """Environment variables; never a secret."""
    tables: dict[Name, Annotated[tuple[TableAction, ...], Field(min_length=1)]] = Field(default={})
    """The DynamoDB actions it needs, by entry of `tables`; it finds each in `<NAME>_TABLE`."""
    secrets: tuple[Name, ...] = ()
    """Entries of `secrets` that it may read; it finds the ARN of each in `<NAME>_SECRET_ARN`."""
    permissions: tuple[Permission, ...] = ()
    """What else it may do."""
    events: tuple[EventSource, ...] = Field(default=(), max_length=10)
    """What else calls it."""
    provisioned_concurrency: ProvisionedConcurrency | None = None
    snap_start: bool = False
    """Start from a snapshot of the initialized function; not with provisioned concurrency."""
    layers: tuple[str, ...] = Field(default=(), max_length=5)
    """SSM parameters that hold layer version ARNs, each as `name:version`: what a version of the
    function runs with must not change under it."""
    traffic_check: TrafficCheck | None = TrafficCheck()
    """Null leaves the function out of traffic checks."""

    @field_validator("layers")
    @classmethod
    def _layers_are_named_by_parameters(cls, layers: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [layer for layer in layers if not _LAYER.match(layer)]:
            raise ValueError(
                f"layer {', '.join(map(repr, bad))} is not 'parameter:version', such as"
                " '/layers/tools:3': an SSM parameter holds each region's own layer ARN"
            )
        return layers

    @field_validator("routes")
    @classmethod
    def _routes_are_well_formed(cls, routes: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [route for route in routes if not _ROUTE.match(route)]:
            raise ValueError(
                f"route {', '.join(map(repr, bad))} is not of the form 'GET /orders/{{id}}'"
            )
        return routes

    @field_validator("secrets")
    @classmethod
    def _each_secret_once(cls, secrets: tuple[str, ...]) -> tuple[str, ...]:
        if twice := [name for name in dict.fromkeys(secrets) if secrets.count(name) > 1]:
            raise ValueError(f"secret {', '.join(twice)} is named twice")
        return secrets

    @field_validator("environment")
    @classmethod
    def _variables_are_free(cls, environment: dict[str, str]) -> dict[str, str]:
        if taken := [name for name in environment if _RESERVED_VARIABLE.match(name)]:
            raise ValueError(f"variable {', '.join(taken)} is set by Lambda or by the template")
        return environment


class Attribute(Section):
    """A key attribute of a DynamoDB table."""

    name: str = Field(min_length=1, max_length=255)
    """The attribute's name."""
    type: Literal["S", "N", "B"] = "S"
    """Text (S), number (N) or bytes (B)."""


class Index(Section):
    """A global secondary index; all attributes are projected."""

    partition_key: Attribute
    sort_key: Attribute | None = None


class Table(Section):
    """A DynamoDB table of the service, on demand, one in each region."""

    partition_key: Attribute
    sort_key: Attribute | None = None
    indexes: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", min_length=3, max_length=255)], Index
    ] = Field(default={}, max_length=20)
    """Global secondary indexes, by name."""
    time_to_live: str | None = None
    """The attribute that holds an item's expiry time, if items expire."""
