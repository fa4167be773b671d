"""Digest everything that a build is made from, so that a stale build is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import generator
from generator.config import Loaded
from generator.config.support import support_of


def digest(root: Path, loaded: Loaded) -> str:
    """Digest the parameter files, the templates, the functions' folders and gen's version."""
    total = hashlib.sha256(generator.__version__.encode())
    for file in sorted(_files(root, loaded)):
        name = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
        total.update(f"\0{name}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _files(root: Path, loaded: Loaded) -> Iterator[Path]:
    yield from loaded.files
    config = loaded.config
    sources = {each.source for each in config.functions.values()}
    sources |= {support.source for support in support_of(config)}
    folders = {root / "templates", *(root / source for source in sources)}
    for folder in folders:
        for file in folder.rglob("*"):
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if file.is_file() and not hidden and "__pycache__" not in file.parts:
                yield file
