"""Projects and builds: what CodeBuild remembers of a place."""

import copy
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from localcloud.ministack import Place

Record = dict[str, Any]


@dataclass(slots=True)
class Build:
    """One build: its record as the API describes it, and who may change it."""

    place: Place
    record: Record
    project: Record
    stopping: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def arn(self) -> str:
        return str(self.record["arn"])

    @property
    def uuid(self) -> str:
        return str(self.record["id"]).rpartition(":")[2]

    def update(self, **values: Any) -> None:
        """Change the record in one step, for others read it meanwhile."""
        with self.lock:
            self.record.update(values)

    def snapshot(self) -> Record:
        """Return the record as it is now."""
        with self.lock:
            return copy.deepcopy(self.record)

    def begin_phase(self, name: str) -> Record:
        """Note that a phase begins; return what is told of it."""
        phase: Record = {"phaseType": name, "startTime": time.time()}
        with self.lock:
            self.record["phases"].append(phase)
            self.record["currentPhase"] = name
        return phase

    def end_phase(self, phase: Record, status: str, code: str = "", message: str = "") -> None:
        """Note how a phase ended, and why if it failed."""
        now = time.time()
        with self.lock:
            phase["phaseStatus"] = status
            phase["endTime"] = now
            phase["durationInSeconds"] = round(now - phase["startTime"])
            # AWS, too, gives each phase that ran a context, an empty one when all went well.
            phase["contexts"] = [{"statusCode": code, "message": message}]


@dataclass(slots=True)
class Region:
    """What there is in one account and region."""

    projects: dict[str, Record] = field(default_factory=dict)
    builds: dict[str, Build] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    reports: dict[str, Record] = field(default_factory=dict)


class Store:
    """What CodeBuild remembers, by account and region."""

    def __init__(self) -> None:
        self._regions: dict[Place, Region] = defaultdict(Region)

    def at(self, place: Place) -> Region:
        return self._regions[place]

    def unfinished(self) -> list[Build]:
        """Return the builds that still run."""
        regions = list(self._regions.values())
        builds = [one for region in regions for one in list(region.builds.values())]
        return [one for one in builds if not one.done.is_set()]

    def clear(self) -> None:
        self._regions.clear()
