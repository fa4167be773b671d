"""This machine: Python, gen and what it is built upon, pip, the local cloud's parts."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.util import find_spec

import generator
from generator.doctor.finding import Finding, Level

_DISTRIBUTION = "gen-stacksets"
_GROUP = "machine"
_TESTED = (3, 13)
"""The newest Python that gen is tested with."""
_OPTIONAL = {"ministack": ("local", "--local"), "taskcat": ("test", "gen test")}
"""Extras by what they bring, and what needs them."""
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*([<>=!~][^;]*)?(?:;\s*(.*))?$")

Version = Callable[[str], str]


def examine_machine(
    *, version: Version = metadata.version, python: tuple[int, ...] = sys.version_info[:3]
) -> Iterator[Finding]:
    """Look at versions: those that are too old, and those that nobody has tried."""
    yield _python(python)
    yield Finding(_GROUP, "gen", Level.OK, generator.__version__)
    for name, wanted, extra in _requirements():
        if extra is None or name in _OPTIONAL:
            yield _package(name, wanted, extra, version)
    if find_spec("pip") is None:
        yield Finding(
            _GROUP, "pip", Level.FAIL, "not there: functions with requirements cannot be packaged",
            f"run `{sys.executable} -m ensurepip`",
        )  # fmt: skip
    else:
        yield Finding(_GROUP, "pip", Level.OK, "there, for functions with requirements")
    if proxy := os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        host = proxy.rpartition("@")[2]  # what stands before it may be a password
        yield Finding(_GROUP, "proxy", Level.OK, f"AWS is asked through {host}")


def _python(found: tuple[int, ...]) -> Finding:
    said = ".".join(map(str, found))
    if found[:2] < (3, 11):
        return Finding(_GROUP, "python", Level.FAIL, f"{said} is too old", "install 3.11 or newer")
    if found[:2] > _TESTED:
        newest = ".".join(map(str, _TESTED))
        return Finding(
            _GROUP, "python", Level.WARN, f"{said} is newer than any that gen is tested with",
            f"where something fails, try {newest}",
        )  # fmt: skip
    return Finding(_GROUP, "python", Level.OK, said)


def _package(name: str, wanted: str, extra: str | None, version: Version) -> Finding:
    install = f"pip install '{_DISTRIBUTION}{f'[{_OPTIONAL[name][0]}]' if extra else ''}'"
    try:
        found = version(name)
    except metadata.PackageNotFoundError:
        if extra is None:
            return Finding(_GROUP, name, Level.FAIL, "not installed", install)
        return Finding(
            _GROUP, name, Level.OK, f"not installed; needed by {_OPTIONAL[name][1]}: {install}"
        )
    if not _fits(found, wanted):
        level = Level.WARN if extra else Level.FAIL
        return Finding(_GROUP, name, level, f"{found}, but gen needs {name}{wanted}", install)
    return Finding(_GROUP, name, Level.OK, found)


def _requirements() -> Iterator[tuple[str, str, str | None]]:
    """Yield what gen itself says that it needs: name, versions, extra."""
    try:
        rows = metadata.requires(_DISTRIBUTION) or ()
    except metadata.PackageNotFoundError:  # run from its source, not installed
        return
    for row in rows:
        if match := _REQUIREMENT.match(row):
            extra = re.search(r"extra == [\"'](\w+)[\"']", match[3] or "")
            yield match[1], (match[2] or "").strip(), extra[1] if extra else None


def _fits(found: str, wanted: str) -> bool:
    """Say whether a version is among those that are wanted; only >=, == and < are written."""
    for part in filter(None, wanted.split(",")):
        match = re.match(r"\s*(>=|==|<)\s*(\S+)", part)
        if (
            match
            and not {
                ">=": _numbers(found) >= _numbers(match[2]),
                "==": _numbers(found) == _numbers(match[2]),
                "<": _numbers(found) < _numbers(match[2]),
            }[match[1]]
        ):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(n) for n in re.findall(r"\d+", re.split(r"[a-zA-Z+]", version)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
