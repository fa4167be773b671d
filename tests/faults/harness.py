"""Whole deployments that go wrong at every place where they can, and what they leave behind."""

from __future__ import annotations

import contextlib
import json
import signal
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faults import snapshot

if TYPE_CHECKING:
    from local.conftest import LocalCloud, Project

Rule = dict[str, Any]
LIMIT_SECONDS = 300.0
_LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Row:
    """What became of one disturbed deployment."""

    disturbance: str
    boundary: str
    runs: int
    differences: list[str]
    seconds: float

    def __str__(self) -> str:
        state = "equal" if not self.differences else "DIFFERS: " + "; ".join(self.differences)
        where = f"{self.disturbance:<32} {self.boundary:<40}"
        return f"{where} {self.runs:>4} {self.seconds:>7.1f}  {state}"


HEADING = f"{'disturbance':<32} {'boundary':<40} {'runs':>4} {'seconds':>7}  end state"


class DeploymentError(AssertionError):
    """A deployment did not end as it should have."""


@dataclass
class Harness:
    """One environment of one project, deployed over and over to an empty local cloud."""

    project: Project
    environment: str
    accounts: list[str]
    regions: list[str]
    base: Project | None = None
    """What is deployed, undisturbed, before each deployment: this one then changes it."""
    expected: snapshot.Snapshot = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    _calls_before: int = 0

    @property
    def cloud(self) -> LocalCloud:
        return self.project.cloud

    def prepare(self) -> None:
        """Render, and deploy undisturbed: what every other deployment is compared with."""
        self.project.gen("render", "-e", self.environment)
        self.reset()
        self.deploy()
        self.writes = [f"{c['service']}:{c['action']} {c['region']}" for c in self._client_writes()]
        self.expected = self._snapshot()

    def reset(self) -> None:
        """Empty the cloud, but for what is to be changed."""
        self.cloud.post("/_localcloud/reset", {})
        self._calls_before = 0
        if self.base:
            self._deploy(self.base)
            self._calls_before = len(self._calls())

    def deploy(self) -> str:
        """Deploy to the end; give what it said."""
        return self._deploy(self.project)

    def _deploy(self, project: Project) -> str:
        process = project.start("deploy", "-e", self.environment, "--local")
        _, said = process.communicate(timeout=LIMIT_SECONDS)
        if process.returncode != 0 or "Traceback" in said:
            raise DeploymentError(f"exit {process.returncode}:\n{said}")
        return said

    def disturbed(self, name: str, *rules: Rule) -> Row:
        """Deploy, in one run, while calls go wrong."""
        started = time.monotonic()
        self.reset()
        with self.rules(*rules):
            self.deploy()
            struck = sum(rule["struck"] for rule in self._report()["rules"])
        if rules and not struck:
            raise DeploymentError(f"{name}: nothing went wrong")
        return self._row(name, f"{struck} calls", 1, started)

    def killed(self, effect: str, number: int) -> Row:
        """Kill a deployment at its n-th write, before or after its effect, and run it again."""
        started = time.monotonic()
        self.reset()
        boundary = self._run_until_held({"effect": effect, "write": True, "nth": number})
        if boundary is None:
            raise DeploymentError(f"there is no write number {number}")
        self.deploy()
        return self._row(f"SIGKILL {_when(effect)} write {number}", boundary, 2, started)

    def chain(self, effect: str) -> Row:
        """Kill every run at a write until one comes through: each run gets one write further."""
        started = time.monotonic()
        self.reset()
        # Held before its effect, the first write of each run would never be carried out.
        number = 2 if effect == "hold-before" else 1
        boundaries: list[str] = []
        while held := self._run_until_held({"effect": effect, "write": True, "nth": number}):
            boundaries.append(held)
            if len(boundaries) > 4 * len(self.writes) + 20:
                raise DeploymentError(f"it does not get through: {boundaries}")
        if not boundaries:
            raise DeploymentError("there was no write to be killed at")
        where = f"{len(boundaries)} boundaries in turn"
        return self._row(f"SIGKILL {_when(effect)} each", where, len(boundaries) + 1, started)

    @contextlib.contextmanager
    def rules(self, *rules: Rule) -> Iterator[None]:
        """Let calls go wrong for a while."""
        self.cloud.post("/_localcloud/faults", {"rules": list(rules)})
        try:
            yield
        finally:
            self.cloud.post("/_localcloud/faults", {"rules": []})

    def _run_until_held(self, rule: Rule) -> str | None:
        """Run until a call is held, and kill it there; None when it came to its end before."""
        with self.rules(rule):
            process = self.project.start("deploy", "-e", self.environment, "--local")
            deadline = time.monotonic() + LIMIT_SECONDS
            while True:
                if held := self._report()["held"]:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    return f"{held[0]['service']}:{held[0]['action']} {held[0]['region']}"
                if process.poll() is not None:
                    _, said = process.communicate()
                    if process.returncode != 0:
                        raise DeploymentError(f"exit {process.returncode}:\n{said}")
                    return None
                if time.monotonic() > deadline:
                    process.kill()
                    raise DeploymentError("it neither ended nor came to a write")
                time.sleep(_LOOK_SECONDS)

    def _row(self, name: str, boundary: str, runs: int, started: float) -> Row:
        found = snapshot.differences(self.expected, self._snapshot())
        found += [
            f"deleted: {call['action']} {call['region']}"
            for call in self._client_writes()
            if call["action"].startswith("Delete")
        ]
        return Row(name, boundary, runs, found, time.monotonic() - started)

    def _snapshot(self) -> snapshot.Snapshot:
        return snapshot.take(self.cloud, self.accounts, self.regions)

    def _client_writes(self) -> list[dict[str, Any]]:
        calls = [json.loads(line) for line in self._calls()[self._calls_before :]]
        return [call for call in calls if call["write"] and call["source"] == "client"]

    def _calls(self) -> list[str]:
        return (self.cloud.home / "calls.jsonl").read_text().splitlines()

    def _report(self) -> Any:
        with urllib.request.urlopen(f"{self.cloud.endpoint}/_localcloud/faults") as answer:
            return json.load(answer)


def _when(effect: str) -> str:
    return "after" if effect == "hold-after" else "before"
