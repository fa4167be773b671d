"""What README and docs say holds, as far as that shows without running it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from manual import GENERATED, ROOT, Block, anchors, blocks, links, missing, pages
from templates.rendered import parse

from generator.cli import gen
from generator.config import load
from generator.errors import GenError

pytestmark = pytest.mark.unit

KNOWN = {"sh", "output", "yaml", "python", "json", "text"}
NOT_RUN = {
    "README.md": 4,
    "docs/delivery.md": 1,
    "docs/how-to/custom-domain.md": 1,
    "docs/how-to/github-source.md": 1,
    "docs/how-to/leaving.md": 1,
    "docs/how-to/many-accounts.md": 3,
    "docs/how-to/second-environment.md": 1,
    "docs/lint.md": 2,
    "docs/page.md": 1,
    "docs/testing.md": 3,
    "docs/tutorial.md": 5,
}
"""How many blocks of each page cannot be run here; each says why."""


def all_blocks() -> list[Block]:
    return [block for page in pages() if page not in GENERATED for block in blocks(page)]


def test_blocks_are_of_kinds_that_the_tests_know_what_to_do_with() -> None:
    assert [b.where for b in all_blocks() if b.language not in KNOWN] == []


def test_no_block_is_left_out_silently() -> None:
    assert Counter(block.page for block in all_blocks() if block.skipped) == NOT_RUN


def test_every_page_is_on_the_map() -> None:
    docs = ROOT / "docs"
    listed = {(docs / link.partition("#")[0]).resolve() for link in links("docs/README.md")}
    there = [ROOT / page for page in pages() if page not in ("README.md", "docs/README.md")]
    assert [str(p) for p in there if not {p, p.parent} & listed] == []


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page: str) -> None:
    lost = []
    for link in links(page):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        file = (ROOT / page).parent / target if target else ROOT / page
        there = file.exists()
        if there and anchor:
            there = anchor in anchors(file.resolve().relative_to(ROOT).as_posix())
        if not there:
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", [page for page in pages() if page != "docs/rules.md"])
def test_every_command_could_be_called(page: str) -> None:
    wrong = []
    for block in blocks(page):
        if block.language not in ("sh", "text"):
            continue
        for words in commands(block.text):
            if problem := refused(words):
                wrong.append(f"{block.where}: {shlex.join(words)}: {problem}")
    assert wrong == []


def test_commands_that_could_not_be_called_are_noticed() -> None:
    assert refused(["deploy", "-e", "dev", "--local"]) is None
    assert refused(["deploy", "--prun"]) is not None
    assert refused(["local", "clock", "soon"]) is not None
    assert refused(["lint", "--format", "xml"]) is not None
    assert list(commands("# gen nothing\nGEN_ENV=dev gen render && .venv/bin/gen deploy\n")) == [
        ["render"], ["deploy"],
    ]  # fmt: skip


def test_snippets_can_be_read() -> None:
    for block in all_blocks():
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "yaml" and not (block.file or "").endswith(".j2"):
            assert (parse if "Resources:" in block.text else yaml.safe_load)(block.text), (
                block.where
            )
        elif block.language == "python":
            compile(block.text, block.where, "exec")


def test_the_mistake_in_the_readme_looks_like_that(tmp_path: Path) -> None:
    (shown,) = [block.text for block in blocks("README.md") if block.text.startswith("error: ")]
    shutil.copytree(ROOT / "params", tmp_path / "params")
    (tmp_path / "lambda_code").symlink_to(ROOT / "lambda_code")
    file = tmp_path / "params/dev.yaml"
    file.write_text(file.read_text().replace("  primary:", "  primry:"))
    with pytest.raises(GenError) as raised:
        load(tmp_path, "dev")
    assert f"error: {raised.value}\n" == shown


def test_outputs_are_compared_line_by_line_but_for_ids_and_numbers() -> None:
    printed = (
        "local cloud runs at http://127.0.0.1:41231\nroles: done\nrelease e3436befecd3 is out\n"
    )
    assert missing("roles: done\n…\nrelease 0123456789ab is out\n", printed) == []
    assert missing("release 0123456789ab is out\nroles: done\n", printed) == ["roles: done"]
    assert missing("roles: gone\n", printed) == ["roles: gone"]


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words behind each `gen` of a block."""
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            continue
        command: list[str] = []
        for word in [*words, ";"]:
            if re.fullmatch(r"[();<>|&]+", word):
                yield from of_gen(command)
                command = []
            else:
                command.append(word)


def of_gen(words: list[str]) -> Iterator[list[str]]:
    while words and (re.match(r"^[A-Z_]+=", words[0]) or words[0] == "$"):
        words = words[1:]
    if words and Path(words[0]).name == "gen":
        yield words[1:]


def refused(words: list[str]) -> str | None:
    """Say what click has against a command line; files need not be there."""
    command: click.Command = gen
    context, name = None, "gen"
    try:
        while True:
            context = command.make_context(name, list(words), parent=context)
            if not isinstance(command, click.Group):
                return None
            words = [*context._protected_args, *context.args]
            name, found, words = command.resolve_command(context, words)
            assert found is not None
            command = found
    except click.exceptions.Exit:
        return None
    except click.ClickException as error:
        return None if "does not exist" in error.message else error.message
