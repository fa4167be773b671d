"""Time commands by turns, so that what a machine does besides touches all of them alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NOT_OURS = ("AWS_", "GEN_", "PYTHON", "POWERTOOLS_", "CFN_LINT")
"""Beginnings of variables that would make commands do something else than on another machine."""
SHORT = 2
"""Rounds of short commands for each round of long ones."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is timed: one process after the other, with what has to be done before it."""

    steps: Sequence[Sequence[str | Path]]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None

    def run(self) -> Run:
        """Run it once."""
        self.before()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(NOT_OURS)}
        began, processor = time.perf_counter(), 0.0
        for step in self.steps:
            with subprocess.Popen(
                [str(part) for part in step], cwd=self.folder, env={**kept, **self.environment},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            ) as process:  # fmt: skip
                assert process.stdout
                said = process.stdout.read()
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            processor += used.ru_utime + used.ru_stime
            if process.returncode:
                shown = " ".join(str(part) for part in step)
                sys.exit(f"{shown} ended with {process.returncode}:\n{said.decode()}")
        return Run(time.perf_counter() - began, processor)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took, in seconds: all that passed, and the processors' part of it."""

    passed: float
    processor: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much longer one command takes than another: medians of runs side by side."""

    passed: float
    low: float
    high: float
    processor: float


class Rounds:
    """Runs of several commands by turns."""

    def __init__(self, commands: Mapping[str, Command], number: int, *, warm: bool = True):
        """Run each once without counting it, to find files read and compiled; then each a round."""
        for command in commands.values() if warm else ():
            command.run()
        self.runs: dict[str, list[Run]] = {name: [] for name in commands}
        order = list(commands)
        for _ in range(number):
            for name in order:
                self.runs[name].append(commands[name].run())
            order.append(order.pop(0))  # nobody is always the one after the same other

    def seconds(self, name: str) -> float:
        """Give the middle of a command's runs."""
        return statistics.median(run.passed for run in self.runs[name])

    def processor(self, name: str) -> float:
        """Give the middle of its seconds of processor time."""
        return statistics.median(run.processor for run in self.runs[name])

    def noise(self, name: str) -> float:
        """Say how many times as long as its fastest run a command's slowest one took."""
        passed = [run.passed for run in self.runs[name]]
        return max(passed) / min(passed)

    def ratio(self, ours: str, theirs: str) -> Ratio:
        """Compare two commands round by round."""
        pairs = list(zip(self.runs[ours], self.runs[theirs], strict=True))
        passed = [one.passed / other.passed for one, other in pairs]
        processor = [one.processor / other.processor for one, other in pairs]
        return Ratio(
            statistics.median(passed), min(passed), max(passed), statistics.median(processor)
        )
