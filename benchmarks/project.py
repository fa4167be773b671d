"""A copy of the sample project, where benchmarks may render, deploy and throw away as they like."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import NOT_OURS, Command

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
GEN = BIN / "gen"
RULES = ROOT / "generator" / "lint" / "rules"
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
PARTS = ("params", "templates", "lambda_code")


def copy_to(folder: Path) -> Path:
    """Copy the project, without what was built from it."""
    for part in PARTS:
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    return folder


def gen(root: Path, *arguments: str) -> str:
    """Run gen in a project; give what it printed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(NOT_OURS)}
    done = subprocess.run(
        [GEN, *arguments], cwd=root, env=kept, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"gen {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def gen_command(root: Path, *arguments: str) -> Command:
    """Describe a run of gen in a project."""
    return Command([[GEN, *arguments]], root)
