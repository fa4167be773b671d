"""Know what is installed: gen's own code, everything that it calls, and the schemas of cfn-lint.

Nothing heavy is imported for it: whoever asks wants to know whether that is needed at all.
"""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def fingerprint() -> str:
    """Digest what decides, besides a project's own files, what becomes of them."""
    total = hashlib.sha256(sys.version.encode())
    own = Path(__file__).parent
    for file in files_below(own):
        total.update(f"\0{file.relative_to(own).as_posix()}\0{content_of(file)}".encode())
    # Names of these folders hold the versions: cheaper than importlib.metadata, and of everything.
    total.update("\0".join(_distributions()).encode())
    # Not with their places: who runs in a container has the same ones elsewhere.
    total.update("".join(f"\0{content_of(file)}" for file in schema_dates()).encode())
    return total.hexdigest()


def files_below(folder: Path) -> list[Path]:
    """List the files of a folder and those below it, linked ones too, but none that Python made."""
    found, seen = [], set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(parent)) in seen:  # a link to where we come from
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if name != "__pycache__"]
        found += [Path(parent, name) for name in files]
    return sorted(found)


def content_of(file: Path) -> str | None:
    """Digest a file; None when it can't be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None


def _distributions() -> list[str]:
    folders = [Path(folder) for folder in dict.fromkeys(sys.path) if folder]
    return sorted(
        each.name
        for folder in folders
        if folder.is_dir()
        for each in folder.iterdir()
        if each.suffix in (".dist-info", ".egg-info")
    )


def schema_dates() -> list[Path]:
    """Say where cfn-lint notes the date of its schemas: as installed, and as updated since.

    Known without importing cfn-lint, which takes longer than all the rest of a build.
    """
    home = Path.home()
    updated = {
        "win32": Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")),
        "darwin": home / "Library" / "Caches",
    }.get(sys.platform, Path(os.environ.get("XDG_CACHE_HOME", home / ".cache")))
    found = find_spec("cfnlint")
    installed = [Path(found.origin).parent / "data"] if found and found.origin else []
    folders = [*installed, updated / "aws" / "cfn-lint"]
    return [folder / "schemas" / "version.json" for folder in folders]
