"""Releases, good and bad, through the whole pipeline of a local cloud: what `make scenario` runs.

Starts a local cloud of its own, with every call judged by policies; deploys a copy of this project;
then pushes release after release while a client calls every region all the time. Prints a timeline
and, for each part, how many calls each region answered and how many failed. Ends with exit code 1
when a region is not on the release that it should be on, when there was more than one rollback, or
when calls failed outside the canary's share.

    python tests/scenario.py [--minute SECONDS]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from demo import Client

ROOT = Path(__file__).parents[1]
GEN = Path(sys.executable).with_name("gen")
ACCOUNT = "111111111111"
PRIMARY = "us-east-1"
CANARY, *OTHERS = REGIONS = ("us-west-2", "us-east-1", "eu-central-1")
"""Of params/dev.yaml, in the order of its waves."""
LAST = REGIONS[-1]
PREFIX = "orders-dev"
CANARY_SHARE = 0.1
PUSHED = (
    "generator", "templates", "params", "lambda_code", ".ci/requirements",
    "tests/lambda_code/conftest.py", "tests/lambda_code/test_orders_api.py",
    "setup.cfg", "pyproject.toml", "README.md", ".gitignore",
)  # fmt: skip
"""What a project's repository has of this one."""
PATIENCE_SECONDS = 180

Call = tuple[float, str, int]
"""When, where, with which status."""


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


class Traffic:
    """A client for each region that calls all the time, and remembers how it went."""

    def __init__(self, clients: dict[str, Client]) -> None:
        self._clients = clients
        self._calls: list[Call] = []
        self._done = threading.Event()
        self._pause = 0.1
        self._paths = dict.fromkeys(clients, "/orders?limit=1")
        self._threads = [threading.Thread(target=self._run, args=(r,)) for r in clients]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def ask_for(self, path: str, *, region: str) -> None:
        """Change what the region's client calls."""
        self._paths[region] = path

    def hurry(self, *, hurried: bool) -> None:
        """Call as fast as can be while versions change, and leave time for builds otherwise."""
        self._pause = 0.005 if hurried else 0.1

    def since(self, moment: float) -> list[Call]:
        """Give the calls that began after a moment."""
        return [call for call in self._calls if call[0] >= moment]

    def _run(self, region: str) -> None:
        while not self._done.wait(self._pause):
            began = time.monotonic()
            try:
                status = self._clients[region].call("GET", self._paths[region])[0]
            except OSError:
                status = 0
            self._calls.append((began, region, status))


@dataclass
class Share:
    """How a region answered during a part of the scenario."""

    region: str
    calls: int
    failed: int
    meanwhile: int
    """Calls from the first to the last that failed."""

    @classmethod
    def of(cls, region: str, calls: Sequence[Call]) -> Share:
        here = sorted(call for call in calls if call[1] == region)
        failed = [call for call in here if call[2] != 200]
        meanwhile = [c for c in here if failed and failed[0][0] <= c[0] <= failed[-1][0]]
        return cls(region, len(here), len(failed), len(meanwhile))

    @property
    def is_within_canary(self) -> bool:
        # Weights are dealt out exactly: a run of calls that begins and ends with a failed one has
        # one more than its tenth, and one may have been under way when the alias went back.
        return self.failed <= self.meanwhile * CANARY_SHARE + 2


@dataclass
class World:
    """The local cloud, the project whose pushes it releases, and those who call it."""

    root: Path
    endpoint: str
    timeline: Timeline
    clients: dict[str, Client] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=lambda: Traffic({}))

    # ---- the project's owner

    def gen(self, *arguments: str, code: int = 0) -> str:
        """Run gen; give what it printed."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GEN_", "AWS_"))}
        done = subprocess.run(
            [GEN, *arguments], cwd=self.root, env=kept, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
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
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=region,
            aws_access_key_id=ACCOUNT, aws_secret_access_key="local",
            config=Config(retries={"mode": "standard"}, s3={"addressing_style": "path"}),
        )  # fmt: skip

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
            actions = pipelines.list_action_executions(pipelineName=f"{PREFIX}-pipeline")
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
                self.timeline.say(f"{name}{rollback}: {one['status']} {_short(why)}".rstrip())
            if not running:
                self.traffic.hurry(hurried=False)
                return next(r["status"] for r in rows if r["pipelineExecutionId"] == execution)
            time.sleep(0.1)

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


def _short(text: str, most: int = 110) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


@dataclass(frozen=True)
class Moment:
    """What was so at the beginning of a part."""

    began: float
    current: str
    last_good: str
    health: dict[str, str]
    restores: int


class Scenario:
    """The parts, in order; each begins where the one before ended."""

    def __init__(self, world: World, traffic: Traffic) -> None:
        self._world = world
        self._traffic = traffic
        self._say = world.timeline.say

    def _now(self) -> Moment:
        world = self._world
        world.alerts()
        return Moment(
            time.monotonic(), world.pointer("current"), world.pointer("last-good"), world.health(),
            len(world.operations("restore-")),
        )  # fmt: skip

    def run(self) -> None:
        self.first_release_fails_in_the_second_wave()
        self.good_release()
        self.errors_under_traffic()
        self.breaks_in_the_last_region()
        self.alarm_after_the_bake()
        self.events_twice_and_out_of_order()

    # ---- the parts

    def first_release_fails_in_the_second_wave(self) -> None:
        self._part(
            "A first release fails in the second wave, with nothing to roll the stage back to:"
            " the coordinator restores, and is killed in the middle"
        )
        before = self._now()
        arn = f"arn:aws:lambda:{PRIMARY}:{ACCOUNT}:function:{PREFIX}-rollback-coordinator"
        message = {"function": arn, "after": "cloudformation:UpdateStackSet"}
        self._world.control("kill", message)
        with self._world.changed(LIST, LIST + BREAKS_IN_LAST):
            execution = self._world.push("breaks in the last region")
            check(self._world.follow(execution) == "Failed", "the pipeline failed")
        self._world.settle()
        self._restored(before, failing=LAST)
        check(
            all(r.get("executionType") != "ROLLBACK" for r in self._world.executions()),
            "the stage had no execution to go back to",
        )

    def good_release(self) -> None:
        self._part("A good release")
        before = self._now()
        with self._world.changed(LIST, LIST + "    logger.debug('listing')\n"):
            self._keep = (self._world.root / "lambda_code/orders_api/app.py").read_text()
            execution = self._world.push("a good release")
            check(self._world.follow(execution) == "Succeeded", "the pipeline succeeded")
        (self._world.root / "lambda_code/orders_api/app.py").write_text(self._keep)
        self._world.settle()
        after = self._now()
        check(len(set(after.health.values())) == 1, f"one release answers: {after.health}")
        check(after.health != before.health, "the new release answers")
        check(after.current == after.last_good != before.last_good, "it is the last good release")
        check(self._order_of_regions()[0] == CANARY, "the canary region was first")
        self._numbers(before, failing=None)

    def errors_under_traffic(self) -> None:
        self._part("A release that fails under traffic only: stopped in the canary region")
        before = self._now()
        with self._world.changed(LIST, LIST + FAILS):
            execution = self._world.push("fails under traffic")
            check(self._world.follow(execution) == "Failed", "the pipeline failed")
        self._world.settle()
        deployed = {region: self._deployments(region, since=before.began) for region in OTHERS}
        check(not any(deployed.values()), f"other regions never saw it: {deployed}")
        self._rolled_back(before, failing=CANARY)

    def breaks_in_the_last_region(self) -> None:
        self._part("A release that breaks in the last region only: all go back")
        before = self._now()
        with self._world.changed(LIST, LIST + BREAKS_IN_LAST):
            execution = self._world.push("breaks in the last region, again")
            check(self._world.follow(execution) == "Failed", "the pipeline failed")
        self._world.settle()
        check(
            any(r.get("executionType") == "ROLLBACK" for r in self._world.executions()),
            "the stage rolled back",
        )
        self._rolled_back(before, failing=LAST)

    def alarm_after_the_bake(self) -> None:
        self._part("An alarm after the bake: the coordinator restores every region")
        before = self._now()
        with self._world.changed(LIST, LIST + SLOW):
            execution = self._world.push("gets slow later")
            check(self._world.follow(execution) == "Succeeded", "the pipeline succeeded")
        check(self._world.pointer("last-good") != before.last_good, "it was good at first")
        self._traffic.ask_for("/orders?limit=1&slow=yes", region=CANARY)
        self._say(f"callers in {CANARY} wait for seven seconds")
        self._world.until(
            lambda: self._world.pointer("current") == before.current, "the release before it"
        )
        self._traffic.ask_for("/orders?limit=1", region=CANARY)
        self._world.settle()
        self._restored(before, failing=None)

    def events_twice_and_out_of_order(self) -> None:
        self._part("Every event of before once more, twice and out of order: nothing happens")
        before, world = self._now(), self._world
        logs = world.aws("logs")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/events/{PREFIX}-delivery"
        )
        events = [row["message"] for page in pages for row in page["events"]]
        events = [event for event in events if _concerns_coordinator(json.loads(event))] * 2
        random.Random(4).shuffle(events)
        sqs, url, entries = world.aws("sqs"), world.queue("rollback-events"), len(world.history())
        for event in events:
            sqs.send_message(QueueUrl=url, MessageBody=event)
        self._say(f"{len(events)} events sent to the coordinator")
        world.settle()
        after = self._now()
        check(after.restores == before.restores, "no rollback more")
        check(after.health == before.health, "every region answers as before")
        check((after.current, after.last_good) == (before.current, before.last_good), "pointers")
        check(len(world.history()) == entries, "nothing more is recorded")
        lost = world.aws("sqs").get_queue_attributes(
            QueueUrl=world.queue("rollback-events-failed"),
            AttributeNames=["ApproximateNumberOfMessages"],
        )["Attributes"]["ApproximateNumberOfMessages"]
        check(lost == "0", "no event was given up")
        self._numbers(before, failing=None)

    # ---- what must be so

    def _part(self, title: str) -> None:
        self._number = getattr(self, "_number", 0) + 1
        self._world.timeline.part(f"{self._number}. {title}")

    def _rolled_back(self, before: Moment, *, failing: str) -> None:
        """Every region is on the release of before, and the bad one is recorded as such."""
        after = self._now_with_alerts()
        check(after.restores == before.restores, "the coordinator left it to the pipeline")
        self._same_as(before, failing=failing)

    def _restored(self, before: Moment, *, failing: str | None) -> None:
        """The coordinator brought every region back, with one operation."""
        after = self._now_with_alerts()
        new = self._world.operations("restore-")[: after.restores - before.restores]
        check(len(new) == 1, f"one rollback: {[row['OperationId'] for row in new]}")
        check(new[0]["Status"] == "SUCCEEDED", f"it succeeded: {new[0]}")
        self._say(f"restored by operation {new[0]['OperationId']}")
        self._same_as(before, failing=failing)

    def _same_as(self, before: Moment, *, failing: str | None) -> None:
        world = self._world
        health = world.health()
        check(health == before.health, f"every region is on {before.health}, not {health}")
        check(world.pointer("current") == before.current, "current")
        check(world.pointer("last-good") == before.last_good, "last-good")
        last = [row for row in world.history() if row["what"] == "bad"][-1]
        check(last["release"] != before.current, "the bad release is recorded as bad")
        bad = [row["what"] for row in world.history() if row["release"] == last["release"]]
        check(bad.count("bad") == 1, f"once: {bad}")
        check(bool(self._alerts), "people were told")
        self._say(f"{last['release']} is recorded as bad: {_short(str(last.get('reason')), 80)}")
        self._say(f"people were told: {_short('; '.join(self._alerts), 160)}")
        self._numbers(before, failing=failing)

    def _now_with_alerts(self) -> Moment:
        self._alerts = list(dict.fromkeys(self._world.alerts()))
        return self._now()

    def _numbers(self, before: Moment, *, failing: str | None) -> None:
        calls = self._traffic.since(before.began)
        for share in (Share.of(region, calls) for region in REGIONS):
            where = f"{share.region:15} {share.calls:5} calls {share.failed:4} failed"
            rate = share.failed / share.meanwhile if share.meanwhile else 0
            self._say(where + (f" ({rate:.0%} while the canary was out)" if share.failed else ""))
            check(share.calls > 0, f"{share.region} was called")
            if share.region == failing:
                check(share.is_within_canary, f"only the canary's share failed: {share}")
            else:
                check(share.failed == 0, f"no call failed in {share.region}")

    def _order_of_regions(self) -> list[str]:
        """List the regions in the order in which their newest deployment began."""
        began = {r: max(d["createTime"] for d in self._deployments(r)) for r in REGIONS}
        return sorted(began, key=lambda region: began[region])

    def _deployments(self, region: str, *, since: float = 0) -> list[dict[str, Any]]:
        codedeploy = self._world.aws("codedeploy", region)
        ids = codedeploy.list_deployments(
            applicationName=PREFIX, deploymentGroupName=f"{PREFIX}-orders"
        )["deployments"]
        if not ids:
            return []
        found = codedeploy.batch_get_deployments(deploymentIds=ids)["deploymentsInfo"]
        earliest = time.time() - (time.monotonic() - since) if since else 0
        return [one for one in found if one["createTime"].timestamp() >= earliest]


LIST = "def list_orders() -> dict[str, Any]:\n" + (
    '    """Answer one page, newest first; `next` is null on the last one."""\n'
)
# What no test of the project sees, because it happens in Lambda only.
BREAKS_IN_LAST = f"""\
    if "Lambda" in os.environ.get("AWS_EXECUTION_ENV", "") and os.environ["AWS_REGION"] == "{LAST}":
        raise RuntimeError("this region is different")
"""
FAILS = """\
    if "Lambda" in os.environ.get("AWS_EXECUTION_ENV", ""):
        raise RuntimeError("no connection left")
"""
SLOW = """\
    if (api.current_event.query_string_parameters or {}).get("slow"):
        __import__("time").sleep(7)
"""


def _concerns_coordinator(event: dict[str, Any]) -> bool:
    detail = event["detail"]
    match event["source"]:
        case "aws.codedeploy":
            return detail["state"] in ("FAILURE", "STOP")
        case "aws.cloudformation":
            status = detail.get("status-details", {}).get("status")
            return "Operation" in event["detail-type"] and status in ("FAILED", "STOPPED")
        case "aws.codepipeline":
            return "Stage" in event["detail-type"] and detail["state"] == "FAILED"
        case "aws.cloudwatch":
            return detail.get("state", {}).get("value") == "ALARM"
    return False


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


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument(
        "--minute", type=float, default=1.0, help="seconds that a minute of AWS lasts"
    )
    minute = options.parse_args().minute
    timeline = Timeline()
    with tempfile.TemporaryDirectory(prefix="scenario-") as folder:
        root = Path(folder, "project")
        copy_project(root)
        with local_cloud(root / "build" / "local", minute=minute) as endpoint:
            world = World(root, endpoint, timeline)
            world.edit("params/dev.yaml", "strategy: AllAtOnce", STRATEGY)
            world.edit("params/dev.yaml", "latency_p99_ms: 20000", "latency_p99_ms: 5000")
            timeline.part("From a terminal: gen render && gen deploy")
            world.gen("render", "-e", "dev")
            world.gen("deploy", "-e", "dev", "--local")
            timeline.say(f"release {world.pointer('current')} in {', '.join(REGIONS)}")
            world.subscribe()
            world.clients = clients_of(world)
            traffic = world.traffic = Traffic(world.clients)
            traffic.start()
            try:
                Scenario(world, traffic).run()
            finally:
                traffic.stop()
    timeline.part("All of it as it should be.")
    return 0


STRATEGY = "strategy: Canary10Percent5Minutes"

if __name__ == "__main__":
    sys.exit(main())
