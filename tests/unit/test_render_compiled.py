"""Templates are compiled once; what was compiled is believed only as it was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest

from generator.errors import GenError
from generator.render import environment
from generator.render.environment import Rendered, Renderer
from generator.shipped import Folder

pytestmark = pytest.mark.unit

FILES = {
    "main.j2": "{% import 'macros.j2' as m %}\nA: 1\n{% include 'part.j2' %}\n{{ m.said(x) }}\n",
    "part.j2": "B: {{ x | tojson }}\n",
    "macros.j2": "{% macro said(what) %}C: {{ what }}{% endmacro %}\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that were compiled, and not found as they once were."""
    names: list[str] = []
    parse = jinja2.Environment._parse

    def noted(self: jinja2.Environment, source: str, name: str, filename: str) -> object:
        names.append(name)
        return parse(self, source, name, filename)

    monkeypatch.setattr(jinja2.Environment, "_parse", noted)
    return names


def renderer(folder: Path) -> Renderer:
    return Renderer(Folder(folder, "templates"), compiled=folder / "cache")


def render(folder: Path, **values: object) -> Rendered:
    return Renderer(Folder(folder, "templates"), compiled=folder / "cache").render(
        "main.j2", {"x": 1, **values}
    )


def test_a_template_is_compiled_once_and_renders_the_same(folder: Path, parsed: list[str]) -> None:
    first = render(folder)
    assert sorted(parsed) == sorted(FILES)
    parsed.clear()
    assert render(folder) == first
    assert parsed == []
    assert render(folder, x="other").text == first.text.replace("1\nC: 1", '"other"\nC: other')


def test_of_changed_templates_only_those_are_compiled_again(
    folder: Path, parsed: list[str]
) -> None:
    render(folder)
    parsed.clear()
    (folder / "part.j2").write_text("B: changed\n")
    assert "changed" in render(folder).text
    assert parsed == ["part.j2"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda code: b"",
        lambda code: code[:-1],
        lambda code: code[::-1],
        lambda code: code[:-5] + b"?" + code[-4:],
    ],
)
def test_spoilt_code_is_compiled_again(
    folder: Path, parsed: list[str], spoil: Callable[[bytes], bytes]
) -> None:
    first = render(folder)
    parsed.clear()
    for file in (folder / "cache").iterdir():
        file.write_bytes(spoil(file.read_bytes()))
    assert render(folder) == first
    assert sorted(parsed) == sorted(FILES)
    parsed.clear()
    assert render(folder) == first
    assert parsed == []


def test_what_another_gen_compiled_is_compiled_again(
    folder: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    render(folder)
    parsed.clear()
    monkeypatch.setattr(environment, "fingerprint", lambda: "another")
    render(folder)
    assert sorted(parsed) == sorted(FILES)


def test_a_mistake_in_a_compiled_template_has_its_line(folder: Path, parsed: list[str]) -> None:
    render(folder)
    parsed.clear()
    with pytest.raises(GenError) as caught:
        renderer(folder).render("main.j2", {})
    assert caught.value.problems[0].where == "templates/part.j2:1"
    assert parsed == []


def test_no_room_for_what_was_compiled_stops_nothing(folder: Path) -> None:
    (folder / "cache").write_text("a file where the folder would be")
    assert "A: 1" in render(folder).text
