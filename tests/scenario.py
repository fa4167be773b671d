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
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shell
from traffic import Share, Traffic
from world import (
    ACCOUNT,
    CANARY,
    LAST,
    LIST,
    OTHERS,
    PREFIX,
    PRIMARY,
    REGIONS,
    Timeline,
    World,
    check,
    clients_of,
    copy_project,
    local_cloud,
    short,
)


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
        with self._world.changed(LIST, LIST + FAILS_LATER):
            execution = self._world.push("fails for one customer")
            check(self._world.follow(execution) == "Succeeded", "the pipeline succeeded")
        check(self._world.pointer("last-good") != before.last_good, "it was good at first")
        self._say(f"customer 7 of {CANARY} comes back")
        self._world.until(
            lambda: self._customer_calls() and self._world.pointer("current") == before.current,
            "the release before it",
        )
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

    def _customer_calls(self) -> bool:
        """Call as somebody whose requests only the bad release can't answer; not counted."""
        for _ in range(5):
            self._world.clients[CANARY].call("GET", "/orders?limit=1&customer=7")
        return True

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
        self._say(f"{last['release']} is recorded as bad: {short(str(last.get('reason')), 80)}")
        self._say(f"people were told: {short('; '.join(self._alerts), 160)}")
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


# What no test of the project sees, because it happens in Lambda only.
BREAKS_IN_LAST = f"""\
    if "Lambda" in os.environ.get("AWS_EXECUTION_ENV", "") and os.environ["AWS_REGION"] == "{LAST}":
        raise RuntimeError("this region is different")
"""
FAILS = """\
    if "Lambda" in os.environ.get("AWS_EXECUTION_ENV", ""):
        raise RuntimeError("no connection left")
"""
FAILS_LATER = """\
    if (api.current_event.query_string_parameters or {}).get("customer") == "7":
        raise RuntimeError("customer 7 is different")
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
            return "Stage" in event["detail-type"] and detail["state"] in ("FAILED", "CANCELED")
        case "aws.cloudwatch":
            return detail.get("state", {}).get("value") == "ALARM"
    return False


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument(
        "--minute", type=float, default=0.7, help="seconds that a minute of AWS lasts"
    )
    minute = options.parse_args().minute
    shell.forget()
    timeline = Timeline()
    with tempfile.TemporaryDirectory(prefix="scenario-") as folder:
        root = Path(folder, "project")
        copy_project(root)
        with local_cloud(root / "build" / "local", minute=minute) as endpoint:
            world = World(root, endpoint, timeline)
            world.edit("params/dev.yaml", "strategy: AllAtOnce", STRATEGY)
            world.edit("params/dev.yaml", "bake_minutes: 2", "bake_minutes: 1")
            timeline.part("From a terminal: gen render && gen deploy")
            world.gen("render", "-e", "dev")
            world.gen("deploy", "-e", "dev", "--local")
            timeline.say(f"release {world.pointer('current')} in {', '.join(REGIONS)}")
            world.subscribe()
            world.clients = clients_of(world)
            traffic = world.traffic = Traffic(world.clients)
            world.control("clock", {"calls_a_minute": CALLS_A_MINUTE})
            traffic.start()
            try:
                Scenario(world, traffic).run()
            finally:
                traffic.stop()
    timeline.part("All of it as it should be.")
    return 0


CALLS_A_MINUTE = 10
"""A canary's minute lasts until its alias had so many: one of them gets the new version."""
STRATEGY = "strategy: Canary10Percent5Minutes"

if __name__ == "__main__":
    sys.exit(main())
