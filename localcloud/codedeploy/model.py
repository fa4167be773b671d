"""Applications, deployment groups, deployments: what CodeDeploy remembers of a place."""

import asyncio
import random
import string
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localcloud.codedeploy.revision import AppSpec
from localcloud.ministack import Place

FINAL = ("Succeeded", "Failed", "Stopped")


@dataclass(slots=True)
class Application:
    """An application and its deployment groups by name, as the API describes them."""

    info: dict[str, Any]
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.info["applicationName"])


@dataclass(slots=True)
class LifecycleEvent:
    """One stage of a deployment; `hook` is the function that has the say, if any."""

    name: str
    hook: str | None = None
    status: str = "Pending"
    started: float | None = None
    ended: float | None = None
    execution_id: str = ""
    message: str = ""


@dataclass(slots=True)
class Deployment:
    """One deployment and where it stands."""

    deployment_id: str
    place: Place
    application: str
    group: str
    group_id: str
    config: str
    routing: dict[str, Any]
    revision: dict[str, Any]
    spec: AppSpec
    alarms: dict[str, Any]
    auto_rollback: dict[str, Any]
    style: dict[str, Any]
    creator: str = "user"
    description: str = ""
    status: str = "Created"
    percent: int = 0
    created: float = field(default_factory=time.time)
    started: float | None = None
    completed: float | None = None
    error: dict[str, str] | None = None
    rollback: dict[str, str] = field(default_factory=dict)
    events: list[LifecycleEvent] = field(default_factory=list)
    stopping: bool = False
    # What whoever stopped it wants: roll back, don't, or (None) as the group is configured.
    stop_rolls_back: bool | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def target_id(self) -> str:
        # The API's documentation says "the names of Lambda functions"; AWS answers name:alias.
        return f"{self.spec.function}:{self.spec.alias}"


@dataclass(slots=True)
class Region:
    """What there is in one account and region."""

    applications: dict[str, Application] = field(default_factory=dict)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def active(self, group_id: str) -> Deployment | None:
        """Return the group's deployment that is not finished."""
        return next(
            (
                one
                for one in self.deployments.values()
                if one.group_id == group_id and one.status not in FINAL
            ),
            None,
        )


class Store:
    """What CodeDeploy remembers, by account and region."""

    def __init__(self) -> None:
        self._regions: dict[Place, Region] = defaultdict(Region)

    def at(self, place: Place) -> Region:
        return self._regions[place]

    def unfinished(self, place: Place | None = None) -> Iterator[Deployment]:
        """Yield the deployments that are not finished, of one place or of all."""
        regions = list(self._regions.values()) if place is None else [self._regions[place]]
        for region in regions:
            yield from (one for one in region.deployments.values() if one.status not in FINAL)

    def clear(self) -> None:
        self._regions.clear()


def new_deployment_id() -> str:
    """Return an id of the shape that AWS gives deployments."""
    return "d-" + "".join(random.choices(string.ascii_uppercase + string.digits, k=9))
