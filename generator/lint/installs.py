"""Commands that install whatever is newest, instead of what a lock file names."""

from __future__ import annotations

import re
from collections.abc import Callable

PIP = re.compile(r"(?:\bpip3?(?:\.\d+)?|\buv\s+pip)\s+install\b(?P<rest>.*)", re.DOTALL)
NPM = re.compile(r"\bnpm\s+(?:install|i|add)\b(?P<rest>.*)", re.DOTALL)
YARN = re.compile(r"\byarn(?:\s+install)?\s*(?P<rest>(?:\s--\S+)*)\s*$")
PIPENV = re.compile(r"\bpipenv\s+install\b(?P<rest>.*)", re.DOTALL)
UV = re.compile(r"\buv\s+sync\b(?P<rest>.*)", re.DOTALL)
PARTS = re.compile(r"&&|\|\||[;|\n]")
REQUIREMENTS = re.compile(r"(?:^|\s)(?:-r|--requirement)[\s=]*(?P<file>[^\s]+)")
LOCAL = re.compile(r"^(?:\.{1,2}(?:/\S*)?(?:\[[^\]]*\])?|\S+\.whl|\"?\$\S*/?\S*\.whl\"?)$")
PINNED = re.compile(r"^['\"]?@?[^@\s]+@\d[\w.+-]*['\"]?$")

Reader = Callable[[str], str | None]
"""Gives the text of a file of the source by its name; None when it isn't there."""


def unlocked(command: str, reader: Reader) -> str | None:
    """Say what to write instead of a command that installs what no lock file names."""
    for part in PARTS.split(command):
        if (found := PIP.search(part)) and not _is_locked(found["rest"], reader):
            return "install what a lock file names: pip install --require-hashes -r <file>"
        if (found := NPM.search(part)) and not _is_pinned(found["rest"]):
            return "install what the lock file names: npm ci"
        if (found := YARN.search(part)) and not re.search("--(frozen|immutable)", found["rest"]):
            return "install what the lock file names: yarn install --immutable (--frozen-lockfile)"
        if (found := PIPENV.search(part)) and "--deploy" not in found["rest"]:
            return "install what the lock file names: pipenv sync"
        if (found := UV.search(part)) and not re.search("--(frozen|locked)", found["rest"]):
            return "install what the lock file names: uv sync --locked"
    return None


def _is_locked(rest: str, reader: Reader) -> bool:
    if "--require-hashes" in rest or "--no-index" in rest:
        return True
    files = [found["file"].strip("'\"") for found in REQUIREMENTS.finditer(rest)]
    if files:
        texts = [reader(file) for file in files]
        # One hash, and pip wants one of everything.
        return any(text is not None and "--hash=" in text for text in texts)
    named = [word for word in rest.split() if not word.startswith("-")]
    return "--no-deps" in rest and all(LOCAL.match(word) for word in named)


def _is_pinned(rest: str) -> bool:
    words = rest.split()
    named = [word for word in words if not word.startswith("-") and word != "--"]
    return bool(named) and all(PINNED.match(word) for word in named)
