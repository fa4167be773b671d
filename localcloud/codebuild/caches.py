"""The local custom caches of projects: folders that last from one build to the next.

https://docs.aws.amazon.com/codebuild/latest/userguide/caching-local.html
"""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from localcloud.codebuild.model import Build
from localcloud.errors import LocalCloudError

CUSTOM = "LOCAL_CUSTOM_CACHE"


class Caches:
    """Keep a folder of cached folders for each project."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seeds: dict[str, Path] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget what was cached, and what caches begin with."""
        self._seeds.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def seed(self, folder: str, origin: Path) -> None:
        """Let the caches of all projects begin with a copy of a folder."""
        name = folder_of(folder)
        if name is None:
            raise LocalCloudError(f"folder must be inside the source: {folder}")
        if not origin.is_absolute() or not origin.is_dir():
            raise LocalCloudError(f"from must be the absolute path of a folder: {origin}")
        with self._lock:
            self._seeds[name] = origin
            for project in self._folder.glob("*"):
                shutil.copytree(origin, project / name, dirs_exist_ok=True)

    def link(
        self, build: Build, paths: tuple[str, ...], source: Path, say: Callable[[str], None]
    ) -> None:
        """Show a build the folders that its buildspec caches; what the source has comes first."""
        cache = build.record.get("cache") or {}
        if cache.get("type") != "LOCAL" or CUSTOM not in (cache.get("modes") or []):
            return
        place, project = build.place, build.record["projectName"]
        for path in paths:
            name = folder_of(path)
            if name is None:
                say(f"Not cached by the local cloud, for it is outside the source: {path}")
                continue
            kept = self._folder / f"{place.account}-{place.region}-{project}" / name
            with self._lock:
                self._prepare(kept, name)
            here = source / name
            if here.is_symlink() or here.exists():
                say(f"Not cached, for the source has it: {path}")
                continue
            here.parent.mkdir(parents=True, exist_ok=True)
            here.symlink_to(kept)
            say(f"MkdirAll: {path} is cached")

    def _prepare(self, kept: Path, name: str) -> None:
        if kept.exists():
            return
        if name in self._seeds:
            shutil.copytree(self._seeds[name], kept)
        else:
            kept.mkdir(parents=True)


def folder_of(path: str) -> str | None:
    """Return the folder of a cache path such as build/cache/**/*; None outside the source."""
    parts = Path(path).parts
    named = [part for part in parts if part != "."]
    while named and set(named[-1]) <= {"*"}:
        named.pop()
    outside = Path(path).is_absolute() or ".." in named or "~" in path or "$" in path
    return None if outside or not named or "*" in "".join(named) else "/".join(named)
