"""One local cloud per test process: real AWS calls against a server on 127.0.0.1."""

import functools
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import warm
from botocore.config import Config
from demo import Client

TOOLS = "111111111111"
DEADLINE_SECONDS = 90.0
"""Passing costs nothing, and a busy machine is slow."""
LONGEST_PAUSE_SECONDS = 0.2
ROOT = Path(__file__).parents[2]
REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
"""Of params/dev.yaml, in the order of its waves."""


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """A running local cloud, and how tests talk to it."""

    endpoint: str
    home: Path

    def client(self, service: str, account: str = TOOLS, region: str = "us-east-1") -> Any:
        """Return an SDK client of an account and region."""
        return _client(self.endpoint, service, account, region)

    def calls(self) -> list[dict[str, Any]]:
        """Return every AWS call since the last reset."""
        lines = (self.home / "calls.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def writes(self) -> list[str]:
        """Return the writing calls of clients, as service:Action."""
        return [
            f"{call['service']}:{call['action']}"
            for call in self.calls()
            if call["write"] and call["source"] == "client"
        ]

    def stop(self) -> None:
        """Stop the server."""
        run("stop", self.home)

    def set_minute(self, seconds: float, *, calls: int = 0) -> None:
        """Say how long one minute of AWS lasts, and how many calls one of shifting waits for."""
        self.post("/_localcloud/clock", {"minute_seconds": seconds, "calls_a_minute": calls})

    def reset(self) -> None:
        """Empty the cloud, and let its clock go as it does at first."""
        self.post("/_localcloud/reset", {})
        self.set_minute(0.1)

    @staticmethod
    def until(look: Callable[[], Any], found: Callable[[Any], bool] = bool) -> Any:
        """Look again until it is there; fail after the deadline with what was seen last."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        pause = 0.02
        while True:
            seen = look()
            if found(seen):
                return seen
            assert time.monotonic() < deadline, f"still not there: {seen}"
            time.sleep(pause)
            # What is waited for has the processor, too.
            pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)

    def get(self, path: str) -> tuple[int, Any]:
        """Ask the server by plain HTTP; return status and JSON."""
        try:
            with urllib.request.urlopen(self.endpoint + path, timeout=DEADLINE_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def post(self, path: str, message: dict[str, Any]) -> dict[str, Any]:
        """Send JSON to the server's own API; its answer."""
        request = urllib.request.Request(self.endpoint + path, json.dumps(message).encode())
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as answer:
            return dict(json.load(answer))

    def wait_for_stack(
        self, name: str, *, account: str = TOOLS, region: str = "us-east-1"
    ) -> dict[str, Any]:
        """Return a stack once nothing of it is in progress any more."""
        cloudformation = self.client("cloudformation", account, region)
        return self.until(
            lambda: cloudformation.describe_stacks(StackName=name)["Stacks"][0],
            lambda stack: not stack["StackStatus"].endswith("IN_PROGRESS"),
        )

    def failures(self, name: str) -> list[str]:
        """Return why resources of a stack failed, newest first."""
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return [
            event.get("ResourceStatusReason", "")
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        ]

    def outputs(self, name: str, **where: str) -> dict[str, str]:
        """Return the outputs of a stack that is done."""
        stack = self.wait_for_stack(name, **where)
        return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


@functools.cache
def _client(endpoint: str, service: str, account: str, region: str) -> Any:
    # Kept: making one takes longer than most calls.
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def run(command: str, home: Path, *options: str) -> str:
    """Run a command of the local cloud; its stdout."""
    done = subprocess.run(
        [sys.executable, "-m", "localcloud", command, "--home", str(home), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def start_cloud(home: Path) -> LocalCloud:
    """Start a server of its own for this test process; it goes when the process goes."""
    started = json.loads(run("start", home, "--owner", str(os.getpid())))
    return LocalCloud(started["endpoint"], home)


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Start a server for the tests of this process, one after the other."""
    cloud = start_cloud(tmp_path_factory.mktemp("localcloud"))
    yield cloud
    cloud.stop()


@pytest.fixture
def local_cloud(running_cloud: LocalCloud) -> LocalCloud:
    """Return the session's local cloud, empty."""
    running_cloud.reset()
    return running_cloud


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    """A server of the test's own, which it may kill."""
    cloud = start_cloud(tmp_path / "own-cloud")
    yield cloud
    cloud.stop()


@dataclass
class Project:
    """A copy of this project, deployed to the test's own local cloud."""

    root: Path
    cloud: LocalCloud

    def start(self, *arguments: str, **environment: str) -> warm.Gen:
        return warm.start(arguments, self.root, os.environ | environment)

    def gen(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run gen to its end; give what it said on stderr."""
        process = self.start(*arguments, **environment)
        _, said = process.communicate(timeout=300)
        assert process.returncode == code, said
        assert "Traceback" not in said
        return said

    def deploy(self, *options: str, code: int = 0) -> str:
        """Render and deploy dev; give what the deployment said."""
        self.gen("render", "-e", "dev")
        return self.gen("deploy", "-e", "dev", "--local", *options, code=code)

    def outputs(self) -> dict[str, dict[str, str]]:
        """Give the service's outputs by region, in the order of the waves."""
        process = self.start("outputs", "-e", "dev", "--local")
        printed, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return {
            row["region"]: row["outputs"] for row in json.loads(printed) if row["unit"] == "service"
        }

    def client(self, region: str) -> Client:
        return Client(self.cloud.endpoint, self.outputs()[region]["ApiUrl"])

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def versions(self, function: str) -> dict[str, list[str]]:
        """Give a function's published versions by region."""
        return {
            region: [
                version["Version"]
                for version in self.cloud.client("lambda", region=region).list_versions_by_function(
                    FunctionName=function
                )["Versions"]
                if version["Version"] != "$LATEST"
            ]
            for region in REGIONS
        }

    def instances(self) -> dict[str, str]:
        """Give the status of the service's instances by region."""
        found = self.cloud.client("cloudformation").list_stack_instances(
            StackSetName="orders-dev-service"
        )["Summaries"]
        return {row["Region"]: row["Status"] for row in found}


def copy_project(root: Path, cloud: LocalCloud) -> Project:
    """Copy this project, and let it use a running cloud."""
    for part in ("params", "templates", "lambda_code"):
        shutil.copytree(ROOT / part, root / part)
    (root / "build").mkdir()
    # Wheels were fetched when the project was installed: tests need no network.
    (root / "build" / "cache").symlink_to(ROOT / "build" / "cache")
    (root / "build" / "local").symlink_to(cloud.home)
    return Project(root, cloud)


@pytest.fixture
def project(local_cloud: LocalCloud, tmp_path: Path) -> Project:
    """A copy of this project, and an empty cloud."""
    return copy_project(tmp_path / "project", local_cloud)


@pytest.fixture(scope="module")
def lasting_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of this project for all tests of a file, with a cloud of its own."""
    cloud = start_cloud(tmp_path_factory.mktemp("lasting-cloud"))
    yield copy_project(tmp_path_factory.mktemp("lasting") / "project", cloud)
    cloud.stop()
