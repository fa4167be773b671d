"""Push a folder to the local cloud: what is committed, where it goes, and what stays untouched."""

from __future__ import annotations

import io
import json
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fakeaws import Answer, FakeCloud, refusal

from generator.config import load
from generator.deploy.pipeline.push import LocalSource
from generator.errors import GenError
from generator.local import LocalCloud

pytestmark = pytest.mark.unit
CONNECTION = "arn:aws:codeconnections:us-east-1:111111111111:connection/1"
SOURCES = {
    "codecommit": "{type: codecommit, repository: shop}",
    "connection": "{type: connection, repository: example/shop}",
    "s3": "{type: s3, bucket: shop-source, key: shop.zip}",
}


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=A User", "-c", "user.email=user@example.com", *arguments],
        cwd=folder, check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip


class Control(BaseHTTPRequestHandler):
    """The stand-in's own API: remembers what it is asked, answers what the test says."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path.removeprefix("/_localcloud/"), body))
        status, answer = self.server.answers.get(self.path.rpartition("/")[2], (200, {}))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def control() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Control)
    server.asked, server.answers = [], {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside the project."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture
def remote(elsewhere: Path) -> Path:
    """An empty repository."""
    git(elsewhere, "init", "--quiet", "--bare", "remote.git")
    return elsewhere / "remote.git"


@pytest.fixture
def source(project: Path, remote: Path, control: ThreadingHTTPServer) -> Any:
    """Make the source of a pipeline of a type, deployed as the answers say."""
    control.answers["repositories"] = (200, {"url": f"file://{remote}"})

    def make(type_: str = "codecommit", **answers: Answer) -> tuple[LocalSource, FakeCloud]:
        file = project / "params" / "dev.yaml"
        if "pipeline:" not in file.read_text():
            with file.open("a") as written:
                written.write(f"pipeline:\n  source: {SOURCES[type_]}\n")
        outputs = {"RepositoryUrl": f"file://{remote}", "ConnectionArn": CONNECTION}
        values = {
            "Branch": "main", "Repository": "example/shop", "SourceBucket": "shop-source",
            "SourceKey": "shop.zip",
        }  # fmt: skip
        row = {
            "StackId": "arn", "StackStatus": "CREATE_COMPLETE",
            "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()],
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
        }  # fmt: skip
        ready = {"Connection": {"ConnectionStatus": "AVAILABLE"}}
        cloud = FakeCloud(
            {
                "cloudformation.describe_stacks": {"Stacks": [row]},
                "codeconnections.get_connection": ready,
            }
            | {name.replace("__", "."): answer for name, answer in answers.items()}
        )
        cloud.is_local = True
        stand_in = LocalCloud(f"http://127.0.0.1:{control.server_port}", started=False)
        return LocalSource(project, load(project, "dev").config, cloud, stand_in), cloud

    return make


def files(remote: Path, commit: str = "main") -> set[str]:
    return set(git(remote, "ls-tree", "-r", "--name-only", commit).splitlines())


def test_the_folder_is_pushed_as_it_is_without_what_is_ignored(
    source: Any, project: Path, remote: Path
) -> None:
    (project / ".gitignore").write_text("*.log\n")
    (project / "code" / "x.log").write_text("")
    (project / "build" / "local").mkdir(parents=True)
    (project / "build" / "local" / "server.json").write_text("{}")
    pushed = source()[0].push("First")
    assert pushed.changed
    assert pushed.commit == pushed.revision == git(remote, "rev-parse", "main")
    assert files(remote) == {
        ".gitignore", "code/orders/app.py", "params/defaults.yaml", "params/dev.yaml",
    }  # fmt: skip
    assert git(remote, "log", "--format=%s", "main") == "First"


def test_each_push_builds_on_the_head_of_the_branch(
    source: Any, project: Path, remote: Path, elsewhere: Path
) -> None:
    first = source()[0].push("First")
    clone = elsewhere / "clone"
    git(elsewhere, "clone", "--quiet", "--branch", "main", str(remote), str(clone))
    (clone / "theirs.txt").write_text("of somebody else")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "-m", "Theirs")
    git(clone, "push", "--quiet", "origin", "main")
    (project / "code" / "orders" / "app.py").unlink()
    source()[0].push("Mine")
    history = git(remote, "log", "--format=%s", "main").splitlines()
    assert history == ["Mine", "Theirs", "First"]
    assert git(remote, "rev-parse", "main~2") == first.commit
    assert files(remote) == {"params/defaults.yaml", "params/dev.yaml"}


def test_without_a_change_nothing_is_pushed_unless_asked_for(source: Any, remote: Path) -> None:
    first = source()[0].push("First")
    again = source()[0].push("Again")
    assert (again.changed, again.commit) == (False, first.commit)
    empty = source()[0].push("Empty", empty=True)
    assert git(remote, "rev-parse", "main~1") == first.commit
    assert git(remote, "rev-parse", "main") == empty.commit


def test_a_repository_that_was_emptied_gets_everything_again(source: Any, remote: Path) -> None:
    source()[0].push("First")
    git(remote, "update-ref", "-d", "refs/heads/main")
    assert source()[0].push("After a reset").changed
    assert git(remote, "log", "--format=%s", "main") == "After a reset"


def test_the_users_own_repository_is_not_touched(
    source: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "init", "--quiet")
    git(project, "config", "user.name", "Of The Project")
    git(project, "add", "params")
    git(project, "commit", "--quiet", "-m", "Mine")
    (project / "params" / "staged.yaml").write_text("x: 1")
    git(project, "add", "params/staged.yaml")

    def all_of_it() -> dict[str, bytes]:
        there = (project / ".git").rglob("*")
        return {str(file): file.read_bytes() for file in there if file.is_file()}

    before = all_of_it()
    # As in a hook of that repository.
    monkeypatch.setenv("GIT_DIR", str(project / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(project / ".git" / "index"))
    pushed = source()[0].push("First")
    monkeypatch.undo()
    assert all_of_it() == before
    ours = project / "build" / "local" / "push" / "dev.git"
    assert git(ours, "show", "--no-patch", "--format=%an", pushed.commit) == "Of The Project"


def test_the_author_falls_back_where_git_knows_none(
    source: Any, elsewhere: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(elsewhere / "nobody"))
    source()[0].push("First")
    assert git(remote, "log", "--format=%an <%ae>", "main") == "gen <gen@localhost>"


def test_without_git_the_message_says_so(
    source: Any, monkeypatch: pytest.MonkeyPatch, elsewhere: Path
) -> None:
    ready = source()[0]
    monkeypatch.setenv("PATH", str(elsewhere))
    with pytest.raises(GenError, match="there is no git on this machine"):
        ready.push("First")


def test_the_builders_get_what_was_fetched_already(
    source: Any, project: Path, control: ThreadingHTTPServer
) -> None:
    ready = source()[0]
    ready.seed_builders()
    assert control.asked == []
    (project / "build" / "cache").mkdir(parents=True)
    ready.seed_builders()
    seed = {"folder": "build/cache", "from": str((project / "build" / "cache").resolve())}
    assert control.asked == [("build-cache", seed)]


def test_a_repository_at_a_provider_is_asked_for_by_its_name(
    source: Any, remote: Path, control: ThreadingHTTPServer
) -> None:
    pushed = source("connection")[0].push("First")
    assert control.asked == [("repositories", {"name": "example/shop"})]
    assert git(remote, "rev-parse", "main") == pushed.commit


def test_a_pending_handshake_stops_the_push_and_connecting_completes_it(
    source: Any, remote: Path, control: ThreadingHTTPServer
) -> None:
    pending = {"Connection": {"ConnectionStatus": "PENDING"}}
    ready = source("connection", codeconnections__get_connection=pending)[0]
    with pytest.raises(GenError, match="gen local connect -e dev"):
        ready.push("First")
    assert git(remote, "branch") == ""
    assert ready.connect() == CONNECTION
    assert control.asked == [("connections", {"arn": CONNECTION})]


def test_what_the_stand_in_refuses_is_said_in_its_own_words(
    source: Any, control: ThreadingHTTPServer
) -> None:
    control.answers["connections"] = (400, {"error": "no such connection"})
    with pytest.raises(GenError, match="the local cloud: no such connection"):
        source("connection")[0].connect()


def test_a_source_without_a_connection_has_no_handshake(source: Any) -> None:
    with pytest.raises(GenError, match="has no connection: its source is codecommit"):
        source()[0].connect()


def test_an_archive_is_a_zip_whose_version_is_the_revision(source: Any, project: Path) -> None:
    made: dict[str, Any] = {}

    def put(**arguments: Any) -> dict[str, Any]:
        made.update(arguments)
        return {"VersionId": "v1"}

    def head(**_: Any) -> dict[str, Any]:
        return {"Metadata": made["Metadata"]} if made else refusal("404")()

    answers = {
        "s3__head_object": head, "s3__put_object": put, "s3__create_bucket": {},
        "s3__put_bucket_versioning": {}, "s3__put_bucket_notification_configuration": {},
    }  # fmt: skip
    first = source("s3", **answers)[0].push("Größer\n\nmore")
    assert (first.revision, first.changed) == ("v1", True)
    assert made["Metadata"] == {
        "commit": first.commit, "codepipeline-artifact-revision-summary": "Gr??er",
    }  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(made["Body"])) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    assert names == {"code/orders/app.py", "params/defaults.yaml", "params/dev.yaml"}
    assert source("s3", **answers)[0].push("Again").changed is False
    (project / "code" / "orders" / "more.py").write_text("")
    assert source("s3", **answers)[0].push("More").changed is True


def test_before_the_deployment_the_command_to_run_is_named(source: Any) -> None:
    gone = refusal("ValidationError", "Stack with id shop-dev-pipeline does not exist")
    with pytest.raises(GenError, match="gen deploy -e dev --local"):
        source(cloudformation__describe_stacks=gone)
