"""What cfn-lint said before is said again without it, and never when anything has changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cfnlint.helpers import get_cache_dir
from cfnlint.schema.manager import ProviderSchemaManager

from generator.lint import Finding, Store, Subject, needs_of, permissions, prove, store, workers
from generator.lint.findings import CRASHED, Level, Remark
from generator.lint.question import Question
from generator.render.sourcemap import Origin, SourceMap

pytestmark = pytest.mark.unit

TEXT = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties: {Topicname: a}\n"
REGIONS = ("us-east-1", "eu-central-1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lint"


REMARK = Remark("E3002", Level.ERROR, "no", line=4, column=18, path=("Resources", "Topic", 1))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that cfn-lint was asked about; it says the same of each."""
    texts: list[str] = []

    def judge(new: list[Question], *, limit: float) -> list[list[Remark]]:
        texts.extend(question.text for question in new)
        return [[REMARK] for _ in new]

    monkeypatch.setattr(workers, "judge", judge)
    return texts


@pytest.fixture(autouse=True)
def fresh_rules() -> None:
    store._rules.cache_clear()


def subject(text: str = TEXT, *, template: str = "templates/x.yaml.j2", step: int = 10) -> Subject:
    lines = range(1, text.count("\n") + 2)
    origins = SourceMap(tuple(Origin(template, step * line) for line in lines))
    return Subject("templates/x.yaml", text, origins)


def proven(folder: Path, *subjects: Subject, regions: tuple[str, ...] = REGIONS) -> list[Finding]:
    return prove(subjects or [subject()], regions=regions, store=Store(folder))


def test_the_same_text_is_asked_about_once_and_found_the_same(
    folder: Path, asked: list[str]
) -> None:
    first = proven(folder)
    assert [f.rule for f in first] == ["E3002"]
    assert proven(folder) == first
    assert asked == [TEXT]


def test_of_several_templates_only_the_changed_one_is_asked_about(
    folder: Path, asked: list[str]
) -> None:
    other, changed = subject(TEXT.replace("Topic:", "Other:")), subject(TEXT + "# more\n")
    proven(folder, subject(), other)
    del asked[:]
    proven(folder, changed, other)
    assert asked == [changed.text]


def test_a_finding_is_about_the_template_line_of_now(folder: Path, asked: list[str]) -> None:
    (first,) = proven(folder)
    (moved,) = proven(folder, subject(template="templates/y.yaml.j2", step=7))
    assert (first.file, first.line) == ("templates/x.yaml.j2", 40)
    assert (moved.file, moved.line, moved.path) == ("templates/y.yaml.j2", 28, first.path)
    assert len(asked) == 1


def test_other_regions_are_another_question_and_their_order_is_none(
    folder: Path, asked: list[str]
) -> None:
    proven(folder, regions=REGIONS)
    proven(folder, regions=REGIONS[::-1])
    assert len(asked) == 1
    proven(folder, regions=(*REGIONS, "us-west-2"))
    assert len(asked) == 2


def another_version(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    monkeypatch.setattr(store, "version", lambda _: "99.0")


def updated_schemas(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    date = home / "aws" / "cfn-lint" / "schemas" / "version.json"
    date.parent.mkdir(parents=True)
    date.write_text('{"schema_date": "2099-01-01"}')
    # Where updates are kept depends on the platform; one of them is enough here.
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))


def other_settings(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    real = store.content_of
    monkeypatch.setattr(
        store, "content_of", lambda file: "other" if file.name == "settings.yaml" else real(file)
    )


def other_code(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    real = store.content_of
    monkeypatch.setattr(
        store, "content_of", lambda file: "other" if file.name == "linter.py" else real(file)
    )


@pytest.mark.parametrize("change", [another_version, updated_schemas, other_settings, other_code])
def test_nothing_is_trusted_across_versions(
    change: Callable[[pytest.MonkeyPatch, Path], None],
    folder: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    proven(folder)
    change(monkeypatch, tmp_path / "home")
    store._rules.cache_clear()
    proven(folder)
    assert len(asked) == 2


@pytest.mark.parametrize("place", ["a", "z"])
def test_where_the_project_lies_makes_no_difference(
    folder: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    proven(folder)
    there = tmp_path / place / "lint"
    shutil.copytree(Path(store.__file__).parent, there)
    dates = [Path(shutil.copy(date, tmp_path / "m")) for date in store.schema_dates()[:1]]
    monkeypatch.setattr(store, "schema_dates", lambda: [*dates, tmp_path / "none"])
    monkeypatch.setattr(store, "__file__", str(there / "store.py"))
    store._rules.cache_clear()
    proven(folder)
    assert len(asked) == 1


def test_the_dates_of_the_schemas_are_where_cfn_lint_looks_for_them() -> None:
    bundled, updated = store.schema_dates()
    assert bundled.is_file()
    assert updated == Path(get_cache_dir(), "version.json")
    used = ProviderSchemaManager._resolve_schema_dirs()[0].resolve().parent
    assert used in (bundled.resolve().parent, updated.resolve().parent)


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"{", b"[]", b"null", b'{"answer": []}', b'{"sha256": "0", "answer": []}', b"\xff\x00"],
)
def test_a_spoilt_entry_is_none_and_is_mended(
    folder: Path, asked: list[str], spoilt: bytes
) -> None:
    first = proven(folder)
    (entry,) = folder.iterdir()
    entry.write_bytes(spoilt)
    assert proven(folder) == first
    assert proven(folder) == first
    assert len(asked) == 2


def test_an_entry_with_another_answer_than_was_saved_is_none(
    folder: Path, asked: list[str]
) -> None:
    first = proven(folder)
    (entry,) = folder.iterdir()
    kept = json.loads(entry.read_text())
    entry.write_text(json.dumps(kept | {"answer": []}))
    assert proven(folder) == first
    assert len(asked) == 2


def test_where_nothing_can_be_kept_everything_is_proven_all_the_same(tmp_path: Path) -> None:
    in_the_way = tmp_path / "lint"
    in_the_way.write_text("a file")
    assert proven(in_the_way) == proven(tmp_path / "elsewhere")


def test_what_ended_cfn_lint_is_asked_again(
    folder: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = replace(REMARK, rule=CRASHED)
    with monkeypatch.context() as patch:
        patch.setattr(workers, "judge", lambda new, **_: [[crash] for _ in new])
        assert [f.rule for f in proven(folder)] == [CRASHED]
    assert [f.rule for f in proven(folder)] == ["E3002"]
    assert len(asked) == 1


def test_what_was_not_used_for_longest_is_dropped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT", 3)
    for number in range(3):
        Store(folder).save(number, "question", number)
        (entry,) = [e for e in folder.iterdir() if json.loads(e.read_text())["answer"] == number]
        os.utime(entry, (number, number))
    assert Store(folder).load("question", 0) == 0  # used just now
    Store(folder).save(3, "question", 3)
    assert [Store(folder).load("question", n) for n in range(4)] == [0, None, 2, 3]


def test_several_processes_keep_the_same_answer_whole(folder: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from generator.lint import Store\n"
        f"kept, answer = Store(Path({str(folder)!r})), list(range(2000))\n"
        "for _ in range(50):\n"
        "    kept.save(answer, 'shared')\n"
        "    assert kept.load('shared') == answer"
    )
    several = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [one.wait(timeout=60) for one in several] == [0, 0, 0]
    assert len(list(folder.iterdir())) == 1


def test_permissions_of_types_are_looked_up_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Store(folder)
    names = ("AWS::SNS::Topic", "AWS::No::Such")
    first = [needs_of(name, store=kept) for name in names]
    assert first == [permissions.permissions_of(name) for name in names]
    assert first[0]
    assert "sns:CreateTopic" in first[0].lifecycle
    assert first[1] is None
    monkeypatch.delattr(permissions, "permissions_of")
    assert [needs_of(name, store=kept) for name in names] == first


def test_cfn_lint_is_not_loaded_for_what_is_known(folder: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from generator.lint import Store, Subject, needs_of, prove\n"
        "from generator.render.sourcemap import SourceMap\n"
        "import generator.build.make\n"
        f"store = Store(Path({str(folder)!r}))\n"
        f"prove([Subject('x', {TEXT!r}, SourceMap(()))], regions=['us-east-1'], store=store)\n"
        "needs_of('AWS::SNS::Topic', store=store)\n"
        "print('cfnlint' in sys.modules)"
    )
    loaded = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [one.stdout.strip() for one in loaded] == ["True", "False"]
