"""What README and help tell a person to type, typed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.local

ROOT = Path(__file__).parents[2]


def commands() -> list[str]:
    """Every line of README's shell blocks, without its comment."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_every_gen_command_of_the_readme_runs_in_order(project: Project) -> None:
    of_gen = [c.removeprefix(".venv/bin/gen ") for c in commands() if c.startswith(".venv/bin/gen")]
    assert of_gen
    for command in of_gen:
        project.gen(*command.split())


def test_every_make_target_of_the_readme_exists() -> None:
    targets = [
        command.removeprefix("make ") for command in commands() if command.startswith("make")
    ]
    assert targets == ["demo", "scenario", "test"]
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_render_and_deploy_work_as_the_readme_says_it_in_one_line(project: Project) -> None:
    project.gen("render", GEN_ENV="dev")
    assert "is deployed" in project.gen("deploy", GEN_ENV="dev", GEN_LOCAL="1")
    assert "nothing to do" in project.gen("--local", "deploy")


def test_the_mistake_in_the_readme_looks_like_that(project: Project) -> None:
    shown = re.search(r"```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown
    project.edit("params/dev.yaml", "  primary:", "  primry:")
    assert project.gen("render", code=1) == shown[1]
