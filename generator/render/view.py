"""What templates see: the configuration, with everything they would otherwise compute.

Templates loop, branch and include; whatever is deeper is a property here.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from generator.config import Config, Names, logical_id
from generator.config.model import Attribute, Function, Table


@dataclass(frozen=True)
class RouteView:
    """A route of the API and the function that answers it."""

    key: str
    """As the API knows it: `GET /orders/{id}`, or `$default`."""
    function: str
    """The function's logical id."""
    open: bool
    """Whether anybody may call it, whatever the API's authorization."""

    @property
    def id(self) -> str:
        """Give the route's part of a logical id: unique, and only letters and digits."""
        words = re.findall(r"\w+", self.key)
        plain = "".join(word[:1].upper() + word[1:].lower() for word in words)
        if re.fullmatch(r"(\$default|[A-Z]+( /(\w+(/\w+)*)?)?)", self.key):
            return plain
        # Punctuation is lost above: a digest keeps `/a-b` and `/a/b` apart.
        return plain.replace("_", "") + hashlib.sha256(self.key.encode()).hexdigest()[:4].upper()

    @property
    def permission(self) -> str:
        """Give the end of the execute-api ARN: method and path, a `*` for each parameter."""
        if self.key == "$default":
            return "$default"
        method, path = self.key.split(" ", 1)
        return ("*" if method == "ANY" else method) + re.sub(r"\{\w+\+?\}", "*", path)


@dataclass(frozen=True)
class TableView:
    """A table of the service."""

    name: str
    config: Table

    @property
    def id(self) -> str:
        """Give the table's logical id."""
        return f"{logical_id(self.name)}Table"

    @property
    def variable(self) -> str:
        """Name the environment variable by which functions find the table."""
        return f"{self.name.upper().replace('-', '_')}_TABLE"

    @property
    def attributes(self) -> list[Attribute]:
        """List the key attributes of the table and its indexes, each once, in order."""
        keys = [self.config.partition_key, self.config.sort_key]
        for index in self.config.indexes.values():
            keys += [index.partition_key, index.sort_key]
        return list({key.name: key for key in keys if key is not None}.values())


@dataclass(frozen=True)
class FunctionView:
    """A function of the service."""

    name: str
    config: Function
    function_name: str
    """Its physical name, the same in every region."""
    tables: tuple[TableView, ...]
    """The tables it uses."""

    @property
    def id(self) -> str:
        """Give the function's prefix of logical ids and of parameter names."""
        return logical_id(self.name)

    @property
    def environment(self) -> dict[str, str]:
        """Give the variables of the parameter file, in a fixed order."""
        return dict(sorted(self.config.environment.items()))

    @cached_property
    def fingerprint(self) -> str:
        """Digest what is fixed at render time and makes a new version when it changes.

        What is a CloudFormation parameter is not in it: the version's description names these.
        """
        config = self.config
        fixed: dict[str, Any] = {
            "handler": config.handler,
            "runtime": config.runtime,
            "architecture": config.architecture,
            "environment": self.environment,
            "tables": [table.variable for table in self.tables],
        }
        return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()[:12]


class View:
    """The values that every template gets."""

    def __init__(self, config: Config):
        self.config = config
        self.names = Names.of(config)
        tables = {name: TableView(name, table) for name, table in config.tables.items()}
        self.tables = list(tables.values())
        self.functions = [
            FunctionView(
                name, function, self.names.function(name), tuple(tables[t] for t in function.tables)
            )
            for name, function in config.functions.items()
        ]

    @property
    def routes(self) -> list[RouteView]:
        """List all routes of all functions."""
        return [
            RouteView(key, function.id, open=key == "GET /health")
            for function in self.functions
            for key in function.config.routes
        ]

    def values(self) -> dict[str, Any]:
        """Give the variables by the names that templates use."""
        return {
            "config": self.config,
            "names": self.names,
            "functions": self.functions,
            "tables": self.tables,
            "routes": self.routes,
        }
