"""Functions are loaded one beside the other: no test sees another function's modules."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from functions import load

pytestmark = pytest.mark.unit


def test_a_loaded_function_leaves_no_module_behind() -> None:
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        first = load("rollback_coordinator", patch)
    with pytest.MonkeyPatch.context() as patch:
        second = load("order_events", patch)
    assert first.app is not second.app
    assert "app" not in set(sys.modules) - before


START = """
import json, sys
import boto3, botocore.config
before = set(sys.modules)
import app
added = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps(sorted(added - set(sys.stdlib_module_names))))
"""


@pytest.mark.parametrize("name", ["rollback_coordinator", "secret_rotation", "traffic_check"])
def test_a_support_function_starts_with_boto3_and_its_own_modules_only(name: str) -> None:
    """All that it needs is loaded before it is asked, when Lambda gives it most of a processor."""
    folder = Path(__file__).parents[2] / "lambda_code" / name
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=folder, capture_output=True, text=True, check=True
    )
    assert set(json.loads(done.stdout)) <= {file.stem for file in folder.glob("*.py")}
    assert "import boto3\n" in (folder / "app.py").read_text().split("\n\n\n")[0]
