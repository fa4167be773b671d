"""The private names of ministack's function processes: where their code lies.

As in ministack.py, nothing is decided here, and everything that comes from ministack is Any.
"""

# mypy: disable-error-code="import-untyped,no-any-return,no-untyped-call"

import hashlib
import importlib.util
import os
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime as _lambda_runtime


class Packages:
    """What packages and layers unpack to, one folder each, by the digest of the package.

    Packages share the files that they have in common, and what these compile to: from one release
    to the next that is all but a few.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        # Where a file lies that is named so and holds this.
        self._known: dict[tuple[str, bytes], Path] = {}

    def unpacked(self, package: zipfile.ZipFile) -> Path:
        """Return the folder of a package; whoever comes first unpacks it, the others wait."""
        digest = hashlib.sha256(Path(str(package.filename)).read_bytes()).hexdigest()
        folder = self._folder / digest
        with self._lock:
            if not folder.exists():
                self._folder.mkdir(parents=True, exist_ok=True)
                draft = Path(tempfile.mkdtemp(dir=self._folder))
                try:
                    new = self._unpack(package, draft)
                    draft.rename(folder)
                except BaseException:
                    shutil.rmtree(draft)
                    raise
                self._known |= {known: folder / known[0] for known in new}
        return folder

    def _unpack(self, package: zipfile.ZipFile, draft: Path) -> list[tuple[str, bytes]]:
        """Put the files of a package into a folder; return their names and digests."""
        names = package.namelist()
        if len(set(names)) < len(names) or not all(map(_is_plain, names)):
            # One file might be written over another, which may be a link to a third.
            package.extractall(draft)
            return []
        found = []
        for entry in package.infolist():
            if entry.is_dir():
                package.extract(entry, draft)
                continue
            known = entry.filename, hashlib.sha256(package.read(entry)).digest()
            source = self._known.get(known)
            if source is None or not source.is_file():
                package.extract(entry, draft)
            else:
                _link(source, draft / entry.filename)
            found.append(known)
        return found


def _is_plain(name: str) -> bool:
    """Say whether a file of a package lies where its name says."""
    return all(part not in ("", ".", "..") for part in name.removesuffix("/").split("/"))


def _link(source: Path, target: Path) -> None:
    """Let a module be found in two folders, and what it compiles to, if it has been imported."""
    pairs = [(source, target)]
    if source.suffix == ".py":
        compiled = [Path(importlib.util.cache_from_source(str(one))) for one in (source, target)]
        if compiled[0].is_file():
            pairs.append((compiled[0], compiled[1]))
    for old, new in pairs:
        new.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(old, new)
        except OSError:
            # Not every file system has links. With its time, what it compiled to still fits.
            shutil.copy2(old, new)


def unpack_once(folder: Path) -> None:
    """Let all processes that run the same package or layer share what it unpacks to, in `folder`.

    Its modules are compiled once, too. A cold start of a package of 500 files takes a third of
    the time, and every version of a function starts processes of its own. As on AWS, the code is
    nothing that a function may write to.
    """
    packages = Packages(folder)

    class SharedPackage(zipfile.ZipFile):
        def extractall(self, path: Any = None, *_: Any) -> None:
            with zipfile.ZipFile(str(self.filename)) as package:
                shared = packages.unpacked(package)
            Path(path).rmdir()
            Path(path).symlink_to(shared)

    _lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedPackage})
    # The environment says that nobody writes bytecode, which is right for builds.
    _lambda_runtime._PYTHON_WORKER_SCRIPT = (
        "import sys; sys.dont_write_bytecode = False\n" + _lambda_runtime._PYTHON_WORKER_SCRIPT
    )
