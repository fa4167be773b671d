"""What cfn-lint said before, found by everything that decides what it says."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from generator.installed import content_of, schema_dates

KEPT = 2000
"""Answers kept: the last ones used. Each is small."""


class Store:
    """Answers as JSON, one file each; those of another cfn-lint or other rules are never found."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._is_tidy = False

    def load(self, *question: object) -> Any:
        """Answer a question's answer; None when absent, or not as it was saved."""
        entry = self._entry(question)
        try:
            kept = json.loads(entry.read_bytes())
            if kept["sha256"] != _digest(kept["answer"]):
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        with contextlib.suppress(OSError):
            os.utime(entry)  # used: the last to be dropped
        return kept["answer"]

    def save(self, answer: Any, *question: object) -> None:
        """Keep an answer, whole or not at all: a full disk only costs time, the next time."""
        kept = {"sha256": _digest(answer), "answer": answer}
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=".") as scratch:
                fresh = Path(scratch, "answer.json")
                fresh.write_text(json.dumps(kept), encoding="utf-8")
                fresh.replace(self._entry(question))
            self._drop_oldest()

    def _entry(self, question: tuple[object, ...]) -> Path:
        return self._folder / f"{_digest([_rules(), *question])}.json"

    def _drop_oldest(self) -> None:
        """Drop what was not used for long, once a run."""
        if self._is_tidy:
            return
        self._is_tidy = True
        ages = []
        for entry in self._folder.glob("[!.]*"):
            with contextlib.suppress(FileNotFoundError):  # dropped by another run
                ages.append((entry.stat().st_mtime_ns, entry))
        for _, entry in sorted(ages, reverse=True)[KEPT:]:
            entry.unlink(missing_ok=True)


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


@cache
def _rules() -> str:
    """Digest what answers: cfn-lint, the schemas that it reads, our settings and code."""
    folder = Path(__file__).parent
    files = [file for kind in ("py", "yaml", "json") for file in folder.rglob(f"*.{kind}")]
    # Not sorted with the dates: a build of the pipeline has its source elsewhere.
    contents = map(content_of, [*sorted(files), *schema_dates()])
    return _digest([version("cfn-lint"), sys.version_info[:2], *contents])
