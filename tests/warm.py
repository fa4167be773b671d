"""Run `gen` as a process of its own whose modules are loaded already.

Most of the processor's time that a short command takes is Python reading modules. Tests run gen
hundreds of times: each test process has one process here that has read them once, and forks. What
a new gen gets is what a shell gives it: arguments, folder, environment, three files. How it starts
for real is seen where commands are measured, where they are installed, and at terminals.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

GEN = Path(sys.executable).with_name("gen")
LOADED_ON_DEMAND = "generator.lint."
"""Rules and cfn-lint, which gen loads into processes that it starts for them."""
_LENGTH = struct.Struct("!I")


# ---- for tests


class Gen:
    """A running gen: as much of subprocess.Popen as tests use."""

    def __init__(self, pid: int, stdout: int, stderr: int) -> None:
        self.pid = pid
        self.stdout: IO[str] = open(stdout, encoding="utf-8")  # noqa: SIM115  closed by communicate
        self.stderr: IO[str] = open(stderr, encoding="utf-8")  # noqa: SIM115
        self.returncode: int | None = None
        self._ended = threading.Event()

    def end(self, code: int) -> None:
        """Note how it ended."""
        self.returncode = code
        self._ended.set()

    def poll(self) -> int | None:
        """Give the exit code, or minus the signal that ended it; None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises TimeoutExpired."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("gen", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Give what it still writes until its end; raises TimeoutExpired."""
        until = None if timeout is None else time.monotonic() + timeout
        said: dict[str, str] = {}
        readers = [
            threading.Thread(target=lambda n=name, f=file: said.update({n: f.read()}), daemon=True)
            for name, file in (("out", self.stdout), ("err", self.stderr))
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(None if until is None else max(0.0, until - time.monotonic()))
            if reader.is_alive():
                raise subprocess.TimeoutExpired("gen", timeout or 0)
        self.wait(None if until is None else max(0.0, until - time.monotonic()))
        self.stdout.close()
        self.stderr.close()
        return said["out"], said["err"]

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self.send_signal(signal.SIGKILL)


def start(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Gen:
    """Start gen in a folder, with nothing to read."""
    return _loaded().start([str(GEN), *map(str, arguments)], folder, environment)


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run gen to its end."""
    gen = start(arguments, folder, environment)
    out, err = gen.communicate()
    return subprocess.CompletedProcess(list(arguments), gen.wait(), out, err)


_one: list[_Loaded] = []
_making = threading.Lock()


def _loaded() -> _Loaded:
    with _making:
        if not _one:
            _one.append(_Loaded())
        return _one[0]


class _Loaded:
    """The process that has read all modules, as seen from a test process."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        self._running: dict[int, Gen] = {}
        self._one_at_a_time, self._started = threading.Lock(), threading.Condition()
        self._is_there = True
        self._last: Gen | None = None
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        atexit.register(self._close)

    def start(self, argv: list[str], folder: Path, environment: Mapping[str, str]) -> Gen:
        out, err = os.pipe(), os.pipe()
        wish = {"argv": argv, "folder": str(folder), "environment": dict(environment)}
        message = json.dumps(wish).encode()
        with self._one_at_a_time, Path(os.devnull).open("rb") as nothing, self._started:
            self._files = (out[0], err[0])
            given = [nothing.fileno(), out[1], err[1]]
            socket.send_fds(self._socket, [_LENGTH.pack(len(message))], given)
            self._socket.sendall(message)
            os.close(out[1])
            os.close(err[1])
            self._started.wait_for(lambda: self._last is not None or not self._is_there)
            gen, self._last = self._last, None
        assert gen is not None, "the process that starts gen is gone"
        return gen

    def _listen(self) -> None:
        with self._socket.makefile() as answers:
            for answer in answers:
                told = json.loads(answer)
                if "ended" in told:
                    self._running.pop(told["ended"]).end(told["code"])
                    continue
                with self._started:
                    self._last = self._running[told["pid"]] = Gen(told["pid"], *self._files)
                    self._started.notify()
        with self._started:
            self._is_there = False
            self._started.notify()

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._socket.close()
        self._process.wait()


# ---- the process that has read all modules


class _Wish(NamedTuple):
    """What a gen is to be given."""

    argv: list[str]
    folder: str
    environment: dict[str, str]
    files: list[int]


def _load() -> None:
    import generator.cli

    for module in pkgutil.walk_packages(generator.__path__, "generator."):
        if not f"{module.name}.".startswith(LOADED_ON_DEMAND):
            importlib.import_module(module.name)


def _serve(control: socket.socket) -> _Wish | None:
    """Fork whenever it is asked for; returns in the new process with its wish, else at the end."""
    # Whoever presses Ctrl-C means the tests.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    ears, mouth = os.pipe()
    for end in (ears, mouth):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(ears, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == ears:
                    with contextlib.suppress(BlockingIOError):
                        os.read(ears, 4096)
                    _tell_of_ends(control)
                    continue
                length, files, _, _ = socket.recv_fds(control, _LENGTH.size, 3)
                if not length:
                    return None
                message = control.recv(_LENGTH.unpack(length)[0], socket.MSG_WAITALL)
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    os.close(ears)
                    os.close(mouth)
                    return _Wish(**json.loads(message), files=files)
                _tell(control, {"pid": pid})
                for file in files:
                    os.close(file)


def _tell(control: socket.socket, what: dict[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        control.sendall(json.dumps(what).encode() + b"\n")


def _tell_of_ends(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell(control, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _become(wish: _Wish) -> None:
    """Be what a shell would have started."""
    for number, file in enumerate(wish.files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  they are the process's own
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(wish.folder)
    os.environ.clear()
    os.environ.update(wish.environment)
    time.tzset()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = wish.argv


if __name__ == "__main__":
    # As in a program of this environment: tests' own modules are not to be found.
    sys.path[0] = str(GEN.parent)
    with socket.socket(fileno=int(sys.argv[1])) as opened:
        _load()
        wish = _serve(opened)
    if wish is not None:
        from generator.cli import main

        _become(wish)
        main()
