"""The page about a system, opened: it stands for itself, for everybody, on any screen."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from browser import DESK, PHONE, Browser
from click.testing import CliRunner

from generator.cli import gen
from generator.errors import GenError

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROOT = Path(__file__).parents[2]
NARROWEST = 320


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages about prod, which has everything, and dev, as `gen docs` writes them."""
    folder = tmp_path_factory.mktemp("docs") / "deeper"
    written = {environment: folder / f"{environment}.html" for environment in ("prod", "dev")}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        for environment, out in written.items():
            done = CliRunner().invoke(gen, ["docs", "-e", environment, "--out", str(out)])
            assert (done.exit_code, done.stdout.strip()) == (0, os.path.relpath(out)), done.output
    return written


@pytest.fixture(scope="module")
def file(files: dict[str, Path]) -> Path:
    return files["prod"]


@pytest.mark.parametrize(("environment", "scheme"), [("prod", "light"), ("dev", "dark")])
def test_it_asks_for_nothing_fits_on_a_phone_and_can_be_read_by_everybody(
    browser: Browser, files: dict[str, Path], environment: str, scheme: Literal["light", "dark"]
) -> None:
    with browser.open(files[environment], width=PHONE, scheme=scheme) as page:
        # What is folded away has to be as sound as the rest.
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.problems() == []


@pytest.mark.parametrize("width", [NARROWEST, DESK])
def test_it_fits_on_other_screens(browser: Browser, file: Path, width: int) -> None:
    with browser.open(file, width=width, scheme="dark") as page:
        page.screenshot(f"system-{width}")
        assert page.too_wide() == []


def test_it_needs_no_scripts(browser: Browser, file: Path) -> None:
    with browser.open(file, scripts=False) as page:
        assert page.texts("h1") == ["orders in prod"]
        assert "<script" not in file.read_text(encoding="utf-8")


def test_its_headings_are_in_order(browser: Browser, file: Path) -> None:
    with browser.open(file) as page:
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])"
        )
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert page.texts("h2") == [
            "Overview", "Data and events", "Delivery", "Parameters", "Who may do what", "Alarms",
            "What it costs", "Guardrails",
        ]  # fmt: skip
        assert page.texts("nav a") == page.texts("h2")


def test_every_picture_says_what_it_shows_and_has_the_same_as_a_table(
    browser: Browser, file: Path
) -> None:
    with browser.open(file) as page:
        pictures = page.evaluate("""[...document.querySelectorAll('svg')].map(svg => ({
          named: svg.getAttribute('aria-labelledby').split(' ')
            .map(id => document.getElementById(id)?.textContent ?? ''),
          rows: svg.closest('figure').querySelectorAll('details table tbody tr').length,
        }))""")
        assert len(pictures) == 4
        for picture in pictures:
            assert all(picture["named"]), picture
            assert picture["rows"] > 0


def test_ids_are_there_once_and_links_lead_somewhere(browser: Browser, file: Path) -> None:
    with browser.open(file) as page:
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
        links = page.evaluate("""[...document.querySelectorAll('a[href^="#"]')]
          .map(each => each.getAttribute('href').slice(1))""")
        assert len(ids) == len(set(ids))
        assert set(links) <= set(ids)


def test_the_keyboard_skips_to_the_content_and_reaches_wide_tables(
    browser: Browser, file: Path
) -> None:
    with browser.open(file, width=PHONE) as page:
        page.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.press("Tab")
        assert "scroll" in page.evaluate("document.activeElement.className")


def test_words_in_boxes_stay_within_them(browser: Browser, file: Path) -> None:
    with browser.open(file) as page:
        outside = page.evaluate("""[...document.querySelectorAll('.node')].flatMap(node => {
          const box = node.querySelector('rect').getBBox();
          return [...node.querySelectorAll('text')].filter(text => {
            const words = text.getBBox();
            return words.x < box.x - 1 || words.x + words.width > box.x + box.width + 1
              || words.y < box.y - 1 || words.y + words.height > box.y + box.height + 1;
          }).map(text => text.textContent);
        })""")
        assert outside == []


def test_a_page_that_cannot_be_written_is_one_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(gen, ["docs", "--out", str(tmp_path / "file" / "x.html")])

    assert isinstance(done.exception, GenError)
    assert "cannot be written" in str(done.exception)


def test_the_same_is_there_as_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(gen, ["docs", "-e", "prod", "--output", "json"])

    assert json.loads(done.stdout)["delivery"]["bake_minutes"] == 15
