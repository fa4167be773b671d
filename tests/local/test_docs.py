"""README and docs, run: every block in its order, in one project, against one local cloud.

tests/manual.py says how a block is meant; tests/unit/test_docs.py looks at what is not run here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from manual import GENERATED, ROOT, Block, blocks, missing, pages

from generator.config import load

pytestmark = [pytest.mark.local, pytest.mark.xdist_group("docs")]

TUTORIAL = "docs/tutorial.md"
LAST = "docs/destroy.md"


def deploys(page: str) -> bool:
    """Say whether a page deploys something that later ones find there."""
    return any(not b.skipped and re.search(r"^gen deploy", b.text, re.M) for b in blocks(page))


IN_THEIR_ORDER = sorted(
    (
        p
        for p in pages()
        if p not in GENERATED and any(b.file or b.language == "sh" for b in blocks(p))
    ),
    key=lambda page: (page != TUTORIAL, page == LAST, deploys(page), page),
)
"""The tutorial makes the project, the others go on with it; what changes the cloud comes last."""
IN_THEIR_ORDER.remove("README.md")


class Terminal:
    """A shell that remembers its folder and variables from block to block."""

    def __init__(self, folder: Path):
        self.folder, self._state = folder, folder / ".terminal"
        self._state.write_text(f"cd {folder}\n")
        # What was fetched and judged before; a person has neither, and waits a little longer.
        (folder / "shop" / "build").mkdir(parents=True)
        (folder / "shop" / "build" / "cache").symlink_to(ROOT / "build" / "cache")
        bin_ = Path(sys.executable).parent
        own = ("PYTEST_", "COV_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(own)}
        self._env = kept | {"PATH": f"{bin_}{os.pathsep}{kept['PATH']}"}

    def run(self, text: str) -> tuple[int, str]:
        """Run a block; give its exit code and all that it printed."""
        kept = f'{{ echo cd "$PWD"; export -p; }} > {self._state}'
        script = f"source {self._state}; trap '{kept}' EXIT\nset -eo pipefail\n{text}"
        done = subprocess.run(
            ["bash", "-c", script], env=self._env, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    @property
    def here(self) -> Path:
        return Path(self._state.read_text().splitlines()[0].removeprefix("cd "))


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal in an empty folder, as the tutorial begins."""
    terminal = Terminal(tmp_path_factory.mktemp("docs"))
    yield terminal
    for project in terminal.folder.glob("*/params"):
        subprocess.run(
            [Path(sys.executable).with_name("gen"), "local", "stop"], cwd=project.parent,
            check=True, capture_output=True,
        )  # fmt: skip


@pytest.fixture(scope="module")
def tutorial(terminal: Terminal) -> Terminal:
    """The terminal once the tutorial has been through it."""
    play(TUTORIAL, terminal)
    return terminal


@pytest.mark.parametrize("page", IN_THEIR_ORDER)
def test_every_block_does_what_the_page_says(page: str, tutorial: Terminal) -> None:
    if page == TUTORIAL:
        return
    kept = snapshot(tutorial.here)
    play(page, tutorial)
    if not deploys(page):
        restore(tutorial.here, kept)


def play(page: str, terminal: Terminal) -> None:
    """Do what a page tells to do."""
    printed = ""
    for block in blocks(page):
        if block.skipped:
            continue
        if block.file:
            write(block, terminal.here)
        elif block.language in ("sh", "python"):
            text = block.text if block.language == "sh" else f"python - <<'END'\n{block.text}END\n"
            code, printed = terminal.run(text)
            assert code == block.code, f"{block.where}\n{block.text}\nexit code {code}\n{printed}"
            assert "Traceback" not in printed, f"{block.where}\n{printed}"
        elif block.language == "output":
            lost = missing(block.text, printed)
            assert lost == [], f"{block.where}: not printed: {lost[0]}\n{printed}"


def write(block: Block, folder: Path) -> None:
    """Write the file of a block; a parameter file is merged into the one that is there."""
    file = folder / (block.file or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    text = block.text
    if file.parent.name == "params" and file.exists():
        text = yaml.safe_dump(merged(yaml.safe_load(file.read_text()), yaml.safe_load(text)))
    file.write_text(text)
    if file.parent.name == "params" and file.stem != "defaults":
        load(folder, file.stem)


def merged(base: Any, more: Any) -> Any:
    """Merge as gen merges: mappings merge, all else is replaced."""
    if not isinstance(base, dict) or not isinstance(more, dict):
        return more
    return base | {key: merged(base.get(key), value) for key, value in more.items()}


def snapshot(project: Path) -> Path:
    """Keep what a person would write; what is built and deployed stays."""
    kept = project.parent / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(project, kept, ignore=shutil.ignore_patterns("build", "vendor"))
    return kept


def restore(project: Path, kept: Path) -> None:
    for each in project.iterdir():
        if each.name not in ("build", "vendor"):
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    shutil.copytree(kept, project, dirs_exist_ok=True)


def test_every_block_of_the_readme_is_one_of_the_tutorial() -> None:
    """README's steps are the tutorial's, in its order: so they run, too."""
    of_tutorial = iter(
        line for block in blocks(TUTORIAL) if not block.skipped for line in block.text.splitlines()
    )
    for block in blocks("README.md"):
        if block.skipped or block.language not in ("sh", "python"):
            continue
        for line in block.text.splitlines():
            command = line.partition("  #")[0].rstrip()
            assert not command or any(command == each for each in of_tutorial), command


def test_every_make_target_of_the_readme_exists() -> None:
    lines = [line for block in blocks("README.md") for line in block.text.splitlines()]
    targets = [line.split()[1] for line in lines if line.startswith("make ")]
    assert targets == ["demo", "scenario", "test"]
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)
