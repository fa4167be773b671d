"""`--html`: where a page goes, and what it does not go with."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from generator.cli.common import write_page
from generator.cli.logs import command as logs
from generator.cli.status import command as status
from generator.errors import GenError, UsageError

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (logs, ["--follow"]),
        (logs, ["--functions"]),
        (logs, ["--filter", "FAILED"]),
        (logs, ["--output", "json"]),
        (status, ["--watch"]),
        (status, ["--output", "json"]),
    ],
)
def test_what_a_page_does_not_go_with_is_refused(
    command: click.Command, arguments: list[str]
) -> None:
    with pytest.raises(UsageError, match="--html"):
        command.main(["--html", *arguments], standalone_mode=False)


def test_a_page_goes_to_the_file_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_page("<p>é</p>", "new/page.html", tmp_path / "default.html")
    assert capsys.readouterr().out == f"new{os.sep}page.html\n"
    assert Path("new/page.html").read_text(encoding="utf-8") == "<p>é</p>"
    assert [file.name for file in Path("new").iterdir()] == ["page.html"]


def test_without_a_name_it_has_its_place_and_a_dash_is_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_page("<p>", "", tmp_path / "default.html")
    write_page("<p>", "-", tmp_path / "default.html")
    assert capsys.readouterr().out == "default.html\n<p>"


def test_where_it_cannot_be_written_one_message_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GenError, match=r"cannot be written to .*file/page\.html"):
        write_page("<p>", str(tmp_path / "file" / "page.html"), tmp_path / "default.html")
