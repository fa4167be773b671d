"""The files of a new project: written all, or none when one of them is there already."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from generator.config import load
from generator.errors import GenError, Problem
from generator.render.environment import Renderer
from generator.scaffold.answers import Answers
from generator.scaffold.wheel import WHEELS, own_wheel
from generator.shipped import ROOT, Folder

ENVIRONMENT = "dev"
_SKELETON = ROOT / "skeleton"
_RENDERED = ".j2"
_HIDDEN = {"gitignore": ".gitignore"}
_LOCKS = {
    "project": "dev", "gen": "gen", "scan-dependencies": "scan-dependencies",
    "scan-policies": "scan-policies", "scan-secrets": "scan-secrets",
}  # fmt: skip
"""gen's locks, and what a project calls them: its own tests need less than gen's."""
_BUILDSPECS = "templates/buildspecs"
_VENDOR = "vendor"


def problems_of(answers: Answers) -> list[Problem]:
    """Say what is wrong with answers, as the parameter files see it that they are written to."""
    with tempfile.TemporaryDirectory() as scratch:
        _write(Path(scratch), _skeleton(answers))
        try:
            load(Path(scratch), ENVIRONMENT)
        except GenError as error:
            # Nobody has these files yet: their lines would tell nothing.
            return [dataclasses.replace(each, file=None, line=None) for each in error.problems]
    return []


def begin(folder: Path, answers: Answers) -> list[str]:
    """Write a new project; give the names of its files.

    Raises GenError with everything that is wrong with the answers, or with every file that is in
    the way: nothing is written then.
    """
    if wrong := problems_of(answers):
        raise GenError(wrong)
    files = _skeleton(answers) | _carried()
    if in_the_way := _in_the_way(folder, files):
        raise GenError(in_the_way)
    _write(folder, files)
    return sorted(files)


def renew(project: Path) -> list[str]:
    """Bring what a project's builds need to this gen; give the names of the files that changed.

    Its buildspecs stay as they are: only those that are not there are written.
    """
    carried = _carried()
    files = {
        name: content
        for name, content in carried.items()
        if not (name.startswith(_BUILDSPECS) and (project / name).exists())
        and _read(project / name) != content
    }
    _write(project, files)
    for former in (project / _VENDOR).glob(f"{WHEELS}*.whl"):
        if f"{_VENDOR}/{former.name}" not in carried:
            former.unlink()
    return sorted(files)


def _skeleton(answers: Answers) -> dict[str, bytes]:
    """Fill in what is the project's own from the first day on."""
    renderer = Renderer(Folder(_SKELETON, "gen:skeleton"))
    values = dataclasses.asdict(answers) | {"primary": answers.primary}
    files: dict[str, bytes] = {}
    for path in _files(_SKELETON):
        name = path.relative_to(_SKELETON).as_posix()
        if name.endswith(_RENDERED):
            text = renderer.render(name, values).text
            files[name.removesuffix(_RENDERED)] = text.encode()
        else:
            files[_HIDDEN.get(name, name)] = path.read_bytes()
    return files


def _carried() -> dict[str, bytes]:
    """Gather what builds need: their commands, which they read from the source, locks, and gen."""
    name, wheel = own_wheel()
    buildspecs = (ROOT / _BUILDSPECS).iterdir()
    files = {f"{_BUILDSPECS}/{path.name}": path.read_bytes() for path in buildspecs}
    for lock, called in _LOCKS.items():
        path = ROOT / ".ci/requirements" / f"{lock}.txt"
        files[f".ci/requirements/{called}.txt"] = path.read_bytes()
    files[f"{_VENDOR}/{name}"] = wheel
    digest = hashlib.sha256(wheel).hexdigest()
    files[".ci/requirements/self.txt"] = (
        "# gen itself: the project carries it along, so that nobody has to publish it.\n"
        f"./{_VENDOR}/{name} \\\n    --hash=sha256:{digest}\n"
    ).encode()
    return files


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def _in_the_way(folder: Path, files: Mapping[str, bytes]) -> list[Problem]:
    """Find what is where the project's files go."""
    hint = "nothing was written: move it away, or begin in another folder"
    if folder.exists() and not folder.is_dir():
        return [Problem("this is no folder", file=folder, hint=hint)]
    taken: dict[str, str] = {}
    for name in sorted(files):
        path = folder / name
        if path.exists() or path.is_symlink():
            taken[name] = "is there already"
        for parent in Path(name).parents:
            if (folder / parent).exists() and not (folder / parent).is_dir():
                taken[parent.as_posix()] = "is no folder"
    return [
        Problem(what, file=folder / name, hint=hint if last else None)
        for name, what, last in (
            (name, what, position == len(taken))
            for position, (name, what) in enumerate(taken.items(), 1)
        )
    ]


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
