"""Wheels: fetched once by pip into the cache, and read as the zips that they are."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from generator.errors import GenError, Problem
from generator.package import pip_errors
from generator.package.requirements import Pin
from generator.package.target import Target

Pip = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]
"""Runs pip with arguments; tests give another."""


def run_pip(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run the pip of this interpreter."""
    return subprocess.run(
        [sys.executable, "-m", "pip", *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        stdin=subprocess.DEVNULL,
    )


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel's file name and its bytes."""

    name: str
    data: bytes

    @property
    def is_pure(self) -> bool:
        """Say whether it runs on every machine, by its tags (PEP 427)."""
        return self.name.removesuffix(".whl").endswith("-none-any")

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Lay it out as an installation would, without what would differ between two of them.

        Scripts, headers and data of the environment have no place in a Lambda function. Metadata
        stays: importlib.metadata and vulnerability scanners read it.
        """
        with zipfile.ZipFile(BytesIO(self.data)) as archive:
            for entry in archive.infolist():
                path = _installed_path(entry.filename)
                if path and not entry.is_dir():
                    yield path, archive.read(entry)


def _installed_path(name: str) -> str | None:
    parts = PurePosixPath(name).parts
    if parts and parts[0].endswith(".data"):
        if parts[1:2] not in (("purelib",), ("platlib",)):
            return None
        parts = parts[2:]
    if parts[:1] == ("/",) or ".." in parts or "\\" in name:
        raise GenError(f"a wheel has a file outside of its folder: {name!r}")
    if not parts or "__pycache__" in parts or parts[-1].endswith((".pyc", ".pyo")):
        return None
    if parts[0].endswith(".dist-info") and parts[-1] in _INSTALLERS_OWN:
        return None
    return "/".join(parts)


_INSTALLERS_OWN = (
    "RECORD",
    "RECORD.jws",
    "RECORD.p7s",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
)


def fetch(
    pins: Sequence[Pin], *, target: Target, cache: Path, lock: Path, pip: Pip = run_pip
) -> list[Wheel]:
    """Answer the wheels of a lock, by name; asks pip only for a lock it has not seen complete.

    Raises GenError on `lock` with pip's reason. Safe for several runs at once: a folder of wheels
    appears whole, by a rename, and every wheel is compared with its hash whenever it is read.
    """
    if not pins:
        return []
    text = "".join(f"{pin}\n" for pin in pins)
    key = hashlib.sha256(f"{target!r}\n{text}".encode()).hexdigest()
    folder = cache / "wheels" / key
    if wheels := _read(folder, pins):
        return wheels
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as scratch:
        fresh = Path(scratch, "wheels")
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text(text, encoding="utf-8")
        done = pip(_arguments(requirements, fresh, target))
        if done.returncode:
            raise GenError(pip_errors.problem(done.stdout + done.stderr, lock=lock, target=target))
        wheels = _read(fresh, pins)
        if not wheels:
            raise GenError(Problem("pip did not fetch what the lock says", file=lock))
        _publish(fresh, folder, pins)
    return wheels


def _arguments(requirements: Path, folder: Path, target: Target) -> list[str]:
    return [
        *("download", "--no-deps", "--require-hashes", "--only-binary=:all:"),
        *("--no-input", "--disable-pip-version-check", "--progress-bar=off"),
        *target.pip_options(),
        *("-r", str(requirements), "-d", str(folder)),
    ]


def _read(folder: Path, pins: Sequence[Pin]) -> list[Wheel] | None:
    """Read a folder of wheels; None unless it has one for each pin and each is the locked one."""
    try:
        wheels = [Wheel(path.name, path.read_bytes()) for path in sorted(folder.glob("*.whl"))]
    except FileNotFoundError:  # replaced by another run meanwhile
        return None
    found = {hashlib.sha256(wheel.data).hexdigest() for wheel in wheels}
    complete = len(wheels) == len(pins) and all(found & pin.hashes for pin in pins)
    return wheels if complete else None


def _publish(fresh: Path, folder: Path, pins: Sequence[Pin]) -> None:
    """Put a complete folder in place, unless another run just did."""
    try:
        fresh.rename(folder)
    except OSError:
        if _read(folder, pins) is None:  # damaged: make room; what moves is removed with `fresh`
            with contextlib.suppress(OSError):
                folder.rename(fresh.with_name("damaged"))
                fresh.rename(folder)
