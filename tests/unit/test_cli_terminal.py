"""What commands write to a terminal, to a narrow one, and to what is none."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from generator.deploy.progress import Row, Status
from generator.report.looks import folding
from generator.report.progress import LiveProgress

pytestmark = pytest.mark.unit
GEN = str(Path(sys.executable).with_name("gen"))
COLOR = re.compile(r"\x1b\[[0-9;]*?(?:3[0-7]|9[0-7])(?:;[0-9]+)*m")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ASK = "from generator.cli.common import console; print('REDRAWN', console().is_interactive)"
"""What decides whether a picture is drawn again in place, or each change is a line."""


def at_terminal(*command: str, columns: int = 60, **environment: str) -> str:
    """Run a command at a terminal of its own; give all that it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=_environment() | environment
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait() == 0, written
    return written.decode().replace("\r\n", "\n")


def piped(*command: str, **environment: str) -> str:
    """Run a command whose output nobody sees."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
        env=_environment() | environment,
    )  # fmt: skip
    return done.stdout


def _environment() -> dict[str, str]:
    return os.environ | {"TERM": "xterm-256color"}


def test_a_narrow_terminal_gets_whole_words_in_color() -> None:
    written = at_terminal(GEN, "explain", "P407", columns=60)
    lines = ESCAPE.sub("", written).splitlines()
    assert max(len(line) for line in lines if "https://" not in line) <= 60
    assert "…" not in written
    # An address may be copied: it is one line, however narrow the terminal is.
    assert any(line.strip().startswith("https://docs.aws") for line in lines)
    assert "reserved_concurrency" in written


@pytest.mark.parametrize(
    ("arguments", "environment"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"})]
)
def test_who_wants_no_color_gets_none(arguments: list[str], environment: dict[str, str]) -> None:
    failing = " ".join([GEN, "explain", "no-such-code", *arguments])
    assert not COLOR.search(at_terminal("sh", "-c", f"! {failing}", **environment))


def test_everybody_else_gets_it() -> None:
    assert COLOR.search(at_terminal("sh", "-c", f"! {GEN} explain no-such-code"))


def test_without_a_terminal_nothing_but_text_is_written() -> None:
    assert not ESCAPE.search(piped(GEN, "explain", "P407", "OUTDATED"))


@pytest.mark.parametrize(
    ("redrawn", "environment"),
    [(True, {}), (False, {"CI": "true"}), (False, {"TERM": "dumb"})],
)
def test_a_picture_is_redrawn_only_for_somebody_who_looks(
    redrawn: bool, environment: dict[str, str]
) -> None:
    assert f"REDRAWN {redrawn}" in at_terminal(sys.executable, "-c", ASK, **environment)


def test_asking_for_color_makes_no_terminal_of_a_file() -> None:
    assert "REDRAWN False" in piped(sys.executable, "-c", ASK, FORCE_COLOR="1")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_reason_is_never_cut_however_narrow_it_is(width: int) -> None:
    reason = "arn:aws:cloudformation:us-east-1:111111111111:stack/" + "a" * 80
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=True, force_interactive=True)
    progress = LiveProgress(console)
    progress.begin("service", "the functions and their API")
    progress.row(Row("111111111111", "ap-southeast-2", Status.FAILED, reason))
    out.truncate(0)
    progress.end("failed")
    text = ESCAPE.sub("", out.getvalue())
    assert reason in "".join(text.split())
    assert max(map(len, text.splitlines())) <= width


def test_columns_that_are_to_stay_whole_leave_folding_to_the_others() -> None:
    table = Table.grid(padding=(0, 1))
    table.add_row("CreateStackInstances", "x" * 60)
    out = StringIO()
    Console(file=out, width=40).print(folding(table, whole={0}))
    assert "CreateStackInstances" in out.getvalue()
    assert out.getvalue().count("x") == 60
