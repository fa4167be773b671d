"""A folder becomes a zip, and the same folder the same zip."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import zipfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import GenError
from generator.package import Package, Target, archive, build, release_key

pytestmark = pytest.mark.unit

AWS = Target("3.12", "x86_64")
CODE = {
    "app.py": "def handler(event, context):\n    return 1\n",
    "orders/__init__.py": "",
    "orders/total.py": "TOTAL = 1\n",
    "data.json": "{}",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def entries(package: Package) -> list[zipfile.ZipInfo]:
    return zipfile.ZipFile(BytesIO(package.data)).infolist()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "lambda_code" / "orders", CODE)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_a_function_without_requirements_is_its_code(source: Path, cache: Path):
    package = build(source, target=AWS, cache=cache)
    assert package.name == "orders"
    assert package.files == tuple(sorted(CODE))
    assert package.sha256 == hashlib.sha256(package.data).hexdigest()
    assert package.size == len(package.data)
    assert package.unzipped_size == sum(map(len, CODE.values()))
    assert package.pure
    assert package.compiled == ()


def test_a_zip_has_one_date_one_system_and_no_compression(source: Path, cache: Path):
    for entry in entries(build(source, target=AWS, cache=cache)):
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert entry.create_system == 3
        assert entry.compress_type == zipfile.ZIP_STORED
        assert entry.external_attr >> 16 == 0o100644


def test_only_what_can_be_executed_is_executable(source: Path, cache: Path):
    write(source, {"bootstrap": "#!/bin/sh\n", "run.txt": "#! is not at the start"})
    (source / "run.txt").write_text("echo")
    (source / "run.txt").chmod(0o777)
    modes = {
        entry.filename: entry.external_attr >> 16 & 0o777
        for entry in entries(build(source, target=AWS, cache=cache))
    }
    assert modes["bootstrap"] == 0o755
    assert modes["run.txt"] == 0o644


def test_a_zip_does_not_depend_on_file_times(source: Path, tmp_path: Path):
    first = build(source, target=AWS, cache=tmp_path / "1")
    for path in source.rglob("*"):
        os.utime(path, (1, 1))
    assert build(source, target=AWS, cache=tmp_path / "2").data == first.data


def test_a_zip_does_not_depend_on_umask(source: Path, tmp_path: Path):
    first = build(source, target=AWS, cache=tmp_path / "1")
    for path in source.rglob("*"):
        path.chmod(0o700)
    assert build(source, target=AWS, cache=tmp_path / "2").data == first.data


def test_a_zip_does_not_depend_on_the_order_or_place_of_its_files(source: Path, tmp_path: Path):
    first = build(source, target=AWS, cache=tmp_path / "1")
    names = list(CODE)
    random.Random(1).shuffle(names)
    elsewhere = write(tmp_path / "elsewhere" / "orders", {name: CODE[name] for name in names})
    assert build(elsewhere, target=AWS, cache=tmp_path / "2").data == first.data


def test_a_zip_does_not_depend_on_the_cache(source: Path, cache: Path):
    first = build(source, target=AWS, cache=cache)
    assert build(source, target=AWS, cache=cache) == first


def test_the_bytes_of_a_zip_are_pinned():
    """Fails when a Python or a change here would give every release another key."""
    data = archive.write({"b/é.py": b"x = 1\n", "a": b"#!/bin/sh\n"})
    assert hashlib.sha256(data).hexdigest() == PINNED


PINNED = "d5955981db9dd7e794351d3a8d72358adddb1b3c935b1fe6abb100e0e4356bad"


@pytest.mark.parametrize(
    "name",
    [
        "requirements.in",
        "tests/test_app.py",
        "orders/tests/test_app.py",
        "__pycache__/app.cpython-312.pyc",
        "orders/old.pyc",
        ".env",
        ".git/config",
        "app.py~",
        "#app.py#",
        "app.py.orig",
        "conftest.py",
    ],
)
def test_what_is_not_code_is_left_out(source: Path, cache: Path, name: str):
    before = build(source, target=AWS, cache=cache)
    write(source, {name: "not shipped"})
    assert build(source, target=AWS, cache=cache).data == before.data


def test_a_changed_file_is_another_package_even_with_the_same_size_and_time(
    source: Path, cache: Path
):
    before = build(source, target=AWS, cache=cache)
    path = source / "orders/total.py"
    times = path.stat()
    path.write_text("TOTAL = 2\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = build(source, target=AWS, cache=cache)
    assert after.sha256 != before.sha256
    assert b"TOTAL = 2" in after.data


def test_a_renamed_file_is_another_package(source: Path, cache: Path):
    before = build(source, target=AWS, cache=cache)
    (source / "data.json").rename(source / "other.json")
    assert build(source, target=AWS, cache=cache).sha256 != before.sha256


@pytest.mark.parametrize("damage", [b"", b"PK damaged"])
@pytest.mark.parametrize("name", ["package.zip", "package.json"])
def test_a_damaged_cache_is_built_again(source: Path, cache: Path, name: str, damage: bytes):
    before = build(source, target=AWS, cache=cache)
    (path,) = cache.rglob(name)
    path.write_bytes(damage)
    assert build(source, target=AWS, cache=cache) == before
    assert path.read_bytes() != damage


def test_the_cache_keeps_the_latest_packages(source: Path, cache: Path):
    for number in range(8):
        write(source, {"data.json": str(number)})
        build(source, target=AWS, cache=cache)
    assert len(list(cache.rglob("package.zip"))) == 5
    assert not list(cache.rglob(".build-*"))


def test_own_machine_code_is_named(source: Path, cache: Path):
    write(source, {"fast.so": "\x7fELF…", "tool": "\x7fELF…"})
    package = build(source, target=AWS, cache=cache)
    assert package.compiled == ("fast.so", "tool")
    assert not package.pure


def test_every_syntax_error_is_reported_with_its_line(source: Path, cache: Path):
    write(source, {"a.py": "x = 1\ndef f(:\n", "orders/b.py": "\n\nreturn 1\n", "c.py": "\0"})
    with pytest.raises(GenError) as caught:
        build(source, target=Target("3.11", "arm64"), cache=cache)
    places = {(Path(str(p.file)).name, p.line) for p in caught.value.problems}
    assert places >= {("a.py", 2), ("b.py", 3)}
    assert {name for name, _ in places} == {"a.py", "b.py", "c.py"}
    assert all(problem.hint is None for problem in caught.value.problems)


def test_syntax_that_a_newer_target_may_know_comes_with_a_hint(source: Path, cache: Path):
    write(source, {"a.py": "def f(:\n"})
    with pytest.raises(GenError) as caught:
        build(source, target=Target("3.99", "arm64"), cache=cache)
    assert "run gen with Python 3.99" in (caught.value.problems[0].hint or "")


def test_syntax_that_an_older_target_does_not_know_is_an_error(source: Path, cache: Path):
    write(source, {"a.py": "match x:\n    case 1: pass\n"})
    with pytest.raises(GenError, match=r"3\.10"):
        build(source, target=Target("3.9", "arm64"), cache=cache)


def test_doubtful_code_is_packaged_without_a_word(
    source: Path, cache: Path, recwarn: pytest.WarningsRecorder
):
    write(source, {"a.py": "x = 1 is 1\n"})
    build(source, target=AWS, cache=cache)
    assert not [warning for warning in recwarn if warning.category is SyntaxWarning]


def test_problems_of_code_and_lock_come_together(source: Path, cache: Path):
    write(source, {"a.py": "def f(:\n", "requirements.txt": "six\n"})
    with pytest.raises(GenError) as caught:
        build(source, target=AWS, cache=cache)
    assert [Path(str(p.file)).name for p in caught.value.problems] == ["requirements.txt", "a.py"]


def test_a_symbolic_link_is_refused(source: Path, cache: Path):
    (source / "shared").symlink_to(source / "orders")
    (source / "broken.py").symlink_to("nowhere")
    with pytest.raises(GenError) as caught:
        build(source, target=AWS, cache=cache)
    assert len(caught.value.problems) == 2


def test_a_missing_folder_is_refused(tmp_path: Path, cache: Path):
    with pytest.raises(GenError, match="is not a folder"):
        build(tmp_path / "nowhere", target=AWS, cache=cache)


def test_an_empty_folder_is_refused(tmp_path: Path, cache: Path):
    with pytest.raises(GenError, match="no files"):
        build(tmp_path, target=AWS, cache=cache)


def test_a_package_over_lambdas_limit_names_its_largest_files(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("generator.package.assembly.UNZIPPED_LIMIT", 1_000)
    write(source, {"big.bin": "x" * 2_000})
    with pytest.raises(GenError) as caught:
        build(source, target=AWS, cache=cache)
    (problem,) = caught.value.problems
    assert "2,054 bytes unzipped; Lambda takes 1,000" in problem.message
    assert "Largest: big.bin (2,000), app.py" in problem.message


def test_a_release_is_named_by_its_content():
    assert release_key("orders", "ab12") == "releases/orders/ab12.zip"


def _digest(source: Path, cache: Path) -> str:
    return build(source, target=AWS, cache=cache).sha256


def test_two_processes_may_build_at_once(source: Path, cache: Path):
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        runs = [pool.submit(_digest, source, cache) for _ in range(8)]
        assert len({run.result() for run in runs}) == 1
    assert len(list(cache.rglob("package.zip"))) == 1


def test_threads_may_build_several_functions_at_once(tmp_path: Path, cache: Path):
    sources = [write(tmp_path / f"f{n}", {"app.py": f"N = {n}\n"}) for n in range(4)] * 4
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(lambda source: _digest(source, cache), sources))
    assert len(set(digests)) == 4
    assert digests[:4] * 4 == digests


paths = st.lists(
    st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1),
    min_size=1,
    max_size=3,
).map("/".join)


@given(files=st.dictionaries(paths, st.binary()), seed=st.randoms())
def test_a_zip_round_trips_and_knows_no_order(files: dict[str, bytes], seed: random.Random):
    data = archive.write(files)
    with zipfile.ZipFile(BytesIO(data)) as opened:
        assert opened.testzip() is None
        assert {entry: opened.read(entry) for entry in opened.namelist()} == files
    shuffled = list(files.items())
    seed.shuffle(shuffled)
    assert archive.write(dict(shuffled)) == data


names = st.from_regex(r"[a-z][a-z_]{0,8}\.(json|txt|css)", fullmatch=True)


@given(files=st.dictionaries(names, st.binary(max_size=200), min_size=1))
def test_a_folder_round_trips(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("function")
    files.pop("requirements.txt", None)
    if not files:
        return
    for name, content in files.items():
        (folder / name).write_bytes(content)
    package = build(folder, target=AWS, cache=folder / ".cache")
    with zipfile.ZipFile(BytesIO(package.data)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files
    shutil.rmtree(folder)
