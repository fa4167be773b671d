"""Packages of the local cloud's functions unpack to folders that share what they have in common."""

from __future__ import annotations

import os
import py_compile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcloud.ministack_packages import Packages

pytestmark = pytest.mark.unit


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    return Packages(tmp_path / "packages")


def unpacked(packages: Packages, file: Path, *content: tuple[str, str]) -> Path:
    """Unpack a package of files by name."""
    with zipfile.ZipFile(file, "w") as made:
        for name, text in content:
            made.writestr(name, text)
    with zipfile.ZipFile(file) as package:
        return packages.unpacked(package)


def texts(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_two_releases_share_what_has_not_changed_and_what_it_compiles_to(
    packages: Packages, tmp_path: Path
) -> None:
    library = ("library/__init__.py", "VALUE = 1\n")
    first = unpacked(packages, tmp_path / "1.zip", library, ("app.py", "NAME = 'first'\n"))
    compiled = Path(py_compile.compile(str(first / library[0]), doraise=True))
    second = unpacked(packages, tmp_path / "2.zip", library, ("app.py", "NAME = 'second'\n"))
    assert first != second
    assert texts(first) == {"library/__init__.py": "VALUE = 1\n", "app.py": "NAME = 'first'\n"}
    assert texts(second) == {"library/__init__.py": "VALUE = 1\n", "app.py": "NAME = 'second'\n"}
    assert (second / library[0]).samefile(first / library[0])
    assert (second / compiled.relative_to(first)).samefile(compiled)
    assert not (second / "app.py").samefile(first / "app.py")


def test_where_there_are_no_links_files_are_copied_with_what_they_compile_to(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    library = ("library.py", "VALUE = 1\n")
    first = unpacked(packages, tmp_path / "1.zip", library, ("app.py", "1\n"))
    compiled = Path(py_compile.compile(str(first / "library.py"), doraise=True))
    monkeypatch.setattr(os, "link", refuse)
    second = unpacked(packages, tmp_path / "2.zip", library, ("app.py", "2\n"))
    assert texts(second) == {"library.py": "VALUE = 1\n", "app.py": "2\n"}
    assert (second / compiled.relative_to(first)).read_bytes() == compiled.read_bytes()
    times = [int((folder / "library.py").stat().st_mtime) for folder in (first, second)]
    assert times[0] == times[1], "by which Python knows that it fits"


def test_the_same_package_unpacks_once_whoever_asks(packages: Packages, tmp_path: Path) -> None:
    content = [(f"module{number}.py", f"NUMBER = {number}\n") for number in range(50)]
    for copy in range(8):
        with zipfile.ZipFile(tmp_path / f"{copy}.zip", "w") as made:
            for name, text in content:
                made.writestr(zipfile.ZipInfo(name), text)

    def unpack(copy: int) -> Path:
        with zipfile.ZipFile(tmp_path / f"{copy}.zip") as package:
            return packages.unpacked(package)

    with ThreadPoolExecutor(8) as pool:
        (folder,) = set(pool.map(unpack, range(8)))
    assert texts(folder) == dict(content)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_file_that_is_written_twice_spoils_no_other_package(
    packages: Packages, tmp_path: Path
) -> None:
    first = unpacked(packages, tmp_path / "1.zip", ("app.py", "first\n"))
    second = unpacked(packages, tmp_path / "2.zip", ("app.py", "first\n"), ("./app.py", "second\n"))
    assert texts(first) == {"app.py": "first\n"}
    assert texts(second) == {"app.py": "second\n"}


def test_what_leads_out_of_the_folder_stays_in_it(packages: Packages, tmp_path: Path) -> None:
    folder = unpacked(packages, tmp_path / "1.zip", ("../../out.py", "x\n"))
    assert texts(folder) == {"out.py": "x\n"}
    assert not list(tmp_path.glob("out.py"))


def test_a_package_that_cannot_be_unpacked_leaves_nothing(
    packages: Packages, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "1.zip", "w") as made:
        made.writestr("app.py", "x" * 1000)
    content = (tmp_path / "1.zip").read_bytes().replace(b"x" * 1000, b"y" * 1000)
    (tmp_path / "1.zip").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "1.zip") as package, pytest.raises(zipfile.BadZipFile):
        packages.unpacked(package)
    assert list((tmp_path / "packages").iterdir()) == []
