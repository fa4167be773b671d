"""The page of all commands, from what each says of itself to click."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from generator.cli import gen
from reference import WRITTEN, anchor, table

HEAD = f"""\
# Commands

{WRITTEN.format(source="the commands themselves")}

`gen COMMAND --help` says the same. [Exit codes](codes.md#exit-codes) are the same for all commands;
an option that has an [environment variable](environment.md) names it.
"""


def page() -> str:
    """Write the page."""
    found = [*every_command(gen, "gen", click.Context(gen, info_name="gen"))]
    rows = ([f"[`{name}`](#{anchor(name)})", c.get_short_help_str(200)] for name, c, _ in found)
    lines = [HEAD, *table(("command", "what it does"), rows)]
    for name, command, context in found:
        lines += _entry(name, command, context)
    return "\n".join(lines).rstrip() + "\n"


def every_command(
    command: click.Command, name: str, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Yield a command and all below it, with the words that call it."""
    yield name, command, context
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            under = command.get_command(context, each)
            assert under is not None
            if not under.hidden:
                yield from every_command(
                    under, f"{name} {each}", click.Context(under, context, info_name=each)
                )


def _entry(name: str, command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {name}\n"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"Usage: `{name} {usage}`\n"
    yield from _prose(inspect.cleandoc(command.help or ""))
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    if options:
        yield from table(("option", "what it does"), (_option(each, context) for each in options))


def _prose(text: str) -> Iterator[str]:
    """Write help as paragraphs; what click leaves as it is (\\b) as a block of its own."""
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("\b"):
            head, _, rest = paragraph.removeprefix("\b\n").partition("\n")
            if not head.startswith(" "):
                yield f"{_escaped(head)}\n"
            else:
                rest = f"{head}\n{rest}"
            if rest.strip():
                yield f"```text\n{inspect.cleandoc(chr(10) + rest)}\n```\n"
        else:
            yield f"{_escaped(paragraph)}\n"


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    names, text = option.get_help_record(context) or ("", "")
    return f"`{names}`", _escaped(text).replace(r"\[", "[")


def _escaped(text: str) -> str:
    """Keep Markdown from reading <…> as HTML and * as emphasis, outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"([<*])", r"\\\1", part) for part in parts
    )
