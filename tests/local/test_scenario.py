"""The whole system at work: what `make scenario` prints is so, and is checked while it runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.local


def test_every_bad_release_ends_with_every_region_on_the_last_good_one() -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).parents[1] / "scenario.py"],
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    parts = re.findall(r"^\d\. ", done.stdout, re.MULTILINE)
    assert parts == [f"{number}. " for number in range(1, 7)]
    assert "All of it as it should be." in done.stdout
