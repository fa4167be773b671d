"""Digest everything that a build is made from, so that a stale build is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import generator
from generator.config import Loaded
from generator.config.support import support_of
from generator.shipped import OWN, ROOT, template_folders


def digest(root: Path, loaded: Loaded) -> str:
    """Digest the parameter files, the templates, the functions' folders and gen's version."""
    total = hashlib.sha256(generator.__version__.encode())
    for name, file in sorted((_name(file, root), file) for file in _files(root, loaded)):
        total.update(f"\0{name}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _name(file: Path, root: Path) -> str:
    """Name a file by where it lies in the project, or in what gen brings along."""
    # The inner one first: gen may be installed within the project, or the project lie in gen's.
    folders = sorted(((root, ""), (ROOT, OWN)), key=lambda each: -len(each[0].parts))
    for folder, prefix in folders:
        if file.is_relative_to(folder):
            return prefix + file.relative_to(folder).as_posix()
    return str(file)


def _files(root: Path, loaded: Loaded) -> Iterator[Path]:
    yield from loaded.files
    config = loaded.config
    folders = {folder.path for folder in template_folders(root)}
    folders |= {root / each.source for each in config.functions.values()}
    # Both, since the project's own takes the place of gen's on the day that it is there.
    folders |= {here / each.source for each in support_of(config) for here in (root, ROOT)}
    for folder in folders:
        for file in folder.rglob("*"):
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if file.is_file() and not hidden and "__pycache__" not in file.parts:
                yield file
