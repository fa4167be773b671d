"""Digest everything that a build is made from, so that a stale build is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import generator
from generator.installed import content_of, files_below
from generator.shipped import OWN, ROOT, template_folders

if TYPE_CHECKING:
    from generator.config import Loaded


def digest(root: Path, loaded: Loaded) -> str:
    """Digest the parameter files, the templates, the functions' folders and gen's version."""
    return digest_of(root, loaded.files, folders_of(root, loaded))


def digest_of(root: Path, files: Iterable[Path], folders: Iterable[Path]) -> str:
    """Digest files, and all that counts in folders, by where they lie in the project."""
    total = hashlib.sha256(generator.__version__.encode())
    counting = {*files, *(file for folder in folders for file in _counting(folder))}
    for name, file in sorted((_name(file, root), file) for file in counting):
        total.update(f"\0{name}\0{content_of(file)}".encode())
    return total.hexdigest()


def folders_of(root: Path, loaded: Loaded) -> list[Path]:
    """List the folders that a build is made from, with those that would be if they were there."""
    from generator.config.support import support_of

    config = loaded.config
    added = sorted({support.source for support in support_of(config)})
    sources = sorted({each.source for each in config.functions.values()} | set(added))
    return list(
        dict.fromkeys(
            [
                *(folder.path for folder in template_folders(root)),
                *(root / source for source in sources),
                # A project's own folder of that name wins, now or as soon as there is one.
                *(ROOT / source for source in added),
            ]
        )
    )


def _name(file: Path, root: Path) -> str:
    """Name a file by where it lies in the project, or in what gen brings along."""
    # The inner one first: gen may be installed within the project, or the project lie in gen's.
    folders = sorted(((root, ""), (ROOT, OWN)), key=lambda each: -len(each[0].parts))
    for folder, prefix in folders:
        if file.is_relative_to(folder):
            return prefix + file.relative_to(folder).as_posix()
    return str(file)


def _counting(folder: Path) -> Iterator[Path]:
    for file in files_below(folder):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        # Of what is hidden, a template may include templates; the rest are the editors' and git's.
        if file.is_file() and (not hidden or file.suffix == ".j2"):
            yield file
