"""Commands of a shell, as far as a judgement of them needs: one by one, with heredocs apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

HEREDOC = re.compile(r"(?<!<)<<-?\s*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote)(?!<)")
FILE = re.compile(r"(?:>>?|\btee\b(?:\s+-a)?)\s*['\"]?(?P<name>[^\s<>|&;'\"]+)")
GOES_ON = re.compile(r"(?:&&|\|\||(?<!\|)\||\\)\s*$")
ERREXIT = re.compile(r"\bset\s+(?:-[a-zA-Z]*e[a-zA-Z]*\b|-o\s+errexit\b|-\w+\s+-[a-zA-Z]*e)")
OPENS_LOOP = re.compile(r"^(?:for|while|until|select)\b|^(?:function\s+)?[\w-]+\s*\(\)\s*\{?$")
OPENS_CHOICE = re.compile(r"^(?:if|case)\b|^[({]$")
BETWEEN = re.compile(r"^(?:else|elif\b.*|then|do|;;|[^\s()]+\)|\{)$")
CLOSES_CHOICE = re.compile(r"^(?:fi|esac|[)}])(?:$|\s*[;&|>#])")
CLOSES_LOOP = re.compile(r"^done\b")
WHOLE_CHOICE = re.compile(r"^(?:if|case|for|while|until)\b.*\b(?:fi|esac|done)\s*;?$", re.DOTALL)
HARMLESS = re.compile(
    r"^(?:(?:echo|printf|export|unset|true|set|shopt|trap|sleep|exit|return|local|readonly|declare"
    r"|alias|pwd|ls|date|env|printenv|whoami)\b|:(?:\s|$)|[A-Za-z_]\w*\+?=(?!.*(?:\$\(|`)))"
)
EXITS = re.compile(r"\|\|\s*(?:\{\s*.*)?(?:exit|return|false)\b(?!\s+0\b)", re.DOTALL)
ASKS = re.compile(r"\$\?|PIPESTATUS")
"""Of a command below it, that it looks at how this one ended."""
LONGEST = 20_000
"""Characters after which a quote that nothing closes is none."""
ABOVE = re.compile(r"^(?:then|do|else)\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Command:
    """A command, with everything that continues it; without comments and heredocs."""

    line: int
    """From 0, in the text that it stands in."""
    text: str


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A text that a command is given."""

    line: int
    """Of its first line, from 0."""
    file: str
    """What it is written to; empty when that is nothing that can be told."""
    text: str


@lru_cache(maxsize=512)
def parse(text: str) -> tuple[tuple[Command, ...], tuple[Heredoc, ...]]:
    """Take a script apart."""
    commands: list[Command] = []
    heredocs: list[Heredoc] = []
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        start, whole = number, ""
        while number < len(lines):
            whole += _without_comment(lines[number], whole)
            number += 1
            if len(whole) > LONGEST or not (_open_quote(whole) or GOES_ON.search(whole)):
                break
            whole = whole[:-1] if whole.endswith("\\") else whole + "\n"
        for found in HEREDOC.finditer(_without_quoted(whole)):
            body: list[str] = []
            while number < len(lines) and lines[number].strip() != found["end"]:
                body.append(lines[number])
                number += 1
            file = FILE.search(HEREDOC.sub("", whole))
            heredocs.append(
                Heredoc(number - len(body), file["name"] if file else "", "\n".join(body))
            )
            number += 1
        if whole.strip():
            commands.append(Command(start, whole.strip()))
    return tuple(commands), tuple(heredocs)


def stops_at_failure(text: str) -> bool:
    """Tell whether a script says that it ends with the first command that fails."""
    return ERREXIT.search(text) is not None


def passed_over(text: str) -> Iterator[Command]:
    """Yield the commands whose failure a script goes on after, since no `set -e` came before."""
    commands: list[Command] = []
    for command in parse(text)[0]:
        if stops_at_failure(command.text):
            break
        commands.append(command)
    else:
        yield from reversed(list(_not_last(commands)))
        return
    yield from (command for command in commands if _can_fail(command.text))


def _not_last(commands: list[Command]) -> Iterator[Command]:
    """Yield, from the end, each command whose status is not that of the whole."""
    last, outer, below = True, [], ""
    for command in reversed(commands):
        text = ABOVE.sub("", command.text)
        is_asked, below = ASKS.search(below), text
        if CLOSES_CHOICE.match(text):
            outer.append(last)
        elif CLOSES_LOOP.match(text):
            # Of a loop only the last round's status is left.
            outer.append(False)
            last = False
        elif BETWEEN.match(text):
            last = outer[-1] if outer else last
        elif WHOLE_CHOICE.match(text):
            last = False
        elif OPENS_LOOP.match(text) or OPENS_CHOICE.match(text):
            if outer:
                outer.pop()
            last = False
        else:
            if not last and not is_asked and _can_fail(text):
                yield command
            last = False


def _can_fail(text: str) -> bool:
    return not HARMLESS.match(text) and not EXITS.search(text) and not BETWEEN.match(text)


def _without_comment(line: str, before: str) -> str:
    quote = _open_quote(before)
    for position, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"" and line[position - 1 : position] != "\\":
            quote = letter
        elif letter == "#" and (position == 0 or line[position - 1] in " \t;"):
            return line[:position].rstrip()
    return line.rstrip()


def _open_quote(text: str) -> str:
    quote = ""
    escaped = False
    for letter in text:
        if escaped:
            escaped = False
        elif letter == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
    return quote


def _without_quoted(text: str) -> str:
    """Blank what stands in quotes, but not the quoted name that ends a heredoc."""
    return re.sub(r"(?<!<)(?<!<-)(?<!<\s)(?:'[^']*'|\"[^\"]*\")", "_", text)
