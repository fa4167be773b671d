"""README and docs as what can be run: their fenced blocks, links and anchors.

How a block is meant, is written in the page:

| block | what a test does with it |
| --- | --- |
| `sh` | runs it in the page's project; all blocks of a page in order, as in one terminal |
| `output` | compares it with what the block before it printed, ids and numbers aside |
| `yaml`, `python` that begin with `# a/file.yaml` | writes the file; parameter files are merged |
| `python` without a file | runs it |
| `yaml`, `json` without a file | reads it |
| `text` | nothing: it is a picture |

A comment right above a block says otherwise: `<!-- not run: why -->`, or `<!-- exit code: 1 -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
GENERATED = {
    "docs/rules.md",
    "docs/reference/codes.md",
    "docs/reference/commands.md",
    "docs/reference/configuration.md",
    "docs/reference/environment.md",
}
"""Written from the code, whose own tests run their examples."""
_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>```+)(?P<info>[^`]*)$")
_COMMENT = re.compile(r"^<!-- (not run|exit code): (.+) -->$")
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")
_FILE = re.compile(r"^# ([\w./-]+\.(?:yaml|py|txt|j2|json))\n")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str
    skipped: str | None = None
    """Why it cannot be run here."""
    code: int = 0
    """The exit code that it ends with."""

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str | None:
        """Name the file that it is, or is a part of."""
        found = _FILE.match(self.text)
        return found[1] if found else None


def pages() -> list[str]:
    """List README and all pages of docs, from the project's root."""
    found = sorted((ROOT / "docs").rglob("*.md"))
    return ["README.md", *(page.relative_to(ROOT).as_posix() for page in found)]


def blocks(page: str) -> list[Block]:
    """List the fenced blocks of a page, in their order."""
    return list(_blocks(page, (ROOT / page).read_text(encoding="utf-8").splitlines()))


def _blocks(page: str, lines: list[str]) -> Iterator[Block]:
    number = 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if opening is None:
            number += 1
            continue
        start, body = number, []
        number += 1
        while lines[number].strip() != opening["fence"]:
            body.append(lines[number].removeprefix(opening["indent"]))
            number += 1
        number += 1
        note = _COMMENT.match(lines[start - 1].strip()) if start else None
        kind, said = note.groups() if note else ("", "")
        yield Block(
            page, start + 1, opening["info"].strip(), "\n".join(body) + "\n",
            skipped=said if kind == "not run" else None,
            code=int(said) if kind == "exit code" else 0,
        )  # fmt: skip


def prose(page: str) -> str:
    """Give a page without its fenced blocks and inline code."""
    kept, inside = [], False
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        fence = _FENCE.match(line)
        inside = inside != bool(fence)
        if not inside and not fence:
            kept.append(re.sub(r"`[^`]*`", "``", line))
    return "\n".join(kept)


def links(page: str) -> list[str]:
    """List where a page links to."""
    return [match[1] for match in _LINK.finditer(prose(page))]


def anchors(page: str) -> set[str]:
    """List the anchors that GitHub gives a page's headings."""
    found, inside = set(), False
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        inside = inside != bool(_FENCE.match(line))
        if not inside and (heading := re.match(r"#+ (.*)", line)):
            found.add(re.sub(r"[^\w -]", "", heading[1]).strip().lower().replace(" ", "-"))
    return found


def masked(text: str) -> list[str]:
    """Give the lines of an output without what differs from run to run."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,}\b|\d+(?:[.:]\d+)*", "#", text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def missing(shown: str, printed: str) -> list[str]:
    """List the lines that are shown and were not printed, or not in that order."""
    there = iter(masked(printed))
    wanted = [line for line in masked(shown) if line not in ("…", "...")]
    return [line for line in wanted if not any(line == each for each in there)]
