"""Have texts judged in processes of their own, each within a time limit, several at once."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from generator.lint.findings import CRASHED, Level, Remark
from generator.lint.question import Question

MOST = 8
"""Workers at once: each has the memory and the start-up time of a cfn-lint of its own."""
PATIENT_SECONDS = 600.0
"""For one text, where it is our own: a slow machine is no mistake in it."""
START_SECONDS = 120.0
"""For a worker to load cfn-lint and all rules."""


class WorkerError(Exception):
    """A worker came to no answer."""


def _command() -> list[str]:
    """Start a worker with the same code as here, wherever it is and whatever folder this is."""
    code = f"import sys; sys.path[:] = {sys.path!r}; from generator.lint.worker import main; main()"
    return [sys.executable, "-c", code]


class _Worker:
    """A process that answers one question at a time."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  closed with the worker
        self._process = subprocess.Popen(
            _command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
        )
        try:
            self._hear(START_SECONDS, f"cfn-lint was not loaded within {START_SECONDS:g} seconds")
        except BaseException:
            self.stop()
            raise

    def ask(self, row: dict[str, Any], *, limit: float) -> Any:
        """Ask, and wait for the answer; a worker that gave none is of no more use."""
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # which is told by the answer that never comes
            self._process.stdin.write(json.dumps({**row, "limit": limit}) + "\n")
            self._process.stdin.flush()
        return self._hear(limit, f"this took longer than the limit of {limit:g} seconds")

    def _hear(self, limit: float, too_late: str) -> Any:
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(limit, end)
        timer.daemon = True
        timer.start()
        try:
            assert self._process.stdout
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if line.endswith("\n"):
            return json.loads(line)
        raise WorkerError(too_late if late.is_set() else self._death())

    def _death(self) -> str:
        code = self._process.wait()
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"the process that judged this ended {how}" + (f": {lines[-1]}" if lines else "")

    def stop(self) -> None:
        """End it, whatever it is at."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._said):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


_idle: list[_Worker] = []
"""Workers that wait for a question: who asks again does not load cfn-lint again."""
_busy: list[_Worker] = []


@atexit.register
def _stop() -> None:
    for workers in (_idle, _busy):
        while workers:
            workers.pop().stop()


def ask(row: dict[str, Any], *, limit: float = PATIENT_SECONDS) -> Any:
    """Ask any worker one thing."""
    try:
        worker = _idle.pop()
    except IndexError:
        worker = _Worker()
    _busy.append(worker)
    try:
        answer = worker.ask(row, limit=limit)
        _idle.append(worker)
    except BaseException:
        worker.stop()
        raise
    finally:
        with contextlib.suppress(ValueError):  # stopped meanwhile
            _busy.remove(worker)
    return answer


def judge(questions: Sequence[Question], *, limit: float = PATIENT_SECONDS) -> list[list[Remark]]:
    """Judge texts, several at once; the remarks on each, in the order of the questions.

    Never raises for a bad text: one that takes too long, or that ends its worker, has a remark.
    """
    if not questions:
        return []

    def one(question: Question) -> list[Remark]:
        try:
            return [Remark.from_row(row) for row in ask(question.as_row(), limit=limit)]
        except WorkerError as error:
            return [Remark(CRASHED, Level.ERROR, str(error), line=1, column=1, path=())]

    # The longest first, so that none is begun when all others are done.
    order = sorted(range(len(questions)), key=lambda i: -len(questions[i].text))
    pool = ThreadPoolExecutor(min(len(questions), _processors(), MOST), "lint")
    try:
        found = dict(zip(order, pool.map(one, (questions[i] for i in order)), strict=True))
    except BaseException:  # Ctrl-C: nobody waits for these any more
        pool.shutdown(cancel_futures=True, wait=False)
        _stop()
        raise
    pool.shutdown()
    return [found[i] for i in range(len(questions))]


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
