"""The tests' own browser: it must see what is wrong with a page, or no test of a page can fail."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import browser as harness
import pytest
from browser import PHONE, Browser

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

GOOD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Good</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
</head><body><main><h1>Good</h1><p id="scheme"></p>
<script>scheme.textContent = matchMedia("(prefers-color-scheme: dark)").matches</script>
</main></body></html>"""


def written(folder: Path, text: str) -> Path:
    file = folder / "page.html"
    file.write_text(text)
    return file


def test_a_good_page_has_no_problems(browser: Browser, tmp_path: Path) -> None:
    with browser.open(written(tmp_path, GOOD), width=PHONE, scheme="dark") as page:
        assert page.problems() == []
        assert page.texts("#scheme") == ["true"]
        assert page.evaluate("innerWidth") == PHONE


WRONG = {
    "<script>console.error('oh no')</script>": "console: oh no",
    "<script>nowhere()</script>": "console: nowhere is not defined",
    '<script src="near.js"></script>': "/near.js",
    '<img alt="far" src="https://example.com/a.png">': "network: https://example.com/a.png",
    '<style>@import "http://127.0.0.1:9/a.css"</style>': "network: http://127.0.0.1:9/a.css",
    '<script>new WebSocket("ws://127.0.0.1:9/live")</script>': "network: ws://127.0.0.1:9/live",
    '<p style="width: 900px">wide</p>': "too wide: <p> wide",
    '<p style="color: #aaa; background: #fff">pale</p>': "axe: color-contrast: ['p:nth-",
    '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">': "axe: image-alt",
}


def test_what_is_wrong_with_a_page_is_seen(browser: Browser, tmp_path: Path) -> None:
    file = written(tmp_path, GOOD.replace("</main>", "\n".join(WRONG) + "</main>"))
    with browser.open(file, width=PHONE) as page:
        problems = page.problems()
    assert [said for said in WRONG.values() if not any(said in one for one in problems)] == []


def test_what_scrolls_in_itself_does_not_make_the_page_too_wide(
    browser: Browser, tmp_path: Path
) -> None:
    table = '<div style="overflow-x: auto" tabindex="0"><p style="width: 900px">wide</p></div>'
    with browser.open(written(tmp_path, GOOD.replace("</main>", f"{table}</main>"))) as page:
        assert page.too_wide() == []


def test_the_browser_leaves_no_event_loop_to_other_tests(browser: Browser) -> None:
    assert asyncio.run(asyncio.sleep(0, "ours")) == "ours"


def test_without_a_browser_tests_fail_and_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chrome")
    with pytest.raises(RuntimeError, match="Debian's package `chromium`"):
        harness.start()
    done = subprocess.run(
        [sys.executable, harness.__file__], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "name one: CHROMIUM=/path/to/chrome" in done.stderr
