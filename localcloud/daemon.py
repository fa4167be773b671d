"""Start, find, question and stop the server of a home folder, from outside of it."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from localcloud.clock import DEFAULT_MINUTE_SECONDS
from localcloud.errors import LocalCloudError
from localcloud.home import Home, ServerRecord

START_SECONDS = 60.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 10.0
# Whatever runs is ended first: builds, pipelines, functions.
RESET_SECONDS = 60.0
LOG_TAIL_LINES = 15


def start(
    home: Home,
    *,
    owner: int | None,
    idle_minutes: float,
    minute_seconds: float = DEFAULT_MINUTE_SECONDS,
) -> tuple[ServerRecord, bool]:
    """Return a healthy server of this home and whether it had to be started."""
    if find_spec("ministack") is None:
        raise LocalCloudError(
            "the local cloud needs ministack, which is not installed here: "
            "pip install 'gen-stacksets[local]'"
        )
    home.create()
    with home.starting():
        running = find(home)
        if running is not None:
            if owner is not None:
                ask(running, "owners", {"pid": owner})
            return running, False
        options = ["--idle-minutes", str(idle_minutes), "--minute", str(minute_seconds)]
        return _launch(home, [*options, *([] if owner is None else ["--owner", str(owner)])]), True


def find(home: Home) -> ServerRecord | None:
    """Return the home's server when it runs and answers with its own token."""
    return None if ask_running(home, "identity") is None else home.read_record()


def ask_running(home: Home, what: str) -> Any:
    """Put a question to the home's server; None when there is none, or it is just going."""
    record = home.read_record()
    if record is None or not home.is_served():
        return None
    try:
        answer = ask(record, what)
    except LocalCloudError:
        return None
    return answer if answer["token"] == record.token else None


def stop(home: Home) -> bool:
    """Stop the home's server and return whether there was one."""
    if not home.path.is_dir():
        return False
    with home.starting():
        if not home.is_served():
            home.remove_record()
            return False
        record = home.read_record()
        if record is None:
            raise LocalCloudError(f"a server of {home.path} is just starting or broken: try again")
        # The lock is held, so the record's process is the one that holds it.
        _signal(record.pid, signal.SIGTERM)
        if not _wait_until_free(home):
            _signal(record.pid, signal.SIGKILL)
            if not _wait_until_free(home):
                raise LocalCloudError(f"process {record.pid} does not stop")
        home.remove_record()
        return True


def ask(
    record: ServerRecord,
    what: str,
    message: dict[str, Any] | None = None,
    *,
    seconds: float = ANSWER_SECONDS,
) -> Any:
    """Put a question (or, with a message, a request) to the server's own API."""
    request = urllib.request.Request(
        f"{record.endpoint}/_localcloud/{what}",
        data=None if message is None else json.dumps(message).encode(),
    )
    # A proxy of the environment must not stand between this machine and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=seconds) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError, ValueError) as problem:
        raise LocalCloudError(f"the server at {record.endpoint} does not answer: {problem}") from (
            problem
        )


def _launch(home: Home, options: list[str]) -> ServerRecord:
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "localcloud", "serve", "--home", str(home.path)]
    command += ["--token", token, *options]
    home.remove_record()
    with home.log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=home.path,
            env=_environment(),
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        record = home.read_record()
        if record is not None and record.token == token:
            ask(record, "identity")
            return record
        if process.poll() is not None:
            raise LocalCloudError(f"the server died at start.{_tail(home)}")
        time.sleep(0.02)
    process.kill()
    raise LocalCloudError(f"the server was not ready after {START_SECONDS:.0f} s.{_tail(home)}")


def _environment() -> dict[str, str]:
    """Return the environment of the server: it finds this package wherever it is started."""
    package_root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def _tail(home: Home) -> str:
    lines = home.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
    return "".join(f"\n  {line}" for line in lines[-LOG_TAIL_LINES:])


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _wait_until_free(home: Home) -> bool:
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if not home.is_served():
            return True
        time.sleep(0.02)
    return False
