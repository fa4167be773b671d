"""The Python of builds: an environment of each build's own that has this interpreter's packages.

Nothing is installed into it: a .pth file shows it the packages of whoever runs the local cloud.
So pip finds what is there already, and what a build installs is gone with the build.
"""

import json
import os
import shutil
import sys
import threading
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

_SCRIPT = """#!/bin/sh
'''exec' "$(dirname "$0")/python" "$0" "$@"
' '''
import sys
from {module} import {name}
sys.exit({attribute}())
"""


class Interpreter:
    """Make environments for builds, by copying one that is made once."""

    def __init__(self, template: Path) -> None:
        self._template = template
        self._lock = threading.Lock()
        self._made = False

    def environment(self, folder: Path) -> Path:
        """Make a build's environment; return the folder of its programs."""
        with self._lock:
            if not self._made:
                _make(self._template)
                self._made = True
        shutil.copytree(self._template, folder, symlinks=True)
        return folder / "bin"


def _make(folder: Path) -> None:
    venv.EnvBuilder(symlinks=True, with_pip=False, clear=True).create(folder)
    # Those of activation name the folder in which they were made.
    for script in [*folder.glob("bin/[Aa]ctivate*")]:
        script.unlink()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = _package_folders()
    own = folder / "lib" / version / "site-packages"
    (own / "packages.pth").write_text("".join(f"{one}\n" for one in packages), encoding="utf-8")
    for command, target in _commands(packages):
        module, _, attribute = target.partition(":")
        script = folder / "bin" / command
        if script.exists():
            continue
        name = attribute.split(".")[0]
        text = _SCRIPT.format(module=module, name=name, attribute=attribute)
        script.write_text(text, encoding="utf-8")
        script.chmod(0o755)
    for program in _programs(Path(sys.prefix) / "bin"):
        if not (folder / "bin" / program.name).exists():
            (folder / "bin" / program.name).symlink_to(program.resolve())


def _package_folders() -> list[str]:
    """Return where this interpreter finds packages, but no one's sources."""
    names = ("site-packages", "dist-packages")
    return [path for path in sys.path if Path(path).name in names and Path(path).is_dir()]


def _commands(folders: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the commands of installed packages, and what each calls."""
    for package in distributions(path=folders):
        if not _is_editable(package):
            for entry in package.entry_points:
                if entry.group == "console_scripts":
                    yield entry.name, entry.value.partition("[")[0].strip()


def _programs(folder: Path) -> Iterator[Path]:
    """Yield what packages brought that is no script, such as ruff."""
    for path in folder.iterdir():
        if path.is_file() and not path.name.startswith("python") and os.access(path, os.X_OK):
            with path.open("rb") as file:
                if file.read(2) != b"#!":
                    yield path


def _is_editable(package: Distribution) -> bool:
    """Tell whether a package is somebody's sources, which a build must not run by accident."""
    origin = json.loads(package.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable"))
