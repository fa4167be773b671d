"""gen as people get it: a wheel, installed where nothing of this checkout is, an empty folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from demo import Client

pytestmark = [pytest.mark.local, pytest.mark.xdist_group("installed")]

ROOT = Path(__file__).parents[2]
SOURCES = (
    "generator", "localcloud", "templates", "lambda_code", "skeleton", ".ci", "setup.py",
    "setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE",
)  # fmt: skip
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
DEADLINE_SECONDS = 240
ALARMS = "partials/service/function-alarms.yaml.j2"


@dataclass(frozen=True)
class Installed:
    """A project that the installed gen has begun and rendered."""

    root: Path
    programs: Path
    home: Path

    def run(self, program: str, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment; nothing of this process's settings reaches it."""
        done = subprocess.run(
            [self.programs / program, *arguments], cwd=self.root,
            env={"PATH": f"{self.programs}:/usr/bin:/bin", "HOME": str(self.home)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=DEADLINE_SECONDS,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def gen(self, *arguments: str, code: int = 0) -> str:
        """Run gen; give what it said on stderr."""
        return self.run("gen", *arguments, code=code).stderr


@dataclass(frozen=True)
class Deployed(Installed):
    """That project in a local cloud."""

    apis: dict[str, Client]
    """By region, the canary first."""

    def answers(self, path: str) -> list[Any]:
        """Ask each region's API; give what it says, or the status where it is not well."""
        asked = [client.call("GET", path) for client in self.apis.values()]
        return [said if status == 200 else status for status, said, _ in asked]


def build_wheel(folder: Path) -> Path:
    """Build the source distribution of this checkout, and the wheel from nothing but that."""
    source = folder / "checkout"
    source.mkdir(parents=True)
    for name in SOURCES:
        if (ROOT / name).is_dir():
            junk = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(ROOT / name, source / name, ignore=junk)
        else:
            shutil.copy(ROOT / name, source / name)
    _build("sdist", source, folder)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    _build("wheel", unpacked, folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _build(what: str, source: Path, target: Path) -> None:
    code = f"from setuptools.build_meta import build_{what}; build_{what}({str(target)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True)


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel into an environment of its own, beside this one's other packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install",
            "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", wheel,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    # Only now: pip would find this checkout's gen there. Its .pth files are not followed from here.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    (packages / "of-the-tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An empty folder and an empty home, where gen has begun a project."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "shop").mkdir()
    (folder / "home").mkdir()
    project = Installed(folder / "shop", install(wheel, folder / "environment"), folder / "home")
    project.gen("init", "--yes")
    project.gen("render")
    return project


@pytest.fixture(scope="module")
def deployed(installed: Installed) -> Iterator[Deployed]:
    """That project, deployed to a local cloud that goes with this process."""
    home = str(installed.root / "build" / "local")
    owner = ("--home", home, "--owner", str(os.getpid()), "--minute", "0.2")
    started = json.loads(installed.run("python", "-m", "localcloud", "start", *owner).stdout)
    installed.gen("deploy", "--local")
    urls = {
        row["region"]: row["outputs"].get("ApiUrl", "")
        for row in json.loads(installed.run("gen", "outputs", "--local").stdout)
        if row["unit"] == "service"
    }
    apis = {region: Client(started["endpoint"], urls[region]) for region in REGIONS}
    yield Deployed(installed.root, installed.programs, installed.home, apis)
    installed.gen("local", "stop")


@pytest.fixture
def no_templates_left(installed: Installed) -> Iterator[None]:
    """Take away the templates that a test adds, however it ends."""
    yield
    for folder in ("partials", "macros"):
        shutil.rmtree(installed.root / "templates" / folder, ignore_errors=True)


def test_gen_runs_from_the_wheel_alone(installed: Installed) -> None:
    where = installed.run("python", "-c", "import generator; print(generator.__file__)").stdout
    assert where.startswith(str(installed.programs.parent))


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for package in ("generator", "localcloud")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "README.md"
    }
    with zipfile.ZipFile(wheel) as opened:
        assert there - set(opened.namelist()) == set()


def test_a_new_project_is_clean_and_passes_its_own_tests(installed: Installed) -> None:
    assert "nothing found" in installed.gen("lint", "--strict")
    assert "3 passed" in installed.run("python", "-m", "pytest").stdout


def test_the_wheel_that_a_project_carries_has_what_was_installed(
    wheel: Path, installed: Installed
) -> None:
    (carried,) = (installed.root / "vendor").iterdir()
    assert carried.name == wheel.name

    def content(file: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(file) as opened:
            assert opened.testzip() is None
            return {name: opened.read(name) for name in opened.namelist()}

    ours, theirs = content(carried), content(wheel)
    assert ours.keys() == theirs.keys()
    assert {name for name in ours if ours[name] != theirs[name]} <= {
        f"gen_stacksets-{wheel.name.split('-')[1]}.dist-info/RECORD"
    }


def test_every_region_of_a_new_project_answers(deployed: Deployed) -> None:
    assert deployed.answers("/hello/Ada") == [{"greeting": "Hello, Ada!", "times": 1}] * 3
    assert [said["region"] for said in deployed.answers("/health")] == list(REGIONS)


@pytest.mark.usefixtures("no_templates_left")
def test_templates_of_the_project_lie_over_gens_and_mistakes_say_whose_they_are(
    installed: Installed,
) -> None:
    assert f"templates/{ALARMS}" in installed.run("gen", "eject", ALARMS).stdout
    alarms = installed.root / "templates" / ALARMS
    alarms.write_text(f'{{% include "gen:{ALARMS}" %}}\n{{{{ nope }}}}\n')
    macros = installed.root / "templates/macros/tags.yaml.j2"
    macros.parent.mkdir()
    macros.write_text("{% macro other() %}{% endmacro %}\n")
    said = installed.gen("render", code=1)
    assert f"error: templates/{ALARMS}:2: 'nope' is undefined" in said
    assert "error: gen:templates/partials/pipeline/build.yaml.j2:" in said


def test_a_bad_release_of_a_new_project_is_built_and_taken_back(deployed: Deployed) -> None:
    """By its pipeline, which installs the gen that the project carries."""
    before = deployed.answers("/health")
    app = deployed.root / "lambda_code/hello/app.py"
    app.write_text(app.read_text().replace('"status": "ok"', '"status": "ill"'))
    test = deployed.root / "tests/lambda_code/test_hello.py"
    test.write_text(test.read_text().replace('"ok", "abc"', '"ill", "abc"'))
    shown = deployed.run("gen", "local", "push", "--watch", code=1)
    assert "says status ill, not ok" in shown.stdout + shown.stderr
    # It is the first one to come by the pipeline, which has none to go back to: the coordinator,
    # whose code is gen's own, does it.
    assert "the rollback coordinator gives every region the last good release" in shown.stderr
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (after := deployed.answers("/health")) != before:
        assert time.monotonic() < deadline, f"still not what it was: {after}"
        time.sleep(0.2)
