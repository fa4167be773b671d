"""Completion: what a real bash offers after a Tab, and what it costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from generator.cli import COMMANDS, gen

pytestmark = pytest.mark.unit
BIN = Path(sys.executable).parent
MANIFEST = {
    "artifact_buckets": {"us-east-1": "a", "eu-central-1": "b"},
    "functions": [{"name": "orders"}],
    "units": [
        {"name": "core", "kind": "stack", "stack_name": "shop-dev-core"},
        {"name": "service", "kind": "stack-set", "stack_name": "shop-dev-service"},
    ],
}
TRY = """
eval "$(gen completion bash)"
try() {
  COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
  _gen_completion gen
  echo "${COMPREPLY[*]}"
}
"""


def offered(folder: Path, *lines: list[str]) -> list[list[str]]:
    """Ask one bash what it offers for the last word of each line."""
    script = TRY + "\n".join("try " + " ".join(f"'{word}'" for word in line) for line in lines)
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=folder,
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return [line.split() for line in done.stdout.splitlines()]


@pytest.fixture
def project(project: Path) -> Path:
    """The small project with a second environment, a build and profiles of its own."""
    (project / "build" / "dev").mkdir(parents=True)
    (project / "build" / "dev" / "manifest.json").write_text(json.dumps(MANIFEST))
    (project / "params" / "prod.yaml").write_text("")
    (project / ".aws").mkdir()
    (project / ".aws" / "config").write_text("[default]\n[profile work]\n")
    return project


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("gen rol", "rollback"),
        ("gen render -e ", "dev prod"),
        ("gen drift ", "core service"),
        ("gen drift -e prod ", ""),
        ("gen import ", "service"),
        ("gen logs --region eu", "eu-central-1"),
        ("gen logs --function ", "orders"),
        ("gen status --profile ", "default work"),
        ("gen deploy --ignore P10", "P102 P103"),
        ("gen deploy --ignore P102 --ignore P3", ""),
        ("gen explain outd", "OUTDATED"),
        ("gen destroy --disa", "--disable-protection"),
        ("gen rm --disa", "--disable-protection"),
        ("gen status --output ", "text json"),
        ("gen console --unit c", "core"),
        ("gen local st", "start status stop"),
        ("gen eject serv", "service.yaml.j2"),
    ],
)
def test_what_can_be_typed_next_is_offered(
    project: Path, monkeypatch: pytest.MonkeyPatch, line: str, offers: str
) -> None:
    for name in ("GEN_ENV", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(project))
    monkeypatch.chdir(project)
    _, *arguments, incomplete = line.split(" ")
    found = ShellComplete(gen, {}, "gen", "_GEN_COMPLETE").get_completions(arguments, incomplete)
    assert [item.value for item in found] == offers.split()


def test_a_real_bash_offers_it(project: Path) -> None:
    assert offered(project, ["gen", "rol"], ["gen", "render", "-e", ""], ["gen", "drift", "c"]) == [
        ["rollback"],
        ["dev", "prod"],
        ["core"],
    ]


def test_outside_a_project_bash_offers_commands_and_no_error(tmp_path: Path) -> None:
    commands, nothing = offered(tmp_path, ["gen", ""], ["gen", "drift", ""])
    assert commands == list(COMMANDS)
    assert nothing == []


@pytest.mark.parametrize("line", ["gen ", "gen render -e ", "gen deploy --ignore P"])
def test_a_tab_loads_no_heavy_library(project: Path, line: str) -> None:
    code = (
        "import sys\n"
        "sys.argv = ['gen']\n"
        "from generator.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'boto3', 'botocore', 'cfnlint', 'jinja2', 'pydantic', 'rich', 'yaml'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    words = line.split(" ")
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "_GEN_COMPLETE": "bash_complete", **asked},
    )  # fmt: skip
    assert "plain," in done.stdout
    assert "LOADED []" in done.stdout


@pytest.mark.parametrize(("shell", "says"), [("zsh", "#compdef gen"), ("fish", "complete ")])
def test_other_shells_get_a_script_of_their_own(tmp_path: Path, shell: str, says: str) -> None:
    done = subprocess.run(
        [BIN / "gen", "completion", shell], capture_output=True, text=True, check=True
    )
    assert says in done.stdout
