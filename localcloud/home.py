"""The folder in which one local cloud keeps its files."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

PATIENCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """Where a running server is reached, and the token that proves it is that server."""

    endpoint: str
    pid: int
    token: str


@dataclass(frozen=True, slots=True)
class Home:
    """Name the files of a local cloud; nothing is written outside this folder."""

    path: Path

    @property
    def record_file(self) -> Path:
        return self.path / "server.json"

    @property
    def log_file(self) -> Path:
        return self.path / "server.log"

    @property
    def calls_file(self) -> Path:
        return self.path / "calls.jsonl"

    @property
    def scratch(self) -> Path:
        """Temporary files of the server and of the functions that run in it."""
        return self.path / "tmp"

    def create(self) -> None:
        """Make the folder, readable by its owner only: functions' code and secrets pass here."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.scratch.mkdir(exist_ok=True)

    def empty_scratch(self) -> None:
        """Remove the temporary files of a server that is gone, or going."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()

    def read_record(self) -> ServerRecord | None:
        """Return what the last server wrote; it may be gone since."""
        try:
            return ServerRecord(**json.loads(self.record_file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write_record(self, record: ServerRecord) -> None:
        """Replace the record in one step, so that nobody reads half of it."""
        draft = self.path / f".server.{os.getpid()}.json"
        draft.write_text(json.dumps(asdict(record)) + "\n", encoding="utf-8")
        draft.replace(self.record_file)

    def remove_record(self) -> None:
        self.record_file.unlink(missing_ok=True)

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        with (self.path / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Hold the server's own lock for its lifetime; BlockingIOError when another serves."""
        with self._server_lock.open("a") as lock:
            # Whoever asks whether there is a server holds the lock for an instant.
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not _try_lock(lock, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise BlockingIOError(f"{self.path} is served")
                time.sleep(0.01)
            yield

    def is_served(self) -> bool:
        """Tell whether a live process holds the server's lock, whatever the files say."""
        with self._server_lock.open("a") as lock:
            return not _try_lock(lock, fcntl.LOCK_SH)

    @property
    def _server_lock(self) -> Path:
        return self.path / "server.lock"


def _try_lock(lock: IO[str], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
