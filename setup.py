"""Build: besides its packages, gen brings along files that lie at the checkout's root.

generator/shipped.py says where they are then. Everything else is in setup.cfg.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHARED = "generator/share"
FOLDERS = (
    "skeleton",
    "templates",
    "lambda_code/rollback_coordinator",
    "lambda_code/secret_rotation",
    "lambda_code/traffic_check",
)
LOCKS = ("gen", "project", "scan-dependencies", "scan-policies", "scan-secrets")
"""Of what a project's builds install; their own name the rest."""


class BuildWithShared(build_py):
    """Copy them into the package that is built; an editable one finds them where they are."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            share = Path(self.build_lib, SHARED)
            shutil.rmtree(share, ignore_errors=True)
            for folder in FOLDERS:
                junk = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
                shutil.copytree(folder, share / folder, ignore=junk)
            for lock in LOCKS:
                self.copy_file(*self._of_lock(share, lock), preserve_mode=False)

    @staticmethod
    def _of_lock(share: Path, lock: str) -> tuple[str, str]:
        source = Path(".ci/requirements", f"{lock}.txt")
        (share / source).parent.mkdir(parents=True, exist_ok=True)
        return str(source), str(share / source)


setup(cmdclass={"build_py": BuildWithShared})
