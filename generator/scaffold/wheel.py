"""gen's own wheel, made anew from what is installed, or from the checkout that runs.

Whoever has gen can so hand it on, as it is, to a build that has never heard of it.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tempfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from generator.errors import GenError, Problem
from generator.package import archive
from generator.shipped import IS_INSTALLED, ROOT

_NAME = "gen-stacksets"
WHEELS = "gen_stacksets-"
"""How the names of its wheels begin."""
_OF_THE_INSTALLATION = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
"""What an installer notes for itself, beside the metadata of the wheel."""


def own_wheel() -> tuple[str, bytes]:
    """Make the wheel of this gen: its file name and its content, the same bytes each time.

    Raises GenError when gen is not installed whole.
    """
    if not IS_INSTALLED:
        return _of_checkout()
    try:
        installed = distribution(_NAME)
    except PackageNotFoundError:
        raise GenError(_broken("its metadata is missing")) from None
    name = f"{WHEELS}{installed.version}-py3-none-any.whl"
    return name, archive.write(_with_record(_files(installed)))


def _files(installed: Distribution) -> dict[str, bytes]:
    """Read what the wheel brought, by its own list."""
    files: dict[str, bytes] = {}
    for path in installed.files or ():
        metadata = path.parts[0].endswith(".dist-info")
        own = metadata and (path.name in _OF_THE_INSTALLATION or path.name.startswith("uv_"))
        if path.parts[0] == ".." or path.suffix == ".pyc" or own:
            continue
        try:
            files[path.as_posix()] = path.read_binary()
        except OSError:
            raise GenError(_broken(f"{path} is missing")) from None
    if "generator/__init__.py" not in files:
        raise GenError(_broken("its list of files does not have them"))
    return files


def _with_record(files: dict[str, bytes]) -> dict[str, bytes]:
    """Add the list by which an installer checks the rest."""
    (folder,) = {name.split("/")[0] for name in files if name.split("/")[0].endswith(".dist-info")}
    rows = [f"{name},sha256={_digest(files[name])},{len(files[name])}" for name in sorted(files)]
    record = "\n".join([*rows, f"{folder}/RECORD,,", ""])
    return files | {f"{folder}/RECORD": record.encode()}


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _of_checkout() -> tuple[str, bytes]:
    """Build the wheel of a checkout, without leaving anything there.

    Its version says that it is no release: an installer takes it for another one than the same
    version from an index.
    """
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [
                sys.executable, "setup.py", "--quiet",
                "egg_info", "--egg-base", scratch, "--tag-build", "+checkout",
                "build", "--build-base", f"{scratch}/build",
                "bdist_wheel", "--dist-dir", f"{scratch}/dist", "--bdist-dir", f"{scratch}/bdist",
            ],
            cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode != 0:
            said = (done.stderr.strip() or "it ended without a word").splitlines()[-1]
            raise GenError(f"the wheel of gen's checkout cannot be built: {said}")
        (wheel,) = Path(scratch, "dist").glob("*.whl")
        return wheel.name, archive.write(archive.read(wheel.read_bytes()))


def _broken(what: str) -> Problem:
    return Problem(f"gen is not installed whole: {what}", hint="install it again")
