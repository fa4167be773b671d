"""Digest everything that a build is made from, so that a stale build is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import generator
from generator.installed import content_of, files_below

if TYPE_CHECKING:
    from generator.config import Loaded


def digest(root: Path, loaded: Loaded) -> str:
    """Digest the parameter files, the templates, the functions' folders and gen's version."""
    return digest_of(root, loaded.files, folders_of(root, loaded))


def digest_of(root: Path, files: Iterable[Path], folders: Iterable[Path]) -> str:
    """Digest files, and all that counts in folders, by their names in the project."""
    total = hashlib.sha256(generator.__version__.encode())
    for file in sorted({*files, *(file for folder in folders for file in _counting(folder))}):
        name = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
        total.update(f"\0{name}\0{content_of(file)}".encode())
    return total.hexdigest()


def folders_of(root: Path, loaded: Loaded) -> list[Path]:
    """List the folders that a build is made from."""
    from generator.config.support import support_of

    config = loaded.config
    sources = {each.source for each in config.functions.values()}
    sources |= {support.source for support in support_of(config)}
    return [root / "templates", *(root / source for source in sorted(sources))]


def _counting(folder: Path) -> Iterator[Path]:
    for file in files_below(folder):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        # Of what is hidden, a template may include templates; the rest are the editors' and git's.
        if file.is_file() and (not hidden or file.suffix == ".j2"):
            yield file
