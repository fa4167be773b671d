"""The search for secrets that the pipeline makes, made on files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
SPEC = yaml.safe_load((ROOT / "templates" / "buildspecs" / "scan.yml").read_text())
PLANTED = {
    "AWS Access Key": "AKIA" + "Q3EGRIZ7TYUI2P4B",
    "GitHub Token": "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx",
    "Private Key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "Basic Auth Credentials": "https://me:" + "hunter2@example.com/repository",
}


def search(folder: Path, *, wanted: str = "true") -> subprocess.CompletedProcess[str]:
    """Run the search as the build does, in a folder."""
    (command,) = (c for c in SPEC["phases"]["build"]["commands"] if "detect-secrets-hook" in c)
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={"PATH": tools, "SCAN_SECRETS": wanted},
        capture_output=True,
        text=True,
        check=False,
    )


def test_this_repository_holds_no_secret(tmp_path: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (file := ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, tmp_path / name)
    found = search(tmp_path)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("kind", PLANTED)
def test_a_secret_ends_the_run(tmp_path: Path, kind: str) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(f'NAME = "x"\nVALUE = "{PLANTED[kind]}"\n')
    found = search(tmp_path)
    assert found.returncode != 0
    assert f"Secret Type: {kind}" in found.stdout
    assert "./code/app.py:2" in found.stdout
    assert PLANTED[kind] not in found.stdout + found.stderr


@pytest.mark.parametrize("line", ['client = connect("{}")', 'owner = known["{}"]'])
def test_a_line_that_calls_or_looks_up_hides_no_secret(tmp_path: Path, line: str) -> None:
    (tmp_path / "app.py").write_text(line.format(PLANTED["AWS Access Key"]))
    assert "./app.py:1" in search(tmp_path).stdout


def test_what_is_no_secret_says_so_in_its_line(tmp_path: Path) -> None:
    value = PLANTED["AWS Access Key"]
    (tmp_path / "app.py").write_text(f'VALUE = "{value}"  # pragma: allowlist secret\n')
    assert search(tmp_path).returncode == 0


def test_the_log_says_what_was_not_searched_for(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(f'VALUE = "{PLANTED["AWS Access Key"]}"\n')
    skipped = search(tmp_path, wanted="false")
    assert skipped.returncode == 0
    assert "not searched for (pipeline.scan.secrets is off)" in skipped.stdout
