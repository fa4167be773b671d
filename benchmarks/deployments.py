"""Deployments to the local cloud: with nothing to do, and as wide as they are.

An operation is as long as its slowest instance, and not the sum of all: so the ratio of the two is
told, beside what gen takes altogether. Both come from the same deployment: the clock of the
operation and the events of its stacks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3

from benchmarks.measure import SHORT, Rounds
from benchmarks.project import copy_to, gen, gen_command

ACCOUNTS = ("111111111111", "222222222222")
REGIONS = ("us-east-1", "us-west-2", "eu-central-1")
PARAMETERS = f"""\
environment: wide
tags: {{Owner: benchmark, CostCenter: none}}
regions: {{primary: us-east-1, waves: [[{", ".join(REGIONS)}]]}}
targets:
  tools_account: "{ACCOUNTS[0]}"
  accounts: ["{ACCOUNTS[0]}", "{ACCOUNTS[1]}"]
  assume_role: OrganizationAccountAccessRole
delivery: {{strategy: AllAtOnce, alarms: {{latency_p99_ms: 60000}}}}
"""
SET = "orders-wide-service"


LIMIT_SECONDS = 3.0
"""For a deployment that has nothing to do."""


def deploy(scratch: Path, runs: int) -> Iterator[list[str]]:
    """Deploy prod twice: from the second time on there is nothing to do."""
    root = copy_to(scratch / "unchanged")
    try:
        gen(root, "local", "start")
        gen(root, "render", "-e", "prod")
        gen(root, "deploy", "-e", "prod", "--local")
        again = "`gen deploy --local`, nothing to do"
        rounds = Rounds({again: gen_command(root, "deploy", "-e", "prod", "--local")}, runs * SHORT)
        passed = [run.passed for run in rounds.runs[again]]
        missed = "" if rounds.seconds(again) <= LIMIT_SECONDS else " **(missed)**"
        yield [
            again, f"**{rounds.seconds(again):.2f}** ({min(passed):.2f} to {max(passed):.2f})",
            f"{rounds.processor(again):.2f}", f"{LIMIT_SECONDS:g}{missed}",
        ]  # fmt: skip
    finally:
        gen(root, "local", "stop")


def concurrency(scratch: Path) -> Iterator[list[str]]:
    """Deploy to three regions of two accounts at once: new instances, then another value."""
    root = copy_to(scratch / "wide")
    parameters = root / "params" / "wide.yaml"
    parameters.write_text(PARAMETERS)
    try:
        endpoint = json.loads(gen(root, "local", "start"))["endpoint"]
        yield row("six new instances", root, endpoint)
        with parameters.open("a") as file:
            file.write("functions: {orders: {memory: 640}}\n")
        yield row("another memory for all", root, endpoint)
    finally:
        gen(root, "local", "stop")


def row(title: str, root: Path, endpoint: str) -> list[str]:
    """Render and deploy; give the last operation's time and its slowest instance's."""
    gen(root, "render", "-e", "wide")
    began = time.perf_counter()
    gen(root, "deploy", "-e", "wide", "--local")
    whole = time.perf_counter() - began
    sets = client(endpoint, ACCOUNTS[0], REGIONS[0])
    operation = sets.list_stack_set_operations(StackSetName=SET)["Summaries"][0]
    took = (operation["EndTimestamp"] - operation["CreationTimestamp"]).total_seconds()
    instances = sets.list_stack_instances(StackSetName=SET)["Summaries"]
    slowest = max(
        seconds(client(endpoint, one["Account"], one["Region"]), one["StackId"])
        for one in instances
        if one["LastOperationId"] == operation["OperationId"]
    )
    return [title, f"{slowest:.2f}", f"{took:.2f}", f"{took / slowest:.2f}", f"{whole:.2f}"]


def seconds(cloudformation: Any, stack: str) -> float:
    """Give how long a stack's latest operation took."""
    ended: datetime | None = None
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            if event["ResourceType"] != "AWS::CloudFormation::Stack":
                continue
            ended = ended or event["Timestamp"]
            if event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
                return float((ended - event["Timestamp"]).total_seconds())
    raise LookupError(f"{stack} has no beginning")


def client(endpoint: str, account: str, region: str) -> Any:
    return boto3.client(
        "cloudformation", region_name=region, endpoint_url=endpoint,
        aws_access_key_id=account, aws_secret_access_key="local",
    )  # fmt: skip
