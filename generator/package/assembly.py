"""A function's folder becomes its package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.errors import GenError, Problem
from generator.package import archive, requirements, sources
from generator.package.requirements import Pin
from generator.package.signature import signed_key
from generator.package.store import Store
from generator.package.target import Target
from generator.package.wheels import Pip, Wheel, fetch, run_pip

UNZIPPED_LIMIT = 262_144_000
"""Lambda's, in bytes: 250 MiB."""


@dataclass(frozen=True, slots=True)
class Package:
    """A zip for Lambda and what is known about it."""

    name: str
    """Of the function's folder."""
    data: bytes
    sha256: str
    """Of `data`, hex."""
    size: int
    unzipped_size: int
    pure: bool
    """Runs on any architecture."""
    compiled: tuple[str, ...]
    """Wheels and own files that don't."""
    files: tuple[str, ...]


def release_key(function_name: str, sha256: str, *, signed: bool = False) -> str:
    """Name a package in an artifact bucket: by content, so it is never written twice."""
    key = f"releases/{function_name}/{sha256}.zip"
    return signed_key(key) if signed else key


def build(source: Path, *, target: Target, cache: Path, pip: Pip = run_pip) -> Package:
    """Package a function's folder with its dependencies for a target.

    Raises GenError with everything that is wrong with its files and its lock at once. May run in
    several threads and processes on one cache.
    """
    own = sources.read(source)
    lock = source / sources.REQUIREMENTS
    pins, problems = _pins(lock)
    problems += sources.syntax_problems(own, source, target)
    if problems:
        raise GenError(problems)

    store = Store(cache / "packages" / source.name, target=target, files=own, pins=pins)
    built = store.load()
    if built is None:
        wheels = fetch(pins, target=target, cache=cache, lock=lock, pip=pip)
        files = _merge(own, wheels, source=source)
        _check_size(files, source)
        built = archive.write(files), _compiled(own, wheels)
        store.save(*built)
    data, compiled = built
    contents = archive.sizes(data)
    return Package(
        name=source.name,
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        unzipped_size=sum(contents.values()),
        pure=not compiled,
        compiled=compiled,
        files=tuple(contents),
    )


def _pins(lock: Path) -> tuple[tuple[Pin, ...], list[Problem]]:
    try:
        text = lock.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return (), []
    except UnicodeDecodeError:
        return (), [Problem("not UTF-8", file=lock)]
    return requirements.parse(text, lock)


def _merge(own: Mapping[str, bytes], wheels: Sequence[Wheel], *, source: Path) -> dict[str, bytes]:
    """Lay the function's files and its wheels side by side; two that disagree are a problem."""
    files = dict(own)
    origin = dict.fromkeys(own, source.name)
    problems = []
    for wheel in wheels:
        for path, content in wheel.files():
            if files.setdefault(path, content) != content:
                message = f"{path} comes from both {origin[path]} and {wheel.name}"
                problems.append(Problem(message, file=source, hint="rename or remove one"))
            origin.setdefault(path, wheel.name)
    if problems:
        raise GenError(problems)
    return files


def _compiled(own: Mapping[str, bytes], wheels: Sequence[Wheel]) -> tuple[str, ...]:
    native = [path for path, content in own.items() if archive.is_native(path, content)]
    return tuple(sorted([*native, *(wheel.name for wheel in wheels if not wheel.is_pure)]))


def _check_size(files: Mapping[str, bytes], source: Path) -> None:
    total = sum(map(len, files.values()))
    if total <= UNZIPPED_LIMIT:
        return
    largest = sorted(files, key=lambda path: (-len(files[path]), path))[:5]
    entries = ", ".join(f"{path} ({len(files[path]):,})" for path in largest)
    raise GenError(
        Problem(
            f"{total:,} bytes unzipped; Lambda takes {UNZIPPED_LIMIT:,}. Largest: {entries}",
            file=source,
            hint="drop what is not needed, or ship it as a container image",
        )
    )
