"""What a buildspec says, which files it means, and the shell that runs its commands."""

import io
import os
import stat
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.codebuild import buildspec, caches, events, files
from localcloud.codebuild.buildspec import BuildspecError, Files, Phase
from localcloud.codebuild.caches import Caches
from localcloud.codebuild.interpreter import Interpreter
from localcloud.codebuild.model import Build, Store
from localcloud.codebuild.run import Run
from localcloud.codebuild.shell import Shell, StoppedError
from localcloud.codebuild.workplace import Workplace, Workshop
from localcloud.ministack import Place

pytestmark = pytest.mark.unit

# --- buildspecs


def test_a_buildspec_says_what_to_run_and_what_to_keep() -> None:
    spec = buildspec.parse(
        """
version: 0.2
env:
  shell: bash
  variables: {MODE: fast, DEBUG: true, LEVEL: 3}
  exported-variables: [RELEASE]
phases:
  install: {runtime-versions: {python: 3.13}}
  build: {on-failure: ABORT, commands: [make, make check], finally: make clean}
artifacts:
  base-directory: out
  files: '**/*'
  discard-paths: yes
  secondary-artifacts: {Other: {files: [a]}}
reports: {tests: {files: [r.xml]}}
cache: {paths: ['build/cache/**/*']}
"""
    )
    assert spec.shell == "bash"
    assert spec.variables == {"MODE": "fast", "DEBUG": "true", "LEVEL": "3"}
    assert spec.exported == ("RELEASE",)
    assert spec.phases["install"].runtimes == {"python": "3.13"}
    assert spec.phases["build"] == Phase(("make", "make check"), ("make clean",), "ABORT")
    assert spec.artifacts == Files(("**/*",), "out", discard_paths=True)
    assert spec.secondary_artifacts["Other"].patterns == ("a",)
    assert spec.reports["tests"].patterns == ("r.xml",)
    assert spec.cache_paths == ("build/cache/**/*",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "while parsing"),
        ("- list", "the buildspec must be a mapping"),
        ("version: 0.1\nphases: {build: {commands: [a]}}", "version 0.2 of the buildspec, not 0.1"),
        ("version: 0.2", "phases are missing"),
        ("version: 0.2\nphases: {deploy: {}}", "phases: unknown deploy"),
        ("version: 0.2\nphases: {build: {command: [a]}}", "phases/build: unknown command"),
        (
            "version: 0.2\nphases: {build: {commands: {a: b}}}",
            "phases/build/commands must be a list",
        ),
        (
            "version: 0.2\nphases: {build: {on-failure: RETRY}}",
            "knows ABORT and CONTINUE, not RETRY",
        ),
        (
            "version: 0.2\nenv: {variables: {A: [1]}}\nphases: {build: }",
            "env/variables/A must be text",
        ),
    ],
)
def test_a_buildspec_that_codebuild_would_not_take_is_refused(text: str, words: str) -> None:
    with pytest.raises(BuildspecError) as refused:
        buildspec.parse(text)
    assert words in str(refused.value)


# --- files


@pytest.fixture
def made(tmp_path: Path) -> Path:
    for name in ("out/a.json", "out/deep/b.txt", "out/deep/.hidden", "left.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Files(("**/*",), "out"), {"a.json", "deep/b.txt", "deep/.hidden"}),
        (Files(("**/*",), "$WHERE"), {"a.json", "deep/b.txt", "deep/.hidden"}),
        (Files(("**/*.txt",), "${WHERE}", discard_paths=True), {"b.txt"}),
        (Files(("out/deep/*", "left.txt")), {"out/deep/b.txt", "out/deep/.hidden", "left.txt"}),
        (Files(("**/*",), "out", exclude=("deep/*",)), {"a.json"}),
        (Files(("missing", "a.json"), "o*"), {"a.json"}),
    ],
)
def test_artifacts_are_files_by_pattern(made: Path, wanted: Files, names: set[str]) -> None:
    assert set(files.select(wanted, made, {"WHERE": "out"})) == names


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Files(("missing",)), "no matching artifact paths found"),
        # A folder alone names no file.
        (Files(("out",)), "no matching artifact paths found"),
        (Files(("a.json",), "$UNSET/nowhere"), "no matching base directory path found for"),
    ],
)
def test_nothing_to_upload_is_told(made: Path, wanted: Files, words: str) -> None:
    with pytest.raises(files.NoArtifactsError, match=words):
        files.select(wanted, made, {})


def test_what_was_packed_is_unpacked_with_its_permissions(made: Path, tmp_path: Path) -> None:
    (made / "run.sh").write_text("#!/bin/sh\n")
    (made / "run.sh").chmod(0o755)
    target = tmp_path / "target"
    files.unpack(files.pack({"run.sh": made / "run.sh", "x/a": made / "left.txt"}), target)
    assert (target / "x" / "a").read_text() == "left.txt"
    assert (target / "run.sh").stat().st_mode & stat.S_IXUSR


def test_links_of_a_source_are_links_and_stay_inside(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("../link", "dir/link"):
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "there")
    files.unpack(packed.getvalue(), tmp_path / "inside")
    assert (tmp_path / "inside" / "dir" / "link").readlink() == Path("there")
    assert not (tmp_path / "link").is_symlink()


def test_a_source_that_is_no_zip_is_told(tmp_path: Path) -> None:
    with pytest.raises(files.NotAZipError):
        files.unpack(b"text", tmp_path)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("build/cache/**/*", "build/cache"),
        ("./build/*", "build"),
        ("node_modules", "node_modules"),
        ("/root/.cache/pip/**/*", None),
        ("$HOME/.cache/*", None),
        ("../up/*", None),
        ("**/*", None),
        ("a*/b", None),
    ],
)
def test_caches_are_folders_of_the_source(path: str, name: str | None) -> None:
    assert caches.folder_of(path) == name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "Jan 1, 1970 12:00:00 AM"),
        (1504282349, "Sep 1, 2017 4:12:29 PM"),
    ],
)
def test_events_of_builds_write_times_as_no_others_do(seconds: float, text: str) -> None:
    assert events.written_time(seconds) == text


# --- the shell


@pytest.fixture(params=[False, True], ids=["bash", "sh"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    made = Shell(
        posix=request.param,
        environment={"PATH": os.environ["PATH"], "PWD": str(tmp_path)},
        folder=tmp_path,
        state=tmp_path / "state",
    )
    yield made
    made.close()


def printed(shell: Shell, command: str) -> list[str]:
    lines: list[str] = []
    assert shell.run(command, lines.append) == 0
    return lines


def test_what_a_command_sets_lasts(shell: Shell) -> None:
    assert shell.run("A=1; export B='two words'; mkdir in; cd in; greet() { echo hi; }") == 0
    assert printed(shell, 'greet; echo "$A $B"; basename "$PWD"') == ["hi", "1 two words", "in"]
    assert shell.environment["B"] == "two words"
    assert "A" not in shell.environment


def test_what_is_exported_outlasts_a_command_that_ends_the_shell(shell: Shell) -> None:
    assert shell.run("mkdir in; cd in; export B=kept; exit 7") == 7
    assert printed(shell, 'echo "$B"; basename "$PWD"') == ["kept", "in"]


@pytest.mark.parametrize(
    ("command", "status"),
    [("false", 1), ("set -e; false; true", 1), ("kill -9 $$", 137), ("sleep 300 & exit 4", 4)],
)
def test_a_command_has_its_exit_status(shell: Shell, command: str, status: int) -> None:
    assert shell.run(command) == status


def test_a_command_that_no_shell_understands_fails(shell: Shell) -> None:
    assert shell.run("echo 'open") != 0
    assert printed(shell, "echo on") == ["on"]


def test_commands_find_no_input_and_lose_no_output(shell: Shell) -> None:
    assert printed(shell, "cat; wait; seq 30000 | tail -1; printf end") == ["30000", "end"]


def test_nobody_sees_how_commands_come_in(shell: Shell) -> None:
    assert printed(shell, "env | grep -c __ || true") == ["0"]


def test_a_variable_can_be_set_from_outside(shell: Shell) -> None:
    shell.set("FIRST", "1")
    assert printed(shell, 'echo "$FIRST"') == ["1"]
    shell.set("NEXT", "it's $HOME")
    assert printed(shell, 'echo "$NEXT"') == ["it's $HOME"]


def test_a_command_is_ended_when_time_is_out(shell: Shell) -> None:
    shell.deadline = time.monotonic() + 0.2
    with pytest.raises(StoppedError):
        shell.run("sleep 60")


def test_a_shell_that_was_stopped_runs_nothing_more(shell: Shell) -> None:
    threading.Timer(0.1, shell.kill).start()
    with pytest.raises(StoppedError):
        shell.run("sleep 60")
    with pytest.raises(StoppedError):
        shell.run("true")


# --- a build on its way


class Bench(Workplace):
    """A workplace with a shell and a command, and no cloud around it."""

    def provision(self) -> None:
        self.folder.mkdir(parents=True)

    def download(self) -> None:
        self.spec = buildspec.parse("{version: 0.2, phases: {build: {commands: [sleep 60]}}}")
        self.shell = Shell(
            posix=True, environment=os.environ, folder=self.folder, state=self.folder / "state"
        )


def run(tmp_path: Path, minutes: float, *, stop_after: float | None = None) -> Build:
    record = {
        **dict.fromkeys(("arn", "projectName", "buildStatus", "initiator", "currentPhase"), "x"),
        "id": "shop:1",
        "timeoutInMinutes": minutes,
        "buildComplete": False,
        "buildNumber": 1,
        "startTime": time.time(),
        "phases": [],
        **{name: {} for name in ("environment", "logs", "source", "artifacts")},
    }
    build = Build(Place("111111111111", "us-east-1"), record, {})
    interpreter = Interpreter(tmp_path / "python")
    workshop = Workshop("", tmp_path / "builds", interpreter, Caches(tmp_path / "caches"), Store())
    going = Run(build, Bench(build, workshop))
    if stop_after is not None:
        threading.Timer(stop_after, going.stop).start()
    going.carry_out()
    assert not (tmp_path / "builds" / "1").exists()
    return build


@pytest.mark.parametrize(
    ("minutes", "stop_after", "status"), [(0.3 / 60, None, "TIMED_OUT"), (60, 0.2, "STOPPED")]
)
def test_a_build_that_takes_too_long_is_ended(
    tmp_path: Path, minutes: float, stop_after: float | None, status: str
) -> None:
    record = run(tmp_path, minutes, stop_after=stop_after).snapshot()
    assert record["buildStatus"] == status
    *_, last, finalizing, completed = record["phases"]
    assert (last["phaseType"], last["phaseStatus"]) == ("BUILD", status)
    assert finalizing["phaseStatus"] == "SUCCEEDED"
    assert completed["phaseType"] == "COMPLETED"
