"""Wheels are fetched once, checked always, and laid out as an installation would."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import pytest

from generator.errors import GenError
from generator.package import Target, build, pip_errors

pytestmark = pytest.mark.unit

AWS = Target("3.12", "x86_64")


def make_wheel(folder: Path, name: str, files: dict[str, str], tag: str = "py3-none-any") -> Path:
    """Write a wheel of version 1.0 that pip accepts."""
    info = f"{name}-1.0.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/RECORD": "",
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return path


class FakePip:
    """Serves wheels from a folder, and remembers what it was asked."""

    def __init__(self, folder: Path, *, output: str = "", returncode: int = 0):
        self.folder = folder
        self.output = output
        self.returncode = returncode
        self.asked: list[list[str]] = []

    def __call__(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.asked.append(list(arguments))
        target = Path(arguments[arguments.index("-d") + 1])
        if self.returncode == 0:
            shutil.copytree(self.folder, target)
        return subprocess.CompletedProcess(list(arguments), self.returncode, self.output, "")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "app.py").write_text("def handler(event, context): ...\n")
    return folder


def lock(source: Path, *wheels: Path) -> None:
    (source / "requirements.txt").write_text(
        "".join(
            f"{wheel.name.split('-')[0]}==1.0 "
            f"--hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
            for wheel in wheels
        )
    )


def test_wheels_lie_beside_the_code(source: Path, index: Path, cache: Path):
    lock(source, make_wheel(index, "one", {"one/__init__.py": "", "top.py": ""}))
    package = build(source, target=AWS, cache=cache, pip=FakePip(index))
    assert package.files == (
        "app.py",
        "one-1.0.dist-info/METADATA",
        "one-1.0.dist-info/WHEEL",
        "one/__init__.py",
        "top.py",
    )


def test_an_installation_is_what_a_wheel_lays_out(source: Path, index: Path, cache: Path):
    files = {
        "one-1.0.data/purelib/pure.py": "",
        "one-1.0.data/platlib/sub/plat.py": "",
        "one-1.0.data/scripts/tool": "#!python",
        "one-1.0.data/headers/one.h": "",
        "one-1.0.data/data/etc/one.conf": "",
        "one-1.0.dist-info/INSTALLER": "pip",
        "one-1.0.dist-info/entry_points.txt": "",
        "one/__pycache__/x.cpython-312.pyc": "",
        "one/folder/": "",
    }
    lock(source, make_wheel(index, "one", files))
    package = build(source, target=AWS, cache=cache, pip=FakePip(index))
    assert set(package.files) == {
        "app.py",
        "pure.py",
        "sub/plat.py",
        "one-1.0.dist-info/METADATA",
        "one-1.0.dist-info/WHEEL",
        "one-1.0.dist-info/entry_points.txt",
    }


@pytest.mark.parametrize("name", ["../evil.py", "one/../../evil.py", "/evil.py", "a\\b.py"])
def test_a_wheel_can_not_leave_its_folder(source: Path, index: Path, cache: Path, name: str):
    lock(source, make_wheel(index, "one", {name: ""}))
    with pytest.raises(GenError, match="outside"):
        build(source, target=AWS, cache=cache, pip=FakePip(index))


def test_a_compiled_wheel_is_named(source: Path, index: Path, cache: Path):
    wheels = [
        make_wheel(index, "one", {"one.so": ""}, tag="cp312-cp312-manylinux_2_17_x86_64"),
        make_wheel(index, "two", {"two.py": ""}, tag="py2.py3-none-any"),
    ]
    lock(source, *wheels)
    package = build(source, target=AWS, cache=cache, pip=FakePip(index))
    assert package.compiled == (wheels[0].name,)
    assert not package.pure


def test_files_that_disagree_are_a_problem_and_files_that_agree_are_not(
    source: Path, index: Path, cache: Path
):
    (source / "top.py").write_text("MINE = 1\n")
    wheels = [
        make_wheel(index, "one", {"space/__init__.py": "", "top.py": "", "both.py": "1"}),
        make_wheel(index, "two", {"space/__init__.py": "", "both.py": "2"}),
    ]
    lock(source, *wheels)
    with pytest.raises(GenError) as caught:
        build(source, target=AWS, cache=cache, pip=FakePip(index))
    assert [problem.message for problem in caught.value.problems] == [
        "top.py comes from both orders and one-1.0-py3-none-any.whl",
        "both.py comes from both one-1.0-py3-none-any.whl and two-1.0-py3-none-any.whl",
    ]


def test_pip_is_asked_once_for_a_lock(source: Path, index: Path, cache: Path):
    lock(source, make_wheel(index, "one", {"one.py": ""}))
    pip = FakePip(index)
    build(source, target=AWS, cache=cache, pip=pip)
    (source / "app.py").write_text("changed = True\n")
    build(source, target=AWS, cache=cache, pip=pip)
    assert len(pip.asked) == 1


def test_pip_is_asked_again_for_another_target(source: Path, index: Path, cache: Path):
    lock(source, make_wheel(index, "one", {"one.py": ""}))
    pip = FakePip(index)
    for target in (AWS, Target("3.12", "arm64"), Target("3.13", "x86_64"), Target.here()):
        build(source, target=target, cache=cache, pip=pip)
    assert len(pip.asked) == 4


def test_pip_is_asked_for_wheels_that_lambda_can_run(source: Path, index: Path, cache: Path):
    lock(source, make_wheel(index, "one", {"one.py": ""}))
    pip = FakePip(index)
    build(source, target=Target("3.12", "arm64"), cache=cache, pip=pip)
    (asked,) = pip.asked
    assert {"download", "--no-deps", "--require-hashes", "--only-binary=:all:"} <= set(asked)
    assert asked[asked.index("--python-version") + 1] == "3.12"
    assert asked[asked.index("--abi") + 1] == "cp312"
    platforms = [asked[n + 1] for n, word in enumerate(asked) if word == "--platform"]
    assert platforms[0] == "manylinux_2_34_aarch64"
    assert platforms[-2:] == ["manylinux_2_17_aarch64", "manylinux2014_aarch64"]


def test_amazon_linux_2_gets_no_wheel_for_a_newer_glibc():
    assert "manylinux_2_26_x86_64" in Target("3.11", "x86_64").pip_options()
    assert "manylinux_2_27_x86_64" not in Target("3.11", "x86_64").pip_options()
    assert "manylinux1_x86_64" in Target("3.11", "x86_64").pip_options()


def test_this_machine_is_left_to_pip():
    assert Target.here().pip_options() == []


def test_a_damaged_wheel_in_the_cache_is_fetched_again(source: Path, index: Path, cache: Path):
    lock(source, make_wheel(index, "one", {"one.py": ""}))
    pip = FakePip(index)
    before = build(source, target=AWS, cache=cache, pip=pip)
    (wheel,) = cache.rglob("*.whl")
    wheel.write_bytes(b"damaged")
    shutil.rmtree(cache / "packages")
    assert build(source, target=AWS, cache=cache, pip=pip) == before
    shutil.rmtree(cache / "packages")
    assert build(source, target=AWS, cache=cache, pip=pip) == before
    assert len(pip.asked) == 2


def test_wheels_that_are_not_the_locked_ones_are_refused(source: Path, index: Path, cache: Path):
    wheel = make_wheel(index, "one", {"one.py": ""})
    lock(source, wheel)
    wheel.write_bytes(b"another")
    with pytest.raises(GenError, match="did not fetch what the lock says"):
        build(source, target=AWS, cache=cache, pip=FakePip(index))
    assert not list(cache.rglob("*.whl"))


def test_a_failed_fetch_leaves_nothing_behind(source: Path, index: Path, cache: Path):
    lock(source, make_wheel(index, "one", {"one.py": ""}))
    with pytest.raises(GenError):
        build(source, target=AWS, cache=cache, pip=FakePip(index, returncode=1))
    assert list((cache / "wheels").iterdir()) == []


NO_MATCH = """\
ERROR: Could not find a version that satisfies the requirement one==1.0 (from versions: none)
ERROR: No matching distribution found for one==1.0
"""
RETRY = "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(…)'\n"
INDEX = "https://user:secret@index.example"  # pragma: allowlist secret
MISMATCH = f"""\
Looking in indexes: {INDEX}/simple
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.
    one==1.0 from {INDEX}/one.whl:
        Expected sha256 aaaa
             Got        bbbb

[notice] A new release of pip is available
"""


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        (NO_MATCH, "no wheel fits Python 3.12 on Lambda (x86_64)"),
        (RETRY + NO_MATCH, "the package index was not reached"),
        (MISMATCH, "the index has another file than the one locked"),
        ("/bin/python: No module named pip\n", "python -m ensurepip"),
    ],
)
def test_a_failure_of_pip_says_what_to_do(
    source: Path, index: Path, cache: Path, output: str, hint: str
):
    lock(source, make_wheel(index, "one", {}))
    with pytest.raises(GenError) as caught:
        build(source, target=AWS, cache=cache, pip=FakePip(index, output=output, returncode=1))
    (problem,) = caught.value.problems
    assert problem.file == source / "requirements.txt"
    assert hint in (problem.hint or "")


def test_a_failure_of_pip_is_told_in_its_last_lines_without_passwords():
    problem = pip_errors.problem(RETRY + MISMATCH, lock=Path("requirements.txt"), target=AWS)
    _, *lines = problem.message.splitlines()
    assert lines[0].strip().startswith("ERROR: THESE PACKAGES")
    assert lines[-1].strip() == "Got        bbbb"
    assert "secret" not in problem.message


@pytest.fixture
def only_this_index(index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the real pip at a folder of wheels, and at nothing else."""
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return index


def test_the_real_pip_fetches_what_fits_the_target(
    source: Path, only_this_index: Path, cache: Path
):
    wheels = [
        make_wheel(only_this_index, "one", {"one.so": "arm"}, "cp312-abi3-manylinux2014_aarch64"),
        make_wheel(only_this_index, "two", {"two.py": ""}),
    ]
    make_wheel(only_this_index, "one", {"one.so": "x86"}, "cp312-abi3-manylinux2014_x86_64")
    lock(source, *wheels)
    package = build(source, target=Target("3.13", "arm64"), cache=cache)
    assert package.compiled == (wheels[0].name,)
    with zipfile.ZipFile(BytesIO(package.data)) as archive:
        assert archive.read("one.so") == b"arm"

    with pytest.raises(GenError) as caught:
        build(source, target=Target("3.11", "arm64"), cache=cache)
    assert "no wheel fits Python 3.11" in (caught.value.problems[0].hint or "")


def test_the_real_pip_refuses_another_hash(source: Path, only_this_index: Path, cache: Path):
    wheel = make_wheel(only_this_index, "one", {"one.py": "1"})
    lock(source, wheel)
    make_wheel(only_this_index, "one", {"one.py": "2"})
    with pytest.raises(GenError) as caught:
        build(source, target=AWS, cache=cache)
    assert "another file than the one locked" in (caught.value.problems[0].hint or "")


def _digest(source: Path, cache: Path) -> str:
    return build(source, target=AWS, cache=cache).sha256


def test_two_processes_may_fetch_at_once(source: Path, only_this_index: Path, cache: Path):
    lock(source, make_wheel(only_this_index, "one", {"one.py": ""}))
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        runs = [pool.submit(_digest, source, cache) for _ in range(2)]
        assert len({run.result() for run in runs}) == 1
    assert len(list((cache / "wheels").iterdir())) == 1
