"""What gen lint takes for a template, a buildspec or an appspec, and what it can't read."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.lint.findings import Kind, Subject
from generator.lint.sources import Source, Unreadable, kind_of, sources

pytestmark = pytest.mark.unit

TEMPLATE = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, content: str | bytes = TEMPLATE) -> None:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def told(found: list[Source]) -> list[tuple[str, str]]:
    """Name each source with its kind, or with why it can't be read."""
    return [
        (each.name, each.remark.message if isinstance(each, Unreadable) else str(each.kind))
        for each in found
    ]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("t.yaml", TEMPLATE, Kind.TEMPLATE),
        ("t.yaml", "# first\n---\nAWSTemplateFormatVersion: 2010-09-09\n", Kind.TEMPLATE),
        ("t.yaml", "'Resources': {}\n", Kind.TEMPLATE),
        ("t.json", '{"Resources": {}}', Kind.TEMPLATE),
        ("t.json", '{"Resources": {"A": ', Kind.TEMPLATE),
        ("t.yaml", "{Resources: {A: {Type: 'AWS::SNS::Topic'}}}", Kind.TEMPLATE),
        ("t.yaml", "Resources:\n  A:\n    X: |\n      version: 0.0\n", Kind.TEMPLATE),
        ("buildspec-test.yml", "version: 0.2\n", Kind.BUILDSPEC),
        ("ci/BuildSpec.yaml", "x", Kind.BUILDSPEC),
        ("build.yml", "version: 0.2\nphases:\n  build: {}\n", Kind.BUILDSPEC),
        ("build.json", '{"version": "0.2", "phases": {}}', Kind.BUILDSPEC),
        ("appspec.yml", "", Kind.APPSPEC),
        ("deploy.yml", "version: 0.0\nResources:\n  - F: {}\n", Kind.APPSPEC),
        ("deploy.json", '{"version": 0.0, "Resources": []}', Kind.APPSPEC),
        ("deployment.yaml", "kind: Deployment\nspec:\n  Resources: {}\n", None),
        ("package.json", '{"name": "x", "dependencies": {"AWS": "1"}}', None),
        ("docker-compose.yml", "version: '3'\nservices: {}\n", None),
        ("list.json", "[1]", None),
        ("deep.json", '{"a":' * 100_000, None),
    ],
)
def test_a_text_is_what_its_name_or_its_first_keys_say(
    name: str, text: str, kind: Kind | None
) -> None:
    assert kind_of(name, text) is kind


def test_a_folder_gives_what_is_ours_in_order_and_nothing_that_others_wrote() -> None:
    for name in ("in/b.yaml", "in/a.json", "in/sub/c.template", "in/d.YML"):
        write(name)
    for name in ("in/.git/x.yaml", "in/node_modules/y/z.yaml", "in/notes.txt"):
        write(name)
    write("in/values.yaml", "replicas: 2\n")
    write("in/logo.json", b"\x89PNG\xff")
    found = sources(["in"])
    assert [each.name for each in found] == [
        "in/a.json",
        "in/b.yaml",
        "in/d.YML",
        "in/sub/c.template",
    ]


def test_a_file_is_judged_once_whatever_names_it() -> None:
    write("in/a.yaml")
    Path("in/link.yaml").symlink_to("a.yaml")
    assert [each.name for each in sources(["in/a.yaml", "in", "in/*.yaml", "./in/a.yaml"])] == [
        "in/a.yaml"
    ]


def test_a_pattern_reaches_into_folders() -> None:
    write("in/a.yaml")
    write("in/deep/er/b.yaml")
    assert [each.name for each in sources(["in/**/*.yaml"])] == ["in/a.yaml", "in/deep/er/b.yaml"]


def test_a_file_whose_name_is_a_pattern_is_that_file() -> None:
    write("[a].yaml")
    assert [each.name for each in sources(["[a].yaml"])] == ["[a].yaml"]


def test_what_is_named_is_a_template_when_it_looks_like_nothing() -> None:
    write("x.txt", "something\n")
    (found,) = sources(["x.txt"])
    assert isinstance(found, Subject)
    assert found.kind is Kind.TEMPLATE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file is empty"),
        (b"a\xff\xfe", "this is no text in UTF-8"),
        (b"Resources:\n  A: \0", "this is a binary file, no text"),
    ],
)
def test_what_can_not_be_read_is_told_by_its_name(content: bytes, message: str) -> None:
    write("t.yaml", content)
    assert told(sources(["t.yaml"])) == [("t.yaml", message)]


def test_a_template_of_a_folder_that_is_no_utf_8_is_told_with_its_line() -> None:
    write("in/t.yaml", "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    # für\n".encode("latin-1"))
    (found,) = sources(["in"])
    assert isinstance(found, Unreadable)
    assert (found.name, found.remark.line) == ("in/t.yaml", 4)


def test_a_mark_of_the_byte_order_is_no_part_of_the_text() -> None:
    write("t.yaml", TEMPLATE.encode("utf-8-sig"))
    (found,) = sources(["t.yaml"])
    assert isinstance(found, Subject)
    assert found.text == TEMPLATE


def test_what_is_not_there_is_told() -> None:
    write("a.yaml")
    Path("empty").mkdir()
    Path("broken.yaml").symlink_to("nowhere")
    assert told(sources(["no.yaml", "no*.yaml", "a.yaml/b", "empty", "broken.yaml"])) == [
        ("no.yaml", "there is no such file"),
        ("no*.yaml", "no file matches this pattern"),
        ("a.yaml/b", "there is no such file"),
        ("empty", "this folder holds no template, buildspec or appspec"),
        ("broken.yaml", "there is no such file"),
    ]


def test_what_is_denied_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.yaml")

    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert told(sources(["a.yaml"])) == [("a.yaml", "Permission denied")]


def test_a_device_is_no_file() -> None:
    assert told(sources(["/dev/null"])) == [("/dev/null", "this is no file")]


def test_a_jinja_template_is_judged_as_rendered() -> None:
    write("service.yaml.j2", "Resources: {{ all }}\n")
    ((_, message),) = told(sources(["service.yaml.j2"]))
    assert "without a path" in message
