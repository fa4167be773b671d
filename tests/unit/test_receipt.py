"""An unchanged build is not made again; whatever it is made of has changed, it is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import generator.installed
from generator.build import make as making
from generator.build.folder import open_build, write
from generator.build.inputs import folders_of
from generator.build.make import Build, make
from generator.build.receipt import Receipt, Summary
from generator.config import load
from generator.errors import GenError, Problem
from generator.installed import fingerprint
from generator.lint import Finding, workers
from generator.lint.question import Question
from generator.units import UNITS

pytestmark = pytest.mark.unit

STACK = "Parameters:\n  Project:\n    Type: String\nResources:\n  A:\n    Type: AWS::SNS::Topic\n"


@pytest.fixture(autouse=True)
def nobody_judges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were judged, and found right, without loading cfn-lint."""
    judged: list[str] = []

    def judge(questions: list[Question], *, limit: float) -> list[list[object]]:
        judged.extend(question.text for question in questions)
        return [[] for _ in questions]

    monkeypatch.setattr(workers, "judge", judge)
    monkeypatch.setattr(making.schemas, "as_file", lambda texts, *, store: "{}\n")
    monkeypatch.setattr("generator.build.rendering.execution_policies", lambda *_, **__: ())
    return judged


@pytest.fixture
def project(project: Path) -> Path:
    """The small project, with a template for each unit and a partial that one of them includes."""
    for unit in UNITS:
        name = unit.name.title().replace("-", "")
        text = STACK.replace("  A:", f"  {name}:")
        if unit.name == "service":
            text = text.replace("Resources", "  OrdersCodeKey:\n    Type: String\nResources")
            text += "{% include 'partials/more.yaml.j2' %}\n"
        (project / "templates" / unit.template).write_text(text)
    (project / "templates" / "partials").mkdir()
    (project / "templates" / "partials" / "more.yaml.j2").write_text("# more\n")
    return project


def render(project: Path, *, receipt: Receipt | None = None) -> Build:
    """Do what gen render does when no receipt stands."""
    receipt = receipt or Receipt(project, "dev")
    loaded = load(project, "dev")
    build = make(project, loaded, cache=project / "build" / "cache")
    write(project, "dev", build.files)
    receipt.keep(build, folders_of(project, loaded))
    return build


def standing(project: Path) -> Summary | None:
    return Receipt(project, "dev").standing()


def test_a_build_stands_as_long_as_nothing_changes(project: Path) -> None:
    assert standing(project) is None
    build = render(project)
    assert standing(project) == Summary.of(build)
    assert standing(project) == Summary.of(build)


def test_its_warnings_are_said_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warning = Problem("W9 careful", file=Path("templates/core.yaml.j2"), line=3, hint="so")
    monkeypatch.setattr(making, "_check_sizes", lambda *_: [warning])
    render(project)
    summary = standing(project)
    assert summary is not None
    assert [str(each) for each in summary.warnings] == [str(warning)]


def touch(name: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        with (project / name).open("a") as file:
            file.write("\n# more\n")

    return change


def add(name: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("# new\n")

    return change


def remove(name: str) -> Callable[[Path], None]:
    return lambda project: (project / name).unlink()


def remove_the_build(project: Path) -> None:
    shutil.rmtree(project / "build" / "dev")


def swap_two_templates(project: Path) -> None:
    roles, core = (project / "templates" / f"{name}.yaml.j2" for name in ("roles", "core"))
    one, other = roles.read_text(), core.read_text()
    roles.write_text(other)
    core.write_text(one)


CHANGES = {
    "a parameter": touch("params/dev.yaml"),
    "a default": touch("params/defaults.yaml"),
    "no defaults": remove("params/defaults.yaml"),
    "a template": touch("templates/core.yaml.j2"),
    "a partial": touch("templates/partials/more.yaml.j2"),
    "a new template": add("templates/partials/new.yaml.j2"),
    "a hidden template": add("templates/.hidden.yaml.j2"),
    "no partial": remove("templates/partials/more.yaml.j2"),
    "two templates": swap_two_templates,
    "code": touch("code/orders/app.py"),
    "a lock": add("code/orders/requirements.txt"),
    "a built template": touch("build/dev/templates/core.yaml"),
    "a built package": touch("build/dev/packages/orders.zip"),
    "the manifest": touch("build/dev/manifest.json"),
    "a file too many": add("build/dev/templates/more.yaml"),
    "a file too few": remove("build/dev/parameters/core.json"),
    "no build": remove_the_build,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_stands_that_would_become_another_build(
    project: Path, change: Callable[[Path], None]
) -> None:
    render(project)
    change(project)
    assert standing(project) is None


@pytest.mark.parametrize("change", [touch("code/orders/.app.py.swp"), touch("templates/.x.swp")])
def test_what_an_editor_leaves_changes_nothing(
    project: Path, change: Callable[[Path], None]
) -> None:
    render(project)
    change(project)
    assert standing(project) is not None


def test_a_template_in_a_linked_folder_counts(project: Path, tmp_path: Path) -> None:
    shared = tmp_path / "elsewhere"
    shutil.move(project / "templates" / "partials", shared)
    (project / "templates" / "partials").symlink_to(shared)
    (shared / "round").symlink_to(shared)
    render(project)
    assert standing(project) is not None
    (shared / "more.yaml.j2").write_text("# other\n")
    assert standing(project) is None
    with pytest.raises(GenError, match="out of date"):
        open_build(project, load(project, "dev"))


def another_gen(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    copy = shutil.copytree(Path(generator.installed.__file__).parent, place / "generator")
    (copy / "lint" / "settings.yaml").write_text("ignore_checks: [E9101]\n")
    monkeypatch.setattr(generator.installed, "__file__", str(copy / "installed.py"))


def another_cfn_lint(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    (place / "cfn_lint-99.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(place)])


def newer_schemas(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    date = place / "aws" / "cfn-lint" / "schemas" / "version.json"
    date.parent.mkdir(parents=True)
    date.write_text('{"schema_date": "2099-01-01"}')
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place))


def another_python(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    monkeypatch.setattr(sys, "version", "3.99.0")


@pytest.fixture
def other_installation() -> Iterator[None]:
    """What a test makes of the installation is forgotten after it."""
    yield
    fingerprint.cache_clear()


@pytest.mark.usefixtures("other_installation")
@pytest.mark.parametrize("change", [another_gen, another_cfn_lint, newer_schemas, another_python])
def test_nothing_stands_that_others_judged(
    change: Callable[[pytest.MonkeyPatch, Path], None],
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    render(project)
    change(monkeypatch, tmp_path / "other")
    fingerprint.cache_clear()
    assert standing(project) is None


def receipt_of(project: Path) -> Path:
    return project / "build" / "cache" / "receipts" / "dev.json"


@pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b"null", b'{"said": {}}', b"\xff\x00"])
def test_a_spoilt_receipt_is_none(project: Path, spoilt: bytes) -> None:
    render(project)
    receipt_of(project).write_bytes(spoilt)
    assert standing(project) is None
    render(project)
    assert standing(project) is not None


def test_a_receipt_of_which_a_word_was_changed_is_none(project: Path) -> None:
    build = render(project)
    file = receipt_of(project)
    file.write_text(file.read_text().replace(build.manifest.release, "0" * 12))
    assert standing(project) is None


def test_a_receipt_of_another_runs_build_is_none(project: Path) -> None:
    """Of two runs at once, one may put its build in place, and the other its receipt."""
    render(project)
    older = receipt_of(project).read_bytes()
    touch("code/orders/app.py")(project)
    render(project)
    receipt_of(project).write_bytes(older)
    assert standing(project) is None


def test_parameters_that_change_before_they_are_read_leave_no_receipt(project: Path) -> None:
    begun = Receipt(project, "dev")
    touch("params/dev.yaml")(project)
    render(project, receipt=begun)
    assert standing(project) is None


def test_a_template_that_changes_while_it_is_judged_leaves_the_build_out_of_date(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prove(*_: object, **__: object) -> list[Finding]:
        touch("templates/core.yaml.j2")(project)
        return []

    monkeypatch.setattr(making, "prove", prove)
    render(project)
    assert standing(project) is None
    with pytest.raises(GenError, match="out of date"):
        open_build(project, load(project, "dev"))


def test_of_builds_that_are_written_at_once_one_is_there_whole(project: Path) -> None:
    names = [f"{n:03}" for n in range(40)]
    builds = [{f"{name}/{part}": name.encode() for part in "abc"} for name in names]
    failed: list[BaseException] = []

    def put(mine: list[dict[str, bytes]]) -> None:
        try:
            for files in mine:
                write(project, "dev", files)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=put, args=(builds[n::4],)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    (left,) = (project / "build" / "dev").iterdir()
    assert sorted(each.name for each in left.iterdir()) == ["a", "b", "c"]
    assert [each.name for each in (project / "build").iterdir()] == ["dev"]


def test_of_a_changed_project_only_what_is_rendered_otherwise_is_judged_again(
    project: Path, nobody_judges: list[str]
) -> None:
    render(project)
    assert len(nobody_judges) == len({*nobody_judges}) == 4
    nobody_judges.clear()
    (project / "templates" / "partials" / "more.yaml.j2").write_text("# only this\n")
    render(project)
    assert len(nobody_judges) == 1
    assert "# only this" in nobody_judges[0]
    nobody_judges.clear()
    touch("code/orders/app.py")(project)
    render(project)
    assert nobody_judges == []


def test_rendering_what_has_not_changed_loads_no_library(project: Path) -> None:
    build = render(project)
    code = (
        "import sys; sys.argv[1:] = ['render', '-e', 'dev']\n"
        "from generator.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'boto3', 'cfnlint', 'jinja2', 'pydantic', 'rich', 'yaml'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["build/dev", "LOADED []"]
    assert f"release {build.manifest.release}: 4 templates proven for 3 regions" in done.stderr
    assert json.loads((project / "build/dev/manifest.json").read_text())["release"] in done.stderr
