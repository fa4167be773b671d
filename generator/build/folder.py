"""A build on disk: put in place whole, or not at all, and read back only when it is intact."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from generator.build.inputs import digest
from generator.build.manifest import Manifest
from generator.config import Loaded
from generator.errors import GenError, Problem
from generator.installed import content_of
from generator.plan import Schemas, read_schemas
from generator.plan.schemas import FILE

ATTEMPTS = 20
"""How often a run makes room for its build, where others put theirs meanwhile."""


def folder_of(root: Path, environment: str) -> Path:
    """Say where an environment's build lives."""
    return root / "build" / environment


def schemas_of(folder: Path) -> Schemas:
    """Read which property changes replace a resource; nothing in a build that does not say."""
    try:
        return read_schemas((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def write(root: Path, environment: str, files: Mapping[str, bytes]) -> Path:
    """Put a build in place of the former one, in one move; of several runs at once, the last."""
    target = folder_of(root, environment)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{environment}.", dir=target.parent))
    try:
        fresh = scratch / "new"
        for name, data in files.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_bytes(data)
        for attempt in range(ATTEMPTS):
            with contextlib.suppress(FileNotFoundError):
                target.replace(scratch / f"old-{attempt}")
            try:
                fresh.replace(target)
                break
            except OSError:  # another run was quicker: its build makes room, too
                if attempt == ATTEMPTS - 1:
                    raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def open_build(root: Path, loaded: Loaded) -> tuple[Manifest, Path]:
    """Read an environment's build.

    Raises GenError when there is none, when a file was changed by hand, or when the parameter
    files, templates or code have changed since: what is deployed is what was proven.
    """
    environment = loaded.config.environment
    folder = folder_of(root, environment)
    shown = f"build/{environment}"
    again = f"run `gen render -e {environment}`"
    try:
        manifest = Manifest.from_json((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GenError(Problem("there is no build yet", file=shown, hint=again)) from None
    except (ValueError, KeyError, TypeError, OSError):
        raise GenError(
            Problem("not a build of this version of gen", file=f"{shown}/manifest.json", hint=again)
        ) from None
    if manifest.inputs != digest(root, loaded):
        raise GenError(
            Problem(
                "the build is out of date: parameters, templates or code have changed since",
                file=shown, hint=again,
            )
        )  # fmt: skip
    changed = [
        name for name, sha256 in manifest.files.items() if content_of(folder / name) != sha256
    ]
    if changed:
        raise GenError(
            [
                Problem("changed since it was proven", file=f"{shown}/{name}", hint=again)
                for name in changed
            ]
        )
    return manifest, folder
