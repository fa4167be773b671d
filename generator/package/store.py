"""Packages that were built before, found by everything that goes into one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from generator.package.requirements import Pin
from generator.package.target import Target

KEPT = 5
"""Packages kept per function."""


class Store:
    """The cached package of these files, pins and target in a function's cache folder."""

    def __init__(
        self, folder: Path, *, target: Target, files: Mapping[str, bytes], pins: Sequence[Pin]
    ):
        key = hashlib.sha256(f"{_rules()} {target!r}\n".encode())
        for pin in pins:
            key.update(f"{pin}\n".encode())
        for path in sorted(files):
            digest = hashlib.sha256(files[path]).hexdigest()
            key.update(f"{json.dumps(path)} {digest}\n".encode())
        self._folder = folder
        self._entry = folder / key.hexdigest()

    def load(self) -> tuple[bytes, tuple[str, ...]] | None:
        """Answer the zip and its compiled parts; None when absent, or not as it was saved."""
        try:
            data = (self._entry / "package.zip").read_bytes()
            known = json.loads((self._entry / "package.json").read_bytes())
            if known["sha256"] != hashlib.sha256(data).hexdigest():
                return None
            os.utime(self._entry)  # used: the last to be dropped
            return data, tuple(known["compiled"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, data: bytes, compiled: tuple[str, ...]) -> None:
        """Keep a package, whole or not at all, and drop the oldest ones."""
        self._folder.mkdir(parents=True, exist_ok=True)
        known = {"sha256": hashlib.sha256(data).hexdigest(), "compiled": compiled}
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".build-") as scratch:
            fresh = Path(scratch, "package")
            fresh.mkdir()
            (fresh / "package.zip").write_bytes(data)
            (fresh / "package.json").write_text(json.dumps(known), encoding="utf-8")
            # What is there now could not be loaded, or is the same from another run just now.
            shutil.rmtree(self._entry, ignore_errors=True)
            with contextlib.suppress(OSError):
                fresh.rename(self._entry)
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        ages = []
        for entry in self._folder.glob("[!.]*"):
            try:
                ages.append((entry.stat().st_mtime_ns, entry))
            except FileNotFoundError:  # dropped by another run
                continue
        for _, entry in sorted(ages, reverse=True)[KEPT:]:
            shutil.rmtree(entry, ignore_errors=True)


@cache
def _rules() -> str:
    """Digest the code that packages: another rule is another package."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()
