"""The beginning of a project, and templates taken over into one."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import sys
from pathlib import Path

import pytest

from generator import shipped
from generator.cli import gen
from generator.config import load
from generator.errors import GenError, UsageError
from generator.scaffold import Answers, begin, eject, problems_of, renew
from generator.scaffold import project as project_files

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making the real one takes seconds; tests/local/test_installed.py does."""
    monkeypatch.setattr(
        project_files, "own_wheel", lambda: ("gen_stacksets-1-py3-none-any.whl", b"wheel")
    )


def usual(**said: object) -> Answers:
    return dataclasses.replace(Answers.usual(Path("shop")), **said)  # type: ignore[arg-type]


def refusal(folder: Path, answers: Answers) -> list[str]:
    with pytest.raises(GenError) as caught:
        begin(folder, answers)
    return [str(problem) for problem in caught.value.problems]


# ---- a project


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shop", "shop"),
        ("My Shop_2", "my-shop-2"),
        ("2nd", "hello"),
        ("---", "hello"),
        (40 * "a", 20 * "a"),
    ],
)
def test_a_project_is_called_like_its_folder(folder: str, name: str) -> None:
    usual = Answers.usual(Path("/somewhere") / folder)
    assert usual.project == name
    assert problems_of(dataclasses.replace(usual, regions=("ap-southeast-4",))) == []


def test_a_new_project_is_what_its_answers_say(tmp_path: Path) -> None:
    answers = usual(
        project="till",
        owner='"Tills" & sons: #1',
        cost_center="0042",
        account="012345678901",
        regions=("eu-west-1", "eu-central-1", "eu-north-1"),
        alert_email="a@example.com",
    )
    begin(tmp_path / "till", answers)
    config = load(tmp_path / "till", "dev").config
    assert (config.project, config.targets.tools_account) == ("till", "012345678901")
    assert config.tags == {"Owner": '"Tills" & sons: #1', "CostCenter": "0042"}
    assert config.regions.waves == (("eu-west-1",), ("eu-central-1", "eu-north-1"))
    assert config.regions.primary == "eu-central-1", "not the canary, which breaks first"
    assert config.observability.alert_emails == ("a@example.com",)


def test_one_region_is_enough(tmp_path: Path) -> None:
    begin(tmp_path, usual(regions=("eu-west-1",)))
    assert load(tmp_path, "dev").config.regions.artifacts == ("eu-west-1",)


def test_builds_find_gen_where_its_lock_says(tmp_path: Path) -> None:
    files = begin(tmp_path, usual())
    lock = (tmp_path / ".ci/requirements/self.txt").read_text()
    found = re.search(r"^\./(\S+) \\\n    --hash=sha256:(\w+)$", lock, re.MULTILINE)
    assert found
    assert found[1] in files
    assert hashlib.sha256((tmp_path / found[1]).read_bytes()).hexdigest() == found[2]


def test_builds_find_every_file_that_they_read(tmp_path: Path) -> None:
    files = begin(tmp_path, usual())
    for name in ("build", "scan", "verify"):
        text = (tmp_path / f"templates/buildspecs/{name}.yml").read_text()
        read = set(re.findall(r"(?:-r|--requirement) (\.ci/\S+)", text))
        assert read
        assert read <= set(files)


def test_all_that_is_wrong_with_answers_is_said_at_once(tmp_path: Path) -> None:
    wrong = usual(project="Shop", account="12", regions=("eu-centrl-1",), alert_email="me")
    said = "\n".join(refusal(tmp_path / "x", wrong))
    assert "'project' is \"Shop\"" in said
    assert "'tools_account' is \"12\"" in said
    assert "did you mean 'eu-central-1'?" in said
    assert "'alert_emails' is \"me\"" in said
    assert "params/" not in said, "nobody has that file yet"
    assert not (tmp_path / "x").exists()


def test_no_regions_are_no_answer() -> None:
    assert problems_of(usual(regions=()))


def test_no_file_is_overwritten_and_all_are_named(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "params").mkdir()
    (tmp_path / "params/dev.yaml").write_text("mine")
    (tmp_path / "vendor").write_text("mine")
    said = refusal(tmp_path, usual())
    assert [line.split(":")[0].removeprefix(f"{tmp_path}/") for line in said] == [
        "README.md", "params/dev.yaml", "vendor",
    ]  # fmt: skip
    assert "nothing was written" in said[-1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["README.md", "params", "vendor"]
    assert (tmp_path / "README.md").read_text() == "mine"


def test_what_else_is_in_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("mine")
    begin(tmp_path, usual())
    assert (tmp_path / "LICENSE").read_text() == "mine"


def test_a_file_is_no_folder_to_begin_in(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("")
    assert "this is no folder" in refusal(tmp_path / "shop", usual())[0]


def test_a_project_is_brought_to_another_gen_and_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path, usual())
    (tmp_path / "templates/buildspecs/build.yml").write_text("mine")
    (tmp_path / "templates/buildspecs/scan.yml").unlink()
    (tmp_path / "vendor/other.whl").write_text("mine")
    wheel = "gen_stacksets-2-py3-none-any.whl"
    monkeypatch.setattr(project_files, "own_wheel", lambda: (wheel, b"newer"))
    assert renew(tmp_path) == [
        ".ci/requirements/self.txt", "templates/buildspecs/scan.yml", f"vendor/{wheel}",
    ]  # fmt: skip
    assert (tmp_path / "templates/buildspecs/build.yml").read_text() == "mine"
    assert sorted(p.name for p in (tmp_path / "vendor").iterdir()) == [wheel, "other.whl"]
    assert renew(tmp_path) == []


def test_only_a_project_can_be_renewed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no gen project"):
        gen_init(str(tmp_path), "--renew")
    with pytest.raises(UsageError, match="--cost-center is for new projects"):
        gen_init(str(tmp_path), "--renew", "--cost-center", "1")


# ---- questions


class Typed(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        return True


def gen_init(*options: str) -> None:
    gen.main(["init", *options], standalone_mode=False)


def test_an_answer_that_cannot_be_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = "Shop!\nshop\n\n\n\neu-west-1, eu-central-1\n\n"
    monkeypatch.setattr(sys, "stdin", Typed(answers))
    gen_init(str(tmp_path / "here"))
    said = capsys.readouterr().err
    assert said.count("Name of the project") == 2
    assert "'project' is \"Shop!\"" in said
    config = load(tmp_path / "here", "dev").config
    assert (config.project, config.regions.service) == ("shop", ("eu-west-1", "eu-central-1"))


def test_what_an_option_says_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Typed("\n" * 5))
    gen_init(str(tmp_path), "--owner", "me")
    assert "Who owns it" not in capsys.readouterr().err
    assert load(tmp_path, "dev").config.tags["Owner"] == "me"


def test_nobody_is_asked_where_nobody_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(UsageError, match="say --yes"):
        gen_init(str(tmp_path / "shop"))
    assert list(tmp_path.iterdir()) == []


# ---- templates


def test_templates_are_copied_as_they_are(tmp_path: Path) -> None:
    names = ["core.yaml.j2", "partials/service/table.yaml.j2"]
    assert eject(tmp_path, names) == [f"templates/{name}" for name in names]
    for name in names:
        copied = (tmp_path / "templates" / name).read_bytes()
        assert copied == (shipped.ROOT / "templates" / name).read_bytes()


@pytest.mark.parametrize(
    "name",
    ["core.yaml.j2", "templates/core.yaml.j2", "gen:templates/core.yaml.j2:12", "gen:core.yaml.j2"],
)
def test_a_template_is_found_by_what_a_message_calls_it(tmp_path: Path, name: str) -> None:
    assert eject(tmp_path, [name]) == ["templates/core.yaml.j2"]


def test_what_gen_does_not_have_is_said_of_all_and_nothing_is_copied(tmp_path: Path) -> None:
    with pytest.raises(GenError) as caught:
        eject(tmp_path, ["core.yaml.j2", "table", "servise.yaml.j2", "../setup.py"])
    hints = [problem.hint for problem in caught.value.problems]
    assert hints == [
        "did you mean 'partials/service/table.yaml.j2'?",
        "did you mean 'service.yaml.j2'?",
        "`gen eject --list` names them all",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_the_project_is_replaced_only_by_force(tmp_path: Path) -> None:
    file = tmp_path / "templates/core.yaml.j2"
    file.parent.mkdir()
    file.write_text("mine")
    with pytest.raises(GenError) as caught:
        eject(tmp_path, ["roles.yaml.j2", "core.yaml.j2"])
    (problem,) = caught.value.problems
    assert problem.where == "templates/core.yaml.j2"
    assert not (file.parent / "roles.yaml.j2").exists()
    assert file.read_text() == "mine"
    eject(tmp_path, ["core.yaml.j2"], force=True)
    assert file.read_text() != "mine"
