"""Functions and their tables, as templates see them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from generator.config import logical_id
from generator.config.events import QueueSource
from generator.config.functions import Attribute, Function, Table
from generator.render.views.features import (
    CheckView,
    EventBusView,
    LayerView,
    PermissionView,
    ScheduleView,
    health_event,
)
from generator.render.views.secrets import SecretView


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
    secrets: tuple[SecretView, ...]
    """The secrets it reads."""
    cors_allow_origins: str
    """The origins whose browsers may call it, joined by commas; empty without CORS."""
    checked: tuple[str, ...]
    """When a new version of a function is tried: Pre, Post, both or none."""
    api_type: str
    """http or rest: how its routes call it."""
    network: str = "none"
    """In which kind of network it runs."""
    signed: bool = False
    """Whether its package is signed."""

    @property
    def id(self) -> str:
        """Give the function's prefix of logical ids and of parameter names."""
        return logical_id(self.name)

    @property
    def permissions(self) -> list[PermissionView]:
        """List the statements of the parameter file."""
        return [PermissionView(n, p) for n, p in enumerate(self.config.permissions, 1)]

    @property
    def schedules(self) -> list[ScheduleView]:
        """List what calls it by the clock."""
        return [
            ScheduleView(f"{self.id}Schedule{n}", f"{self.name}-schedule-{n}", e.schedule, e.input)
            for n, e in enumerate((e for e in self.config.events if e.schedule), 1)
            if e.schedule
        ]

    @property
    def buses(self) -> list[EventBusView]:
        """List the events that call it."""
        sources = [e.event_bus for e in self.config.events if e.event_bus]
        return [
            EventBusView(f"{self.id}Events{n}", f"{self.name}-events-{n}", source)
            for n, source in enumerate(sources, 1)
        ]

    @property
    def queue(self) -> QueueSource | None:
        """Give its queue's settings, if it has one."""
        return next((e.queue for e in self.config.events if e.queue), None)

    @property
    def visibility_timeout(self) -> int:
        """Give the seconds that a message is hidden while the function works: six timeouts."""
        return self.config.timeout * 6

    @property
    def layers(self) -> list[LayerView]:
        """List its layers, in order."""
        pinned = (layer.rsplit(":", 1) for layer in self.config.layers)
        return [
            LayerView(f"{self.id}Layer{n}Version", name, int(version))
            for n, (name, version) in enumerate(pinned, 1)
        ]

    @property
    def target_utilization(self) -> float | None:
        """Give the share of provisioned environments that should be in use."""
        provisioned = self.config.provisioned_concurrency
        return provisioned.target_percent / 100 if provisioned else None

    @property
    def checks(self) -> list[CheckView]:
        """List the functions that try a new version, in the order in which they run."""
        return [
            CheckView(f"{self.id}{when}TrafficCheck", f"{self.name}-{when.lower()}-check", when)
            for when in self.checked
            if self.config.traffic_check
        ]

    @property
    def check_event(self) -> str:
        """Give the event of its checks, as JSON."""
        check = self.config.traffic_check
        event = check.event if check and check.event is not None else health_event(self.api_type)
        return json.dumps(event, sort_keys=True)

    @property
    def description_of_version(self) -> str:
        """Name what makes a new version when it changes, as Sub takes it: parameters, and the rest.

        Under 256 characters with the longest values.
        """
        parts = [
            "code=${Digest}",
            f"memory=${{{self.id}Memory}}",
            f"timeout=${{{self.id}Timeout}}",
            *([] if self.config.snap_start else [f"storage=${{{self.id}EphemeralStorage}}"]),
            "log=${LogLevel}",
            *(f"layer=${{{layer.parameter}}}" for layer in self.layers),
            *(["net=${Subnet}/${Group}"] if self.network == "existing" else []),
            f"config={self.fingerprint}",
        ]
        return " ".join(parts)

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
        # Only where they are used: what is not must not make new versions of old functions.
        if self.secrets:
            fixed["secrets"] = [secret.variable for secret in self.secrets]
        if self.network != "none":
            fixed["network"] = self.network
        if self.signed:  # of the same package, the signed one is other code
            fixed["signed"] = True
        if config.snap_start:
            fixed["snap_start"] = True
        if self.layers:
            fixed["layers"] = [layer.name for layer in self.layers]
        return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()[:12]
