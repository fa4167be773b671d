"""Pages that are one file: whatever is put into them is text, and they ask for nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.report.html import Column, Section, badge, code, e, figure, markup, page, table
from generator.report.html.elements import text_of
from generator.report.html.page import POLICY
from generator.report.looks import printable

pytestmark = pytest.mark.unit

HOSTILE = "</td><script>alert(1)</script> & \"quotes\" 'single' \x00\x1b[31m <!-- ]]>"


class Reader(HTMLParser):
    """Reads markup as a browser does: elements, attributes, text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(written: str) -> Reader:
    reader = Reader()
    reader.feed(written)
    reader.close()
    return reader


@settings(max_examples=40)
@given(st.text(), st.text())
def test_whatever_stands_in_an_element_is_read_as_the_same_text(text: str, value: str) -> None:
    read_back = read(markup(e("p", text, title=value)))

    assert read_back.text == printable(text).replace("\r", "\n")
    assert read_back.elements == [("p", {"title": printable(value) or None})]


@pytest.mark.parametrize("name", ["script", "style", "a b", "x><script", "1a", ""])
def test_no_element_has_a_name_that_is_not_escaped_or_none(name: str) -> None:
    with pytest.raises(ValueError, match=r"not a name|not escaped"):
        e(name)


def test_attributes_are_named_as_html_and_svg_name_them() -> None:
    written = markup(
        e("path", class_="x", stroke_width=2, viewBox="0 0", hidden=True, id=None, open=False)
    )

    assert written == '<path class="x" stroke-width="2" viewBox="0 0" hidden></path>'


def test_what_is_nothing_leaves_nothing() -> None:
    assert markup([None, e("br"), [], ["a", [1, 2.5]]]) == "<br>a12.5"


def test_a_table_names_its_columns_its_rows_and_itself() -> None:
    written = markup(table("Regions", ["Region", Column("Wave", numeric=True)], [("x", 1)]))

    assert 'role="group" aria-label="Regions" tabindex="0"' in written
    assert "<caption>Regions</caption>" in written
    assert '<th scope="col">Region</th><th scope="col" class="number">Wave</th>' in written
    assert '<tr><th scope="row">x</th><td class="number">1</td></tr>' in written


def test_a_table_that_stacks_stays_a_table_to_those_who_hear_it() -> None:
    written = markup(table("Regions", ["Region", "Wave"], [("x", 1)], stacks=True))

    assert re.findall(r'role="(\w+)"', written) == [
        "group", "table", "rowgroup", "row", "columnheader", "columnheader", "rowgroup", "row",
        "rowheader", "cell",
    ]  # fmt: skip
    assert 'data-label="Wave"' in written


def test_a_row_of_another_length_than_the_head_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        table("Regions", ["Region", "Wave"], [("x",)])


def test_a_tone_that_has_no_looks_is_refused() -> None:
    with pytest.raises(ValueError, match="no tone"):
        badge("x", "pink")


@settings(max_examples=40)
@given(st.text(min_size=1))
def test_an_identifier_that_may_break_reads_as_it_is(text: str) -> None:
    assert text_of(code(text)) == text


def test_a_picture_has_the_same_in_words() -> None:
    written = markup(figure(e("svg"), "Waves", alternative=e("p", "first, second")))

    assert "<figcaption>Waves</figcaption>" in written
    assert "<summary>The same as a table</summary><p>first, second</p>" in written


def test_a_page_keeps_hostile_text_out_of_its_markup_and_forbids_itself_scripts() -> None:
    written = page(
        HOSTILE,
        [Section(HOSTILE, [table(HOSTILE, [HOSTILE], [(HOSTILE,)])], lead=HOSTILE)],
        kind=HOSTILE,
        lead=HOSTILE,
        foot=HOSTILE,
    )

    elements = read(written).elements
    names = [name for name, _ in elements]
    assert "script" not in names
    assert names.count("style") == names.count("h1") == names.count("main") == 1
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY}) in elements
    assert POLICY.startswith("default-src 'none'")
    assert "\x1b" not in written
    assert "\x00" not in written


def test_the_style_sheet_fetches_nothing() -> None:
    written = page("x", [], kind="x")

    assert not re.search(r"url\(|@import|https?:", written.partition("</style>")[0])
