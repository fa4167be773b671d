"""Texts are judged in other processes: within a limit, and whatever becomes of such a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.lint import workers
from generator.lint.findings import CRASHED, Remark
from generator.lint.question import Question

pytestmark = pytest.mark.unit

FAKE = """\
import json, os, signal, sys, time
print('"ready"', flush=True)
for line in sys.stdin:
    text = json.loads(line)["text"]
    if text.startswith("sleep"):
        time.sleep(600)
    if text.startswith("segfault"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if text.startswith("exit"):
        sys.exit("no memory left")
    row = dict(rule="E1", level="error", message=text + " " + str(os.getpid()), line=1, column=1,
               path=[])
    print(json.dumps([row]), flush=True)
"""
"""A worker that does what the text says."""


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(workers, "_command", lambda: [sys.executable, "-c", FAKE])
    monkeypatch.setattr(workers, "_idle", [])
    yield
    workers._stop()


def judged(*texts: str, limit: float = 60.0) -> list[Remark]:
    return [one for (one,) in workers.judge([Question(text) for text in texts], limit=limit)]


def test_answers_come_in_the_order_of_the_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_processors", lambda: 3)
    texts = [f"text {number}{' ' * number}" for number in range(20)]
    answers = judged(*texts)
    assert [" ".join(a.message.split()[:2]) for a in answers] == [t.strip() for t in texts]
    assert len({a.message.split()[-1] for a in answers}) <= 3


def test_no_more_workers_are_started_than_there_are_texts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_processors", lambda: 8)
    judged("one")
    assert len(workers._idle) == 1
    assert workers.judge([]) == []


def test_who_asks_again_is_answered_by_the_same_worker() -> None:
    assert judged("a")[0].message.split()[1] == judged("a")[0].message.split()[1]


def test_a_text_that_takes_too_long_is_a_finding_and_the_others_are_judged() -> None:
    begun = time.monotonic()
    late, fine = judged("sleep", "fine", limit=1)
    assert (late.rule, late.message) == (CRASHED, "this took longer than the limit of 1 seconds")
    assert fine.message.startswith("fine")
    assert time.monotonic() - begun < 30


def test_a_worker_that_dies_is_a_finding_and_the_others_are_judged() -> None:
    ended, killed, fine = judged("exit", "segfault", "fine")
    assert (ended.rule, ended.message) == (
        CRASHED,
        "the process that judged this ended with exit code 1: no memory left",
    )
    assert "ended by signal 11" in killed.message
    assert fine.message.startswith("fine")


def test_a_worker_that_can_not_start_is_a_finding_that_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = [sys.executable, "-c", "import no_such_module"]
    monkeypatch.setattr(workers, "_command", lambda: broken)
    (found,) = judged("text")
    assert "No module named 'no_such_module'" in found.message


def test_ctrl_c_ends_the_workers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[workers._Worker] = []

    def interrupted(self: workers._Worker, row: dict[str, object], *, limit: float) -> object:
        started.append(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(workers._Worker, "ask", interrupted)
    with pytest.raises(KeyboardInterrupt):
        judged("a")
    assert [worker._process.poll() is not None for worker in started] == [True]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_workers_stop_with_their_owner() -> None:
    # The real one, in the middle of a text: it hears that nobody waits any more.
    code = (
        "import json, os, sys\n"
        "from generator.lint import workers\n"
        "worker = workers._Worker()\n"
        "print(worker._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    pid = int(done.stdout)
    end = time.monotonic() + 20
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(pid)
