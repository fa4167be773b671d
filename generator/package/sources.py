"""A function's own files: which of them are shipped, and whether they are Python."""

from __future__ import annotations

import ast
import os
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from generator.errors import GenError, Problem
from generator.package.target import Target

REQUIREMENTS = "requirements.txt"

_SKIPPED_FOLDERS = (".*", "__pycache__", "tests", "*.egg-info")
_SKIPPED_FILES = (
    *(".*", "*.pyc", "*.pyo"),
    *("*~", "*.bak", "*.orig", "*.rej", "*.tmp", "#*#"),  # editors and merges
    "conftest.py",
)
_SKIPPED_AT_TOP = (REQUIREMENTS, "requirements.in")  # their content is shipped, not they

_ONE_AT_A_TIME = threading.Lock()


def read(source: Path) -> dict[str, bytes]:
    """Read what is shipped: content by path in the zip, in no particular order.

    Raises GenError for a folder that does not exist or has nothing, and for symbolic links.
    """
    if not source.is_dir():
        raise GenError(Problem(f"{source} is not a folder", hint="check the function's `source`"))
    files: dict[str, bytes] = {}
    links: list[Problem] = []
    for path in _walk(source, top=True):
        if path.is_symlink():
            links.append(Problem("a symbolic link", file=path, hint="put the file itself here"))
        else:
            files[path.relative_to(source).as_posix()] = path.read_bytes()
    if links:
        raise GenError(links)
    if not files:
        raise GenError(Problem(f"{source} has no files to ship"))
    return files


def _walk(folder: Path, *, top: bool) -> Iterator[Path]:
    """Find shipped files and every link beside them; os.scandir, because it is the fast one."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not _matches(entry.name, _SKIPPED_FOLDERS):
                    yield from _walk(Path(entry.path), top=False)
            elif not _matches(entry.name, _SKIPPED_FILES) and not (
                top and entry.name in _SKIPPED_AT_TOP
            ):
                yield Path(entry.path)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def syntax_problems(
    files: Mapping[str, bytes], source: Path, target: Target | None = None
) -> list[Problem]:
    """Report every .py file that the target's Python would refuse."""
    problems = []
    for name in sorted(files):
        if name.endswith(".py"):
            try:
                check(files[name], name, target)
            except (SyntaxError, ValueError) as error:  # ValueError: null bytes
                line = getattr(error, "lineno", None)
                message = getattr(error, "msg", None) or str(error)
                problems.append(Problem(message, source / name, line, _newer(target)))
    return problems


def parse(content: bytes, name: str, target: Target | None = None) -> ast.Module:
    """Parse a module as the target's Python would, as far as this one can tell."""
    here = sys.version_info[:2]
    version = min(target.version, here) if target else here
    # A doubtful escape is the author's business. Not catch_warnings: it is not for threads.
    warnings.simplefilter("ignore", SyntaxWarning)
    # Functions are packaged side by side, and before 3.11.8 Python counts the depth of all threads'
    # trees together (SystemError: AST constructor recursion depth mismatch).
    # https://github.com/python/cpython/issues/106905
    with _ONE_AT_A_TIME:
        return ast.parse(content, name, feature_version=version)


def check(content: bytes, name: str, target: Target | None = None) -> None:
    """Raise SyntaxError or ValueError for a module that does not compile (`return` at the top…)."""
    compile(parse(content, name, target), name, "exec", dont_inherit=True)


def _newer(target: Target | None) -> str | None:
    here = sys.version_info[:2]
    if target is None or target.version <= here:
        return None
    return (
        f"read by Python {here[0]}.{here[1]}; if it is syntax that only {target.python} has, "
        f"run gen with Python {target.python}"
    )
