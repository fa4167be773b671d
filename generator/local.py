"""Reach the AWS stand-in: a program of its own, found by its command line and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.errors import GenError, Problem


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """A running stand-in."""

    endpoint: str
    started: bool
    """Whether this call started it."""

    def recorded_types(self) -> list[str]:
        """List the resource types that it only wrote down, instead of doing what they do."""
        return sorted({row["type"] for row in self.ask("recorded")})

    def ask(self, what: str, message: dict[str, Any] | None = None) -> Any:
        """Ask something of its own API: GET, or POST with a message.

        Raises GenError with its own words when it refuses.
        """
        data = None if message is None else json.dumps(message).encode()
        request = urllib.request.Request(f"{self.endpoint}/_localcloud/{what}", data)
        # Never through a proxy: the endpoint is a loopback address.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise GenError(f"the local cloud: {_reason(error)}") from None
        except OSError as error:
            raise GenError(f"the local cloud does not answer at {self.endpoint}: {error}") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}"


def home(root: Path) -> Path:
    """Say where a project's stand-in keeps its files."""
    return root / "build" / "local"


def start(root: Path) -> LocalCloud:
    """Start the project's stand-in, or find the one that runs.

    Raises GenError when the `local` extra is not installed, or the stand-in does not come up.
    """
    answer = call(root, "start")
    return LocalCloud(endpoint=answer["endpoint"], started=answer["started"])


def call(root: Path, verb: str) -> Any:
    """Run one verb of the stand-in's command line; give its answer."""
    answer = "\n".join(lines(root, verb))
    return json.loads(answer) if answer else None


def lines(root: Path, verb: str) -> list[str]:
    """Run one verb of the stand-in's command line; give what it printed, line by line."""
    done = subprocess.run(
        [sys.executable, "-m", "localcloud", verb, "--home", str(home(root))],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode != 0:
        said = done.stderr.strip()
        if said.startswith("localcloud: "):
            raise GenError(said.removeprefix("localcloud: "))
        reason = said.splitlines()[-1] if said else "it ended without a word"
        raise GenError(
            Problem(f"the local cloud: {reason}", hint=f"its log: {home(root) / 'server.log'}")
        )
    return done.stdout.splitlines()
