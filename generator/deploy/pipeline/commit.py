"""Which commit a build was made from, as far as that can be known."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

VARIABLES = ("GEN_COMMIT", "CODEBUILD_RESOLVED_SOURCE_VERSION")
"""Where a pipeline says it."""


def commit_of(root: Path) -> str | None:
    """Name the commit: what the pipeline says, else what is checked out; None where nobody does."""
    for variable in VARIABLES:
        if said := os.environ.get(variable):
            return said
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD"],
            capture_output=True, text=True, check=False, timeout=10, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
