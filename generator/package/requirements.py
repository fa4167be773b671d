"""requirements.txt, read strictly: only exact versions with hashes, everything else is a problem.

pip itself accepts much more. What it is given is written from what was understood here, so the
lock can't say one thing to us and another to pip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.errors import Problem

_LOCK_HINT = "lock it: uv pip compile --generate-hashes --python-platform linux requirements.in"
_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)")
_EXACT = re.compile(r"={2,3}\s*([A-Za-z0-9][A-Za-z0-9.!+_-]*)")
_HASH = re.compile(r"--hash[=\s]\s*(\S+)")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_COMMENT = re.compile(r"(^|\s+)#.*$")
_URL = re.compile(r"^(?:[a-z+]+://|file:|\.{0,2}/)|^[^\s\[]+\s*(?:\[[^\]]*\])?\s*@", re.IGNORECASE)
_OPTION = re.compile(r"--[a-z-]+|-\w?")
_INDEX = (
    *("-i", "--index-url", "--extra-index-url", "--no-index"),
    *("-f", "--find-links", "--trusted-host"),
)


@dataclass(frozen=True, slots=True)
class Pin:
    """One locked project."""

    name: str
    """Normalised (PEP 503)."""
    version: str
    hashes: frozenset[str]
    """sha256, hex."""

    def __str__(self) -> str:
        hashes = " ".join(f"--hash=sha256:{digest}" for digest in sorted(self.hashes))
        return f"{self.name}=={self.version} {hashes}"


def parse(text: str, file: Path) -> tuple[tuple[Pin, ...], list[Problem]]:
    """Read a lock: its pins by name, and every line that is not one."""
    pins: dict[str, Pin] = {}
    problems: list[Problem] = []
    for number, line in _logical_lines(text):
        result = _pin(line)
        if isinstance(result, Pin) and result.name in pins:
            result = (f"{result.name} is pinned twice", "keep one of the lines")
        if isinstance(result, Pin):
            pins[result.name] = result
        else:
            message, hint = result
            problems.append(Problem(message, file=file, line=number, hint=hint))
    return tuple(pins[name] for name in sorted(pins)), problems


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Join continued lines and drop comments as pip does; a line counts from where it began."""
    began, parts = 0, list[str]()
    for number, raw in enumerate(text.splitlines(), start=1):
        comment = raw.lstrip().startswith("#")
        if not parts:
            began = number
        continued = raw.endswith("\\") and not comment
        parts.append("" if comment else raw.removesuffix("\\") if continued else raw)
        if not continued:
            if line := _COMMENT.sub("", " ".join(parts)).strip():
                yield began, line
            parts = []
    if line := _COMMENT.sub("", " ".join(parts)).strip():
        yield began, line


def _pin(line: str) -> Pin | tuple[str, str]:
    """Understand one line, or say what is wrong with it and what to do."""
    # A URL may hold a password: no message repeats one.
    if line.startswith(("-e", "--editable")):
        return "an editable requirement can't be packaged", "put its code in the function's folder"
    if option := _OPTION.match(line):
        if option[0] in _INDEX:
            return f"index option {option[0]}", "set the index in pip's own configuration"
        return f"option {option[0]}", "keep only pinned, hashed requirements here"
    if _URL.match(line):
        return "a URL or path is not a locked requirement", "name the project and pin its version"
    hashes = _HASH.findall(line)
    match = _NAME.fullmatch(_HASH.sub("", line).strip())
    if not match:
        return "not of the form name==version --hash=sha256:…", _LOCK_HINT
    name = re.sub(r"[-_.]+", "-", match[1]).lower()
    wanted, _, marker = match[2].partition(";")
    if marker:
        # pip evaluates markers for the Python that runs it, not for the target.
        return f"{name} has an environment marker", "lock for the target alone, without markers"
    version = _EXACT.fullmatch(wanted.strip())
    if not version:
        return f"{name} is not pinned to one version", _LOCK_HINT
    if not hashes:
        return f"{name} has no hash", _LOCK_HINT
    if bad := [digest for digest in hashes if not _SHA256.fullmatch(digest)]:
        return f"{name}: {bad[0]!r} is not a sha256 hash", _LOCK_HINT
    return Pin(name, version[1], frozenset(digest.removeprefix("sha256:") for digest in hashes))
