"""How the calls of a plan grow: the benchmark's smallest size, which checks them itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
SCALE = (sys.executable, "-m", "benchmarks.scale")


def measured(*options: str) -> dict[str, Any]:
    done = subprocess.run(
        [*SCALE, "--one", "--latency", "0", *options],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_plan_reads_pages_and_two_answers_a_set_and_asks_few_instances() -> None:
    one = measured("6")
    assert one["instances"] == 1200
    assert one["calls"] == one["expected"] == {
        "ListStackInstances": 20,
        "DescribeStackSet": 10,
        "ListStackSetOperations": 10,
        "DescribeStackInstance": 5 + 2,
    }  # fmt: skip


def test_every_target_is_asked_after_another_tools_operation() -> None:
    one = measured("--foreign", "1")
    assert one["calls"] == one["expected"]
    assert one["calls"]["DescribeStackInstance"] == 199


def test_a_size_is_a_row_and_a_point(tmp_path: Path) -> None:
    done = subprocess.run(
        [*SCALE, "--latency", "0", "--plot", tmp_path / "scale.svg", "1", "2"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [line.split()[0] for line in done.stdout.splitlines()[-2:]] == ["200", "400"]
    svg = ElementTree.parse(tmp_path / "scale.svg")
    lines = svg.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [2, 2, 2, 2]
