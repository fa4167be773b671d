"""What pip's output means, in one problem."""

from __future__ import annotations

import re
from pathlib import Path

from generator.errors import Problem
from generator.package.target import Target

_NETWORK = (
    *("NewConnectionError", "Failed to establish a new connection", "Max retries exceeded"),
    *("Temporary failure in name resolution", "Network is unreachable", "Connection refused"),
    *("ConnectTimeoutError", "Read timed out", "ProxyError", "ConnectionResetError"),
)
_PASSWORD = re.compile(r"://[^/@\s]+@")
_LINES = 5


def problem(output: str, *, lock: Path, target: Target) -> Problem:
    """Turn a failed run of pip into one problem with the lines that matter and a hint."""
    return Problem(
        f"pip could not fetch the dependencies for {target}:\n{_meaningful(output)}",
        file=lock,
        hint=_hint(output, target),
    )


def _meaningful(output: str) -> str:
    """Keep pip's last error and what belongs to it, without passwords."""
    lines = [
        _PASSWORD.sub("://***@", line.rstrip())
        for line in output.splitlines()
        if line.strip() and not line.lstrip().startswith(("WARNING:", "[notice]", "DEPRECATION:"))
    ]
    errors = [number for number, line in enumerate(lines) if line.startswith("ERROR:")]
    start = max(errors[0], len(lines) - _LINES) if errors else len(lines) - _LINES
    return "\n".join(f"  {line}" for line in lines[max(start, 0) :])


def _hint(output: str, target: Target) -> str | None:
    """Say what to do; the network first, because without it pip also finds no distribution."""
    if any(sign in output for sign in _NETWORK):
        return "the package index was not reached: check the network, proxy and pip configuration"
    if "DO NOT MATCH THE HASHES" in output:
        return "the index has another file than the one locked: find out why, then lock again"
    if "No matching distribution found" in output:
        return f"no wheel fits {target}: pin a version that has one, or one that is pure Python"
    if "No module named pip" in output:
        return "this Python has no pip: python -m ensurepip"
    return None
