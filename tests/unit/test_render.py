from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.config import load
from generator.errors import GenError, Problem
from generator.render.environment import Rendered, Renderer
from generator.render.view import View
from generator.render.views.api import RouteView
from generator.shipped import Folder

pytestmark = pytest.mark.unit


def render(folder: Path, files: dict[str, str], **values: object) -> Rendered:
    for name, text in files.items():
        (folder / name).write_text(text)
    return Renderer(Folder(folder, "templates")).render("main.j2", values)


def problem(folder: Path, files: dict[str, str], **values: object) -> Problem:
    with pytest.raises(GenError) as caught:
        render(folder, files, **values)
    (found,) = caught.value.problems
    return found


def origins(rendered: Rendered) -> list[str]:
    return [str(origin) for origin in rendered.origins.origins]


def test_each_line_knows_its_origin_through_loops_includes_and_macros(tmp_path: Path) -> None:
    rendered = render(
        tmp_path,
        {
            "main.j2": "A: 1\n{% for n in names %}\n{% include 'part.j2' %}\n{% endfor %}\n"
            "{% from 'm.j2' import tags %}\nTags:\n{{ tags('x') | indent(2, first=True) }}\nZ: 1\n",
            "part.j2": "{{ n }}:\n  Type: T\n",
            "m.j2": "{% macro tags(v) -%}\n- Key: a\n  Value: {{ v }}\n{%- endmacro %}",
        },
        names=["b", "c"],
    )
    assert rendered.text.splitlines() == [
        "A: 1", "b:", "  Type: T", "c:", "  Type: T", "Tags:", "  - Key: a", "    Value: x", "Z: 1",
    ]  # fmt: skip
    assert origins(rendered)[:9] == [
        "templates/main.j2:1",
        "templates/part.j2:1",
        "templates/part.j2:2",
        "templates/part.j2:1",
        "templates/part.j2:2",
        "templates/main.j2:6",
        "templates/m.j2:2",
        "templates/m.j2:3",
        "templates/main.j2:8",
    ]


def test_captured_text_compares_counts_and_serialises_without_marks(tmp_path: Path) -> None:
    rendered = render(
        tmp_path,
        {
            "main.j2": "{% set word %}abc{% endset %}{{ word == 'abc' }} {{ word | length }}"
            " {{ word | tojson }} {{ word | upper }} {{ 'yes' if word in ['abc'] else 'no' }}"
        },
    )
    assert rendered.text == 'True 3 "abc" ABC yes'


MISTAKES = [
    ({"main.j2": "A: 1\nB: {{ nope }}\n"}, 2, "'nope' is undefined"),
    ({"main.j2": "A: 1\nB: {{ nope | tojson }}\n"}, 2, "'nope' is undefined"),
    ({"main.j2": "\n\nB: {{ known.nope }}\n"}, 3, "has no attribute 'nope'"),
    ({"main.j2": "A: 1\n\n{% if %}\n"}, 3, "Expected an expression"),
    ({"main.j2": "A: 1\n{% include 'gone.j2' %}\n"}, 2, "there is no template 'gone.j2'"),
    ({"main.j2": "A: {{ 1 / 0 }}\n"}, 1, "ZeroDivisionError"),
    ({"main.j2": "A: 1\n{% for x in known.things %}\n"}, 2, "Unexpected end of template"),
]


@pytest.mark.parametrize(("files", "line", "message"), MISTAKES)
def test_a_mistake_names_the_template_and_its_line(
    tmp_path: Path, files: dict[str, str], line: int, message: str
) -> None:
    found = problem(tmp_path, files, known={})
    assert (found.file, found.line) == ("templates/main.j2", line)
    assert message in found.message


def test_a_mistake_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    found = problem(
        tmp_path, {"main.j2": "A: 1\n{% include 'part.j2' %}\n", "part.j2": "\nX: {{ nope }}\n"}
    )
    assert (found.file, found.line) == ("templates/part.j2", 2)


def test_a_dynamic_reference_keeps_its_braces(tmp_path: Path) -> None:
    rendered = render(tmp_path, {"main.j2": "A: {{ resolve('ssm', '/a/b') }}"})
    assert rendered.text == "A: {{resolve:ssm:/a/b}}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(value=JSON)
def test_tojson_writes_yaml_that_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    text = json.dumps(value)
    if re.search("[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff\u2028\u2029]", str(value)) or "\\u" in text:
        value = "replaced: YAML 1.1 does not take control characters unescaped"
    folder = tmp_path_factory.mktemp("templates")
    rendered = render(folder, {"main.j2": "A: {{ value | tojson }}"}, value=value)
    assert yaml.safe_load(rendered.text) == {"A": value}


def test_routes_have_ids_of_letters_and_digits_and_permissions_of_their_own() -> None:
    def route(key: str) -> RouteView:
        return RouteView(key, "Orders", open=False)

    assert route("GET /orders/{id}").permission == "GET/orders/*"
    assert route("ANY /{proxy+}").permission == "*/*"
    assert route("$default").permission == "$default"
    keys = ["GET /a-b", "GET /a/b", "GET /a_b", "GET /a/{b}", "GET /ab", "GET /", "$default"]
    ids = [route(key).id for key in keys]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", each) for each in ids)


def test_a_fingerprint_changes_with_what_is_fixed_at_render_time_only(project: Path) -> None:
    loaded = load(project, "dev").config

    def fingerprint(**changes: object) -> str:
        function = loaded.functions["orders"].model_copy(update=changes)
        return (
            View(loaded.model_copy(update={"functions": {"orders": function}}))
            .functions[0]
            .fingerprint
        )

    same = fingerprint()
    assert fingerprint(memory=1024, timeout=3) == same
    for change in ({"handler": "app.other"}, {"environment": {"A": "b"}}, {"tables": {}}):
        assert fingerprint(**change) != same
