"""Functions and their tables, as templates see them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from generator.config import logical_id
from generator.config.functions import Attribute, Function, Table


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
    cors_allow_origins: str
    """The origins whose browsers may call it, joined by commas; empty without CORS."""

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
            "cors_allow_origins": self.cors_allow_origins,
        }
        return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()[:12]
