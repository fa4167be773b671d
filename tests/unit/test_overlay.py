"""A project's templates over gen's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import shipped
from generator.errors import GenError, Problem
from generator.lint import Finding, Judgement
from generator.render.environment import Rendered, Renderer
from generator.report import sarif
from generator.shipped import Folder

pytestmark = pytest.mark.unit


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Folder, Folder]:
    """The project's, and gen's with a template that takes a part and a macro."""
    project = Folder(tmp_path / "project" / "templates", "templates")
    own = Folder(tmp_path / "share" / "templates", "gen:templates")
    write(
        own,
        {
            "main.j2": "{% import 'macros.j2' as macros %}\nA: 1\n{% include 'part.j2' %}\n"
            "Z: {{ macros.end('z') }}\n",
            "part.j2": "B: {{ value }}\n",
            "macros.j2": "{% macro end(v) -%}\n{{ v }}-gen\n{%- endmacro %}",
        },
    )
    return project, own


def write(folder: Folder, files: dict[str, str]) -> None:
    folder.path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder.path / name).write_text(text)


def render(folders: tuple[Folder, Folder]) -> Rendered:
    return Renderer(*folders).render("main.j2", {"value": "x"})


def lines(rendered: Rendered) -> list[tuple[str, str]]:
    """Give each line with its origin."""
    found = zip(rendered.text.splitlines(), rendered.origins.origins, strict=False)
    return [(line, str(origin)) for line, origin in found]


def test_lines_of_gens_own_templates_say_so(folders: tuple[Folder, Folder]) -> None:
    assert lines(render(folders)) == [
        ("A: 1", "gen:templates/main.j2:2"),
        ("B: x", "gen:templates/part.j2:1"),
        ("Z: z-gen", "gen:templates/main.j2:4"),
    ]


def test_a_partial_of_the_project_takes_the_place_of_gens(folders: tuple[Folder, Folder]) -> None:
    write(folders[0], {"part.j2": "\nC: {{ value }}\n"})
    assert ("C: x", "templates/part.j2:2") in lines(render(folders))
    assert "B:" not in render(folders).text


def test_a_partial_of_the_project_adds_to_gens(folders: tuple[Folder, Folder]) -> None:
    write(folders[0], {"part.j2": "{% include 'gen:part.j2' %}\nC: 1\n"})
    assert lines(render(folders))[1:3] == [
        ("B: x", "gen:templates/part.j2:1"), ("C: 1", "templates/part.j2:2"),
    ]  # fmt: skip


def test_a_macro_of_the_project_wraps_gens(folders: tuple[Folder, Folder]) -> None:
    text = (
        "{% import 'gen:macros.j2' as own %}\n"
        "{% macro end(v) -%}\n{{ own.end(v) }}-mine\n{%- endmacro %}"
    )
    write(folders[0], {"macros.j2": text})
    assert "Z: z-gen-mine" in render(folders).text


@pytest.mark.parametrize(
    ("text", "message"),
    [("A: 1\n{{ nope }}\n", "'nope' is undefined"), ("A: 1\n{% if %}\n", "Expected an expression")],
)
@pytest.mark.parametrize("which", [0, 1])
def test_a_mistake_is_at_its_line_of_whosever_file(
    folders: tuple[Folder, Folder], which: int, text: str, message: str
) -> None:
    write(folders[which], {"part.j2": text})
    with pytest.raises(GenError) as caught:
        render(folders)
    (problem,) = caught.value.problems
    assert problem.where == f"{folders[which].shown}/part.j2:2"
    assert message in problem.message


def test_in_gens_own_project_everything_is_the_projects() -> None:
    (folder,) = shipped.template_folders(shipped.ROOT)
    assert folder.shown == "templates"
    rendered = Renderer(folder).render("macros/tags.yaml.j2", {})
    assert {o.file for o in rendered.origins.origins if o} <= {"templates/macros/tags.yaml.j2"}


def test_added_functions_are_gens_unless_the_project_has_its_own(tmp_path: Path) -> None:
    name = "lambda_code/traffic_check"
    assert shipped.find(tmp_path, name) == shipped.ROOT / name
    (tmp_path / name).mkdir(parents=True)
    assert shipped.find(tmp_path, name) == tmp_path / name
    assert shipped.find(tmp_path, "lambda_code/mine") == tmp_path / "lambda_code/mine"


def test_a_code_host_is_given_no_path_for_what_is_gens() -> None:
    shown = [
        Problem("wrong", file=f"{prefix}templates/core.yaml.j2", line=3) for prefix in ("", "gen:")
    ]
    found = Judgement.of([Finding.of_problem("E0000", each) for each in shown], ["core"])
    (run,) = sarif.log(found, {})["runs"]
    places = [each["locations"][0]["physicalLocation"] for each in run["results"]]
    assert sorted((place["artifactLocation"] for place in places), key=len) == [
        {"uri": "gen:templates/core.yaml.j2"},
        {"uri": "templates/core.yaml.j2", "uriBaseId": "ROOT"},
    ]
