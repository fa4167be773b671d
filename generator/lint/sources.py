"""Find what there is to judge under paths: templates, and the files that stand beside them.

A file that is named is judged as what it looks like, and as a template when it looks like nothing;
in folders, only what is one of ours is taken. What can't be read is told, never passed over.
"""

from __future__ import annotations

import glob
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.lint.findings import UNREADABLE, Kind, Level, Remark, Subject

SUFFIXES = (".yaml", ".yml", ".json", ".template")
"""Of templates, and of the files beside them. A longer one ends so: `.template.json`."""
NOT_OURS = {"node_modules", "__pycache__", "site-packages"}
"""Folders of what others have written; so are hidden ones."""
LARGEST = 20_000_000
"""Bytes: CloudFormation takes a template of one million."""

MISSING = "there is no such file"

TEMPLATE_KEYS = ("Resources", "AWSTemplateFormatVersion")
PIECE_OF_TEMPLATE = re.compile(b"AWSTemplateFormatVersion|AWS::[A-Z]")
TOP_KEY = re.compile(r"^[\"']?(\w+)[\"']?[ \t]*:[ \t]*[\"']?([^\s\"']*)", re.MULTILINE)
BUILDSPEC_NAME = re.compile(r"buildspec[^/]*\.(ya?ml|json)", re.IGNORECASE)
APPSPEC_NAME = re.compile(r"appspec[^/]*\.(ya?ml|json)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that can't be judged at all."""

    name: str
    remark: Remark


Source = Subject | Unreadable


def sources(paths: Iterable[str]) -> list[Source]:
    """Read what files, folders and patterns name, each file once, in the order of the paths."""
    found: dict[str, Source] = {}
    for path in paths:
        for each in _under(path):
            found.setdefault(os.path.realpath(each.name), each)
    return list(found.values())


def _under(path: str) -> Iterator[Source]:
    if Path(path).is_dir():
        yield from _in_folder(Path(path))
    elif not os.path.lexists(path) and glob.has_magic(path):
        names = sorted(glob.glob(path, recursive=True))  # noqa: PTH207  absolute ones, too
        files = [name for name in names if not Path(name).is_dir()]
        for name in files:
            yield from _present(_read(name, named=True))
        if not files:
            yield _unreadable(path, "no file matches this pattern")
    else:
        yield from _present(_read(path, named=True))


def _present(source: Source | None) -> Iterator[Source]:
    if source is not None:
        yield source


def _in_folder(folder: Path) -> Iterator[Source]:
    denied: list[OSError] = []
    there = 0
    for here, folders, files in os.walk(folder, onerror=denied.append):
        folders[:] = sorted(f for f in folders if f not in NOT_OURS and not f.startswith("."))
        for name in sorted(f for f in files if f.lower().endswith(SUFFIXES)):
            for source in _present(_read(str(Path(here, name)), named=False)):
                there += 1
                yield source
    for error in denied:
        yield _unreadable(str(error.filename), f"{error.strerror}")
    if not there and not denied:
        yield _unreadable(str(folder), "this folder holds no template, buildspec or appspec")


def _read(name: str, *, named: bool) -> Source | None:
    """Read a file; None when nobody named it and it is nothing of ours."""
    try:
        about = Path(name).stat()
        if about.st_size > LARGEST:
            return _unreadable(name, f"the file has more than {LARGEST:,} bytes") if named else None
        if not stat.S_ISREG(about.st_mode) and not stat.S_ISFIFO(about.st_mode):
            return _unreadable(name, "this is no file")
        content = Path(name).read_bytes()
    except OSError as error:
        return _unreadable(name, MISSING if _is_missing(error) else f"{error.strerror}")
    ours = named or PIECE_OF_TEMPLATE.search(content) is not None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unreadable(name, "this is no text in UTF-8", line=line) if ours else None
    if "\0" in text:
        return _unreadable(name, "this is a binary file, no text") if ours else None
    if not text.strip():
        return _unreadable(name, "the file is empty")
    if named and name.endswith(".j2"):
        return _unreadable(
            name, "a Jinja template is judged as rendered: run gen lint without a path"
        )
    kind = kind_of(name, text)
    if kind is None and not named:
        return None
    return Subject(name, text, kind=kind or Kind.TEMPLATE, path=Path(name))


def kind_of(name: str, text: str) -> Kind | None:
    """Tell what a text is by its name, else by its first keys; None when it is none of ours."""
    file = Path(name).name
    if BUILDSPEC_NAME.fullmatch(file):
        return Kind.BUILDSPEC
    if APPSPEC_NAME.fullmatch(file):
        return Kind.APPSPEC
    top = _top(text)
    version = top.get("version")
    if version == "0.0":
        return Kind.APPSPEC
    if version in ("0.1", "0.2") and "phases" in top:
        return Kind.BUILDSPEC
    return Kind.TEMPLATE if any(key in top for key in TEMPLATE_KEYS) else None


def _top(text: str) -> dict[str, str]:
    """Read the keys of the outermost mapping with their scalars, be the rest well-formed or not."""
    if not text.lstrip().startswith("{"):
        return dict(reversed(TOP_KEY.findall(text)))
    try:
        root = json.loads(text)
    except (ValueError, RecursionError):
        # In broken JSON, and in YAML written like it, any key may be one of the outermost.
        return dict.fromkeys(re.findall(r"\w+(?=[\"']?\s*:)", text), "")
    return {str(key): str(value) for key, value in root.items()}


def _is_missing(error: OSError) -> bool:
    return isinstance(error, FileNotFoundError | NotADirectoryError)


def _unreadable(name: str, message: str, *, line: int = 1) -> Unreadable:
    return Unreadable(name, Remark(UNREADABLE, Level.ERROR, message, line, 1, ()))
