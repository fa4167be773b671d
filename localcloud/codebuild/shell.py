"""The one shell in which all commands of a build run."""

import contextlib
import os
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

# Reads commands, each ended by a zero byte, and tells the status of each. What a command exports
# and where it goes stays, also when it ends the shell (exit, set -e): then another one goes on.
_LOOP = r"""
export -n __IN __OUT __LIFE __STATE __MODE __LOOP
__state() { { env -0 > "$__STATE.new" && mv "$__STATE.new" "$__STATE"; } 2>/dev/null; }
trap '__status=$?; __state; printf "exit %s\n" "$__status" >&"$__OUT"' EXIT
while IFS= read -r -d '' -u "$__IN" __command; do
  eval "$__command" </dev/null
  __status=$?
  __state
  printf '%s\n' "$__status" >&"$__OUT"
done
trap - EXIT
"""
# When the server is gone, so is the other end of this pipe: then everything here ends.
_GUARDED = """
{ read -r -u "$__LIFE" __; kill -KILL 0; } </dev/null >/dev/null 2>&1 &
exec -a "$0" bash --noprofile --norc $__MODE -c "$__LOOP" "$0"
"""
_OF_THE_SHELL = ("_", "SHLVL", "OLDPWD")
LOOK_SECONDS = 1.0


class StoppedError(Exception):
    """The build was stopped, or is out of time."""


class Shell:
    """Run commands one after the other; variables and the folder last from one to the next."""

    def __init__(
        self, *, posix: bool, environment: Mapping[str, str], folder: Path, state: Path
    ) -> None:
        self.environment = dict(environment)
        self.deadline = float("inf")
        self._posix = posix
        self._folder = folder
        self._state = state
        self._process: subprocess.Popen[bytes] | None = None
        self._commands = self._statuses = self._life = -1
        self._stopped = False

    def run(self, command: str, say: Callable[[str], None] = lambda _: None) -> int:
        """Run a command and return its exit status; `say` gets each line of what it prints."""
        process = self._process or self._start()
        assert process.stdout is not None
        output = _Lines(process.stdout.fileno(), say)
        status = None
        with contextlib.suppress(BrokenPipeError), selectors.DefaultSelector() as selector:
            _write(self._commands, command.encode() + b"\0")
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(self._statuses, selectors.EVENT_READ)
            status = self._wait(process, selector, output)
        output.finish()
        self._read_state()
        if status is None or status.startswith("exit"):
            self.close()
            if self._stopped:
                raise StoppedError
            status = (status or f"exit {process.returncode}").removeprefix("exit ")
        code = int(status)
        # Killed by a signal, as a shell tells it.
        return code if code >= 0 else 128 - code

    def _wait(
        self,
        process: "subprocess.Popen[bytes]",
        selector: selectors.BaseSelector,
        output: "_Lines",
    ) -> str | None:
        """Pass lines on until the status comes; None when the shell was killed."""
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.kill()
            ready = {key.fd for key, _ in selector.select(max(0, min(left, LOOK_SECONDS)))}
            if output.file in ready and not output.read():
                selector.unregister(output.file)
            if self._statuses in ready:
                return os.read(self._statuses, 64).decode().strip() or None
            if process.poll() is not None:
                return None

    def set(self, name: str, value: str) -> None:
        """Set a variable for the commands to come."""
        self.environment[name] = value
        if self._process is not None:
            self.run(f"export {name}={shlex.quote(value)}")

    def kill(self) -> None:
        """End every process of the build, at once; callable on any thread."""
        self._stopped = True
        process = self._process
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the shell and whatever runs in its background."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for file in (self._commands, self._statuses, self._life):
            os.close(file)
        if process.stdout is not None:
            process.stdout.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        commands, self._commands = os.pipe()
        self._statuses, statuses = os.pipe()
        life, self._life = os.pipe()
        own = {
            "__IN": str(commands),
            "__OUT": str(statuses),
            "__LIFE": str(life),
            "__STATE": str(self._state),
            "__MODE": "--posix" if self._posix else "",
            "__LOOP": _LOOP,
        }
        folder = Path(self.environment.get("PWD", self._folder))
        process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-c", _GUARDED, "sh" if self._posix else "bash"],
            env={**self.environment, **own},
            cwd=folder if folder.is_dir() else self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(commands, statuses, life),
            start_new_session=True,
        )
        for file in (commands, statuses, life):
            os.close(file)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._process = process
        # Whoever stopped it before this saw no process to kill.
        if self._stopped:
            self.kill()
        return process

    def _read_state(self) -> None:
        if self._state.exists():
            text = self._state.read_bytes().decode(errors="replace")
            pairs = (one.partition("=") for one in text.split("\0") if one)
            self.environment = {
                name: value for name, _, value in pairs if name not in _OF_THE_SHELL
            }


class _Lines:
    """Cut what a process prints into lines."""

    def __init__(self, file: int, say: Callable[[str], None]) -> None:
        self.file = file
        self._say = say
        self._rest = b""

    def read(self) -> bool:
        """Read what is there; False when there is nothing more."""
        try:
            data = os.read(self.file, 65536)
        except BlockingIOError:
            return False
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._say(_text(line))
        return bool(data)

    def finish(self) -> None:
        """Read what was printed before the command ended, the last line too."""
        while self.read():
            pass
        if self._rest:
            self._say(_text(self._rest))
            self._rest = b""


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
