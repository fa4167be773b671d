"""A lock is read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.package.requirements import parse

pytestmark = pytest.mark.unit

FILE = Path("requirements.txt")
A, B = "a" * 64, "b" * 64
WITH_PASSWORD = "https://u:secret@host"  # pragma: allowlist secret


def test_a_lock_is_its_pins_by_name():
    pins, problems = parse(
        f"""
        # made by a tool
        zope.Interface[test,docs] == 1.0 \\
            --hash=sha256:{A} \\
            --hash=sha256:{B}
            # via something
        Alpha===2.0+local --hash=sha256:{A}  # why
        """,
        FILE,
    )
    assert not problems
    assert [(pin.name, pin.version, pin.hashes) for pin in pins] == [
        ("alpha", "2.0+local", {A}),
        ("zope-interface", "1.0", {A, B}),
    ]


def test_a_pin_is_written_as_pip_reads_it():
    (pin,), _ = parse(f"a==1 --hash=sha256:{B} --hash=sha256:{A}", FILE)
    assert str(pin) == f"a==1 --hash=sha256:{A} --hash=sha256:{B}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"six --hash=sha256:{A}", "six is not pinned to one version"),
        (f"six>=1 --hash=sha256:{A}", "six is not pinned to one version"),
        (f"six==1.* --hash=sha256:{A}", "six is not pinned to one version"),
        (f"six==1,!=2 --hash=sha256:{A}", "six is not pinned to one version"),
        (f"six==1 --no-binary=six --hash=sha256:{A}", "six is not pinned to one version"),
        ("six==1", "six has no hash"),
        ("six==1 --hash=md5:abc", "six: 'md5:abc' is not a sha256 hash"),
        (f"six==1 --hash=sha256:{A[1:]}", f"six: 'sha256:{A[1:]}' is not a sha256 hash"),
        (f"six==1; python_version<'4' --hash=sha256:{A}", "six has an environment marker"),
        ("-e .", "an editable requirement can't be packaged"),
        ("--editable=.", "an editable requirement can't be packaged"),
        (f"-i {WITH_PASSWORD}/simple", "index option -i"),
        (f"--index-url {WITH_PASSWORD}/simple", "index option --index-url"),
        (f"--extra-index-url={WITH_PASSWORD}", "index option --extra-index-url"),
        ("--find-links wheels", "index option --find-links"),
        ("--no-index", "index option --no-index"),
        ("-r other.txt", "option -r"),
        ("-cother.txt", "option -c"),
        ("--pre", "option --pre"),
        (f"{WITH_PASSWORD}/six.whl", "a URL or path is not a locked requirement"),
        (f"git+{WITH_PASSWORD}/six", "a URL or path is not a locked requirement"),
        ("./six.whl", "a URL or path is not a locked requirement"),
        (f"six @ {WITH_PASSWORD}/six.whl", "a URL or path is not a locked requirement"),
        (f"six[a]@{WITH_PASSWORD}/six", "a URL or path is not a locked requirement"),
        ("???", "not of the form name==version --hash=sha256:…"),
    ],
)
def test_a_line_that_is_not_a_pin_is_a_problem(line: str, message: str):
    pins, (problem,) = parse(f"# first\n{line}\n", FILE)
    assert not pins
    assert problem.message == message
    assert (problem.file, problem.line) == (FILE, 2)
    assert problem.hint
    assert "secret" not in str(problem)


def test_all_problems_come_at_once_where_they_begin():
    _, problems = parse(f"six \\\n  --hash=sha256:{A}\n\nten==1\n-e .\n", FILE)
    assert [problem.line for problem in problems] == [1, 4, 5]


def test_a_project_pinned_twice_is_a_problem():
    line = f"--hash=sha256:{A}\n"
    _, (problem,) = parse(f"a.b==1 {line}A_b==2 {line}", FILE)
    assert (problem.message, problem.line) == ("a-b is pinned twice", 2)


@given(text=st.text())
def test_no_text_is_too_strange(text: str):
    pins, problems = parse(text, FILE)
    assert all(pin.hashes for pin in pins)
    assert all(problem.line for problem in problems)
