"""A local cloud that judges every call, the project whose pushes it releases, and what is to see.

For the scenario, and for the tests of deliveries.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import warm
from botocore.config import Config
from demo import Client
from traffic import Traffic

ROOT = Path(__file__).parents[1]
ACCOUNT = "111111111111"
PRIMARY = "us-east-1"
CANARY, *OTHERS = REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
"""Of params/dev.yaml, in the order of its waves."""
LAST = REGIONS[-1]
PREFIX = "orders-dev"
PUSHED = (
    "generator", "templates", "params", "lambda_code", ".ci/requirements",
    "tests/functions.py", "tests/lambda_code/conftest.py",
    "tests/lambda_code/test_order_events.py",
    "setup.cfg", "pyproject.toml", "README.md", ".gitignore",
)  # fmt: skip
"""What a project's repository has of this one."""
LIST = "def list_orders() -> dict[str, Any]:\n" + (
    '    """Answer one page, newest first; `next` is null on the last one."""\n'
)
"""Where the scenario's releases differ: the first lines of a function that every client calls."""
PATIENCE_SECONDS = 300
FOLLOW_SECONDS = 0.2
LAST_ACTIONS = 30
"""How many are looked at: those of an execution and its rollback."""


def check(fact: bool, what: str) -> None:
    """End the scenario when something is not as it should be."""
    if not fact:
        sys.exit(f"NOT SO: {what}")


class Timeline:
    """Lines with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def part(self, title: str) -> None:
        print(f"\n{title}", flush=True)

    def say(self, text: str) -> None:
        print(f"  {time.monotonic() - self._start:6.1f} s  {text}", flush=True)


@dataclass
class World:
    """The local cloud, the project whose pushes it releases, and those who call it."""

    root: Path
    endpoint: str
    timeline: Timeline
    clients: dict[str, Client] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=lambda: Traffic({}))
    _made: dict[tuple[str, str], Any] = field(default_factory=dict)

    # ---- the project's owner

    def gen(self, *arguments: str, code: int = 0) -> str:
        """Run gen; give what it printed."""
        done = warm.run(arguments, self.root, os.environ)
        check(done.returncode == code, f"gen {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text()
        check(old in text, f"{file} has {old!r}")
        path.write_text(text.replace(old, new, 1))

    @contextmanager
    def changed(self, old: str, new: str) -> Iterator[None]:
        """Change the orders function for one release."""
        path = self.root / "lambda_code/orders_api/app.py"
        before = path.read_text()
        self.edit("lambda_code/orders_api/app.py", old, new)
        try:
            yield
        finally:
            path.write_text(before)

    def push(self, message: str) -> str:
        """Push the folder; give the pipeline execution that this starts."""
        known = {row["pipelineExecutionId"] for row in self.executions()}
        self.gen("local", "push", "-e", "dev", "--message", message)
        self.timeline.say(f"pushed: {message}")
        started = self.until(
            lambda: [r for r in self.executions() if r["pipelineExecutionId"] not in known],
            f"an execution for '{message}'",
        )
        return str(started[0]["pipelineExecutionId"])

    # ---- what is

    def aws(self, service: str, region: str = PRIMARY) -> Any:
        if (service, region) not in self._made:
            self._made[service, region] = boto3.client(
                service, endpoint_url=self.endpoint, region_name=region,
                aws_access_key_id=ACCOUNT, aws_secret_access_key="local",
                config=Config(retries={"mode": "standard"}, s3={"addressing_style": "path"}),
            )  # fmt: skip
        return self._made[service, region]

    def until(self, look: Callable[[], Any], what: str) -> Any:
        """Look again until something is there; end the scenario when it does not come."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (seen := look()):
            check(time.monotonic() < deadline, f"after {PATIENCE_SECONDS} s there is {what}")
            time.sleep(0.1)
        return seen

    def control(self, what: str, message: dict[str, Any]) -> None:
        request = urllib.request.Request(
            f"{self.endpoint}/_localcloud/{what}", json.dumps(message).encode()
        )
        urllib.request.urlopen(request, timeout=30).close()

    def executions(self) -> list[dict[str, Any]]:
        found = self.aws("codepipeline").list_pipeline_executions(pipelineName=f"{PREFIX}-pipeline")
        return list(found["pipelineExecutionSummaries"])

    def follow(self, execution: str) -> str:
        """Tell the timeline each action's end until nothing runs; give how the execution ended."""
        pipelines, told = self.aws("codepipeline"), set()
        while True:
            rows = self.executions()
            running = [r for r in rows if r["status"] in ("InProgress", "Stopping")]
            actions = pipelines.list_action_executions(
                pipelineName=f"{PREFIX}-pipeline", maxResults=LAST_ACTIONS
            )
            self.traffic.hurry(hurried=_shifts(actions["actionExecutionDetails"]))
            for one in reversed(actions["actionExecutionDetails"]):
                key = one["actionExecutionId"]
                if one["status"] == "InProgress" or key in told:
                    continue
                told.add(key)
                if one["startTime"].timestamp() < self._started(rows, execution):
                    continue
                result = (one.get("output") or {}).get("executionResult") or {}
                why = (
                    result.get("externalExecutionSummary", "") if one["status"] == "Failed" else ""
                )
                rollback = " (rollback)" if one["pipelineExecutionId"] != execution else ""
                name = f"{one['stageName']}/{one['actionName']}"
                self.timeline.say(f"{name}{rollback}: {one['status']} {short(why)}".rstrip())
            if not running:
                self.traffic.hurry(hurried=False)
                return next(r["status"] for r in rows if r["pipelineExecutionId"] == execution)
            time.sleep(FOLLOW_SECONDS)

    @staticmethod
    def _started(rows: list[dict[str, Any]], execution: str) -> float:
        return next(
            r["startTime"].timestamp() for r in rows if r["pipelineExecutionId"] == execution
        )

    def operations(self, prefix: str = "") -> list[dict[str, Any]]:
        """List the service set's operations, newest first."""
        found = self.aws("cloudformation").list_stack_set_operations(
            StackSetName=f"{PREFIX}-service"
        )["Summaries"]
        return [row for row in found if row["OperationId"].startswith(prefix)]

    def is_quiet(self) -> bool:
        """Say whether nothing is under way and the coordinator has no event left."""
        attributes = self.aws("sqs").get_queue_attributes(
            QueueUrl=self.queue("rollback-events"),
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        ended = {"SUCCEEDED", "FAILED", "STOPPED"}
        return not any(map(int, attributes.values())) and all(
            row["Status"] in ended for row in self.operations()
        )

    def queue(self, name: str) -> str:
        return str(self.aws("sqs").get_queue_url(QueueName=f"{PREFIX}-{name}")["QueueUrl"])

    def settle(self) -> None:
        """Wait until it stays quiet."""
        for _ in range(3):
            self.until(self.is_quiet, "quiet")
            time.sleep(0.5)

    def pointer(self, name: str) -> str:
        found = self.aws("ssm").get_parameter(Name=f"/orders/dev/release/{name}")
        return str(found["Parameter"]["Value"])

    def history(self) -> list[dict[str, Any]]:
        """Read what is recorded of releases, oldest first."""
        bucket = f"{PREFIX}-artifacts-{ACCOUNT}-{PRIMARY}"
        s3 = self.aws("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix="history/", Delimiter="/"
        )
        keys = [row["Key"] for page in pages for row in page.get("Contents", ())]
        return [json.load(s3.get_object(Bucket=bucket, Key=key)["Body"]) for key in sorted(keys)]

    def health(self) -> dict[str, str]:
        """Ask every region which code answers."""
        return {r: c.call("GET", "/health")[1].get("release", "?") for r, c in self.clients.items()}

    def alerts(self) -> list[str]:
        """Take the alerts that people have been sent since the last time."""
        sqs, url, found = self.aws("sqs"), self.queue("inbox"), []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                body = json.loads(message["Body"])
                found.append(body.get("Subject") or body["Message"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def subscribe(self) -> None:
        """Let a queue get what people are told."""
        topic = f"arn:aws:sns:{PRIMARY}:{ACCOUNT}:{PREFIX}-alerts"
        queue = f"arn:aws:sqs:{PRIMARY}:{ACCOUNT}:{PREFIX}-inbox"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.aws("sqs").create_queue(QueueName=f"{PREFIX}-inbox", Attributes={"Policy": policy})
        self.aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)


def _shifts(actions: list[dict[str, Any]]) -> bool:
    """Say whether a wave is under way."""
    return any(
        one["status"] == "InProgress" and one["actionName"].startswith("Wave") for one in actions
    )


def short(text: str, most: int = 110) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def copy_project(target: Path) -> None:
    """Make the folder that is pushed: a project like any user's."""
    for name in PUSHED:
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            skip = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target / name, ignore=skip)
        else:
            shutil.copy(source, target / name)
    (target / "build").mkdir()
    # Wheels of the functions were fetched when the project was installed.
    (target / "build" / "cache").symlink_to(ROOT / "build" / "cache")


@contextmanager
def local_cloud(home: Path, *, minute: float) -> Iterator[str]:
    """Run a local cloud that judges every call; give its endpoint."""

    def localcloud(command: str, *options: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "localcloud", command, "--home", str(home), *options],
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    started = localcloud(
        "start", "--owner", str(os.getpid()), "--minute", str(minute), "--enforce-iam"
    )
    try:
        yield started["endpoint"]
    finally:
        localcloud("stop")


def clients_of(world: World) -> dict[str, Client]:
    """Make a client for each region's API."""
    stacks = json.loads(world.gen("outputs", "-e", "dev", "--local"))
    return {
        row["region"]: Client(world.endpoint, row["outputs"]["ApiUrl"])
        for row in stacks
        if row["unit"] == "service"
    }
