"""The server starts once, on this machine only, and goes when it should."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

pytestmark = pytest.mark.local


def localcloud(
    command: str, home: Path, *options: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "localcloud", command, "--home", str(home), *options],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def start(home: Path, *options: str) -> dict[str, Any]:
    done = localcloud("start", home, *(options or ("--owner", str(os.getpid()))))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def is_running(home: Path) -> bool:
    return bool(json.loads(localcloud("status", home).stdout)["running"])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    localcloud("stop", tmp_path / "home")


def test_a_second_start_finds_the_first_server(home: Path) -> None:
    first, second = start(home), start(home)
    assert first["started"] is True
    assert second == {**first, "started": False}
    assert json.loads(localcloud("status", home).stdout)["endpoint"] == first["endpoint"]


def test_racing_starts_make_one_server(home: Path) -> None:
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: start(home), range(4)))
    assert len({answer["pid"] for answer in answers}) == 1
    assert [answer["started"] for answer in answers].count(True) == 1


def test_a_stopped_server_is_gone(home: Path) -> None:
    endpoint = start(home)["endpoint"]
    assert json.loads(localcloud("stop", home).stdout) == {"stopped": True}
    assert not is_running(home)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(endpoint.rpartition(":")[2])), timeout=1)
    assert json.loads(localcloud("stop", home).stdout) == {"stopped": False}


def test_a_killed_server_is_replaced(home: Path) -> None:
    first = start(home)
    os.kill(first["pid"], signal.SIGKILL)
    second = start(home)
    assert second["started"] is True
    assert second["pid"] != first["pid"]


def test_a_record_of_another_process_fools_nobody(home: Path) -> None:
    home.mkdir()
    record = {"endpoint": "http://127.0.0.1:9", "pid": os.getpid(), "token": "stale"}
    (home / "server.json").write_text(json.dumps(record), encoding="utf-8")
    assert not is_running(home)
    assert json.loads(localcloud("stop", home).stdout) == {"stopped": False}
    assert start(home)["started"] is True


def test_the_server_goes_with_its_owner(home: Path, local_cloud: Any) -> None:
    owner = subprocess.Popen(["sleep", "600"])
    start(home, "--owner", str(owner.pid))
    owner.kill()
    owner.wait()
    local_cloud.until(lambda: not is_running(home))


def test_the_server_stays_while_one_of_its_owners_lives(home: Path, local_cloud: Any) -> None:
    first, second = (subprocess.Popen(["sleep", "600"]) for _ in range(2))
    started = start(home, "--owner", str(first.pid))
    assert start(home, "--owner", str(second.pid))["pid"] == started["pid"]
    status = json.loads(localcloud("status", home).stdout)
    assert status["owners"] == sorted([first.pid, second.pid])
    for owner in (first, second):
        assert is_running(home)
        owner.kill()
        owner.wait()
    local_cloud.until(lambda: not is_running(home))


def test_an_idle_server_stops(home: Path, local_cloud: Any) -> None:
    start(home, "--owner", str(os.getpid()), "--idle-minutes", "0.01")
    local_cloud.until(lambda: not is_running(home))


def listening_addresses(pid: int) -> set[str]:
    """Return the addresses on which a process listens, from the kernel's own tables."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                addresses.add(fields[1].partition(":")[0])
    return addresses


def test_only_this_machine_can_connect(local_cloud: Any) -> None:
    pid = json.loads((local_cloud.home / "server.json").read_text())["pid"]
    # 127.0.0.1, as the kernel writes it.
    assert listening_addresses(pid) == {"0100007F"}


def test_without_ministack_one_line_says_what_to_install(home: Path, tmp_path: Path) -> None:
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    # Python imports this at start: it makes ministack impossible to find.
    (blocker / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'ministack' else find(name, *rest)\n",
        encoding="utf-8",
    )
    done = localcloud("start", home, PYTHONPATH=str(blocker))
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "pip install 'gen-stacksets[local]'" in done.stderr


def test_a_server_that_dies_at_start_shows_its_last_words(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "ministack"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise RuntimeError('no good')", encoding="utf-8")
    # A file of this folder wins over the installed package only when it is imported first.
    done = localcloud("start", home, PYTHONPATH=str(broken.parent))
    assert done.returncode == 1
    assert "the server died at start" in done.stderr
    assert "RuntimeError: no good" in done.stderr


def test_functions_end_with_the_server(home: Path) -> None:
    endpoint = start(home)["endpoint"]
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("app.py", "import os\ndef handler(event, context): return os.getpid()")
    functions = boto3.client(
        "lambda", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id="111111111111", aws_secret_access_key="local",
    )  # fmt: skip
    functions.create_function(
        FunctionName="f", Runtime="python3.13", Handler="app.handler",
        Role="arn:aws:iam::111111111111:role/r", Code={"ZipFile": zipped.getvalue()},
    )  # fmt: skip
    pid = json.load(functions.invoke(FunctionName="f")["Payload"])
    os.kill(pid, 0)
    localcloud("stop", home)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert list((home / "tmp").iterdir()) == []


def test_reset_empties_the_cloud_and_the_call_log(local_cloud: Any) -> None:
    local_cloud.client("s3").create_bucket(Bucket="short-lived")
    local_cloud.client("cloudformation").create_stack_set(
        StackSetName="short-lived", TemplateBody="Resources: {Q: {Type: AWS::SQS::Queue}}"
    )
    assert local_cloud.calls()
    local_cloud.reset()
    assert local_cloud.calls() == []
    assert local_cloud.client("s3").list_buckets()["Buckets"] == []
    assert local_cloud.client("cloudformation").list_stack_sets()["Summaries"] == []


def test_nothing_is_written_outside_the_home(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    done = localcloud(
        "start", home, "--owner", str(os.getpid()), TMPDIR=str(outside), HOME=str(outside)
    )
    assert done.returncode == 0, done.stderr
    localcloud("stop", home)
    assert list(outside.iterdir()) == []
    assert {path.name for path in home.iterdir()} <= {
        "calls.jsonl", "server.log", "server.lock", "start.lock", "tmp",
    }  # fmt: skip
