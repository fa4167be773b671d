"""Pipelines, executions, actions: what CodePipeline remembers of a place."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localcloud import ministack
from localcloud.codepipeline.lines import Line
from localcloud.ministack import Place

Declaration = dict[str, Any]
RUNNING = ("InProgress", "Stopping")


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact of an execution in the store of a region."""

    name: str
    region: str
    bucket: str
    key: str

    def described(self) -> dict[str, Any]:
        return {"name": self.name, "s3location": {"bucket": self.bucket, "key": self.key}}


@dataclass(slots=True)
class ActionRun:
    """One run of an action: what went in, what came out, where it stands."""

    stage: str
    declared: Declaration
    region: str
    run_id: str = field(default_factory=ministack.new_id)
    status: str = "InProgress"
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    updated_by: str = ""
    resolved: dict[str, str] = field(default_factory=dict)
    inputs: list[Artifact] = field(default_factory=list)
    outputs: list[Artifact] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    external_id: str = ""
    external_url: str = ""
    summary: str = ""
    error: dict[str, str] | None = None
    token: str = ""
    revision: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.declared["name"])

    def end(self, status: str) -> None:
        self.status, self.updated = status, time.time()


@dataclass(slots=True)
class StageRun:
    """How an execution fares in a stage, over all attempts."""

    status: str = "InProgress"
    entered: float = 0.0
    latest: dict[str, ActionRun] = field(default_factory=dict)
    automatic_retries: int = 0
    manual_retries: int = 0
    latest_retry: str = ""
    # How conditions came out, by hook, as GetPipelineState describes them.
    conditions: dict[str, dict[str, Any]] = field(default_factory=dict)
    rolls_back: bool = False

    def succeeded(self, action: str) -> bool:
        return action in self.latest and self.latest[action].status == "Succeeded"


@dataclass(slots=True)
class Execution:
    """One execution of a pipeline, of the declaration that it was started with."""

    place: Place
    declaration: Declaration
    trigger: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, dict[str, str]] = field(default_factory=dict)
    rollback_of: str = ""
    execution_id: str = field(default_factory=ministack.new_id)
    status: str = "InProgress"
    summary: str = ""
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    attempt: int = 1
    stages: dict[str, StageRun] = field(default_factory=dict)
    actions: list[ActionRun] = field(default_factory=list)
    # By name and region: an action elsewhere gets a copy in its own region's store.
    artifacts: dict[str, dict[str, Artifact]] = field(default_factory=dict)
    # By namespace.
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    revisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    stop_reason: str | None = None
    # Whether the pipeline has been changed since: what runs is finished, and nothing follows.
    outdated: bool = False
    # Set when its actions are to end without waiting for what they have begun.
    abandoned: threading.Event = field(default_factory=threading.Event)
    task: asyncio.Task[None] | None = None

    @property
    def pipeline(self) -> str:
        return str(self.declaration["name"])

    @property
    def version(self) -> int:
        return int(self.declaration["version"])

    @property
    def mode(self) -> str:
        return str(self.declaration["executionMode"])

    @property
    def kind(self) -> str:
        return "ROLLBACK" if self.rollback_of else "STANDARD"

    def known(self) -> dict[str, dict[str, str]]:
        """Return the variables that actions may refer to, by namespace."""
        own = {"PipelineExecutionId": self.execution_id}
        return {**self.outputs, "variables": self.variables, "codepipeline": own}

    def stage(self, name: str) -> Declaration:
        found: Declaration = next(s for s in self.declaration["stages"] if s["name"] == name)
        return found

    def entered(self, stage: str) -> float:
        """Return when the execution came into a stage last."""
        return self.stages[stage].entered

    def change(self, status: str) -> None:
        self.status, self.updated = status, time.time()


@dataclass(slots=True)
class Transition:
    """The way into a stage, open or closed."""

    enabled: bool = True
    changed_by: str = ""
    changed_at: float = 0.0
    reason: str = ""


@dataclass(slots=True)
class Pipeline:
    """A pipeline in all its versions, and its executions from the oldest to the newest."""

    place: Place
    versions: dict[int, Declaration]
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    tags: dict[str, str] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=lambda: defaultdict(Line))
    transitions: dict[str, Transition] = field(default_factory=lambda: defaultdict(Transition))

    @property
    def declaration(self) -> Declaration:
        return self.versions[self.version]

    @property
    def version(self) -> int:
        return max(self.versions)

    @property
    def name(self) -> str:
        return str(self.declaration["name"])

    @property
    def arn(self) -> str:
        return f"arn:aws:codepipeline:{self.place.region}:{self.place.account}:{self.name}"

    @property
    def stage_names(self) -> list[str]:
        return [str(stage["name"]) for stage in self.declaration["stages"]]

    def running(self) -> list[Execution]:
        return [one for one in self.executions.values() if one.status in RUNNING]


class Store:
    """The pipelines, by account and region."""

    def __init__(self) -> None:
        self._places: dict[Place, dict[str, Pipeline]] = defaultdict(dict)

    def at(self, place: Place) -> dict[str, Pipeline]:
        return self._places[place]

    def all(self) -> Iterator[Pipeline]:
        for place in self._places.values():
            yield from place.values()

    def clear(self) -> None:
        self._places.clear()
