"""How long an operation takes, and how long its slowest instance: three regions, two accounts.

    .venv/bin/python benchmarks/concurrency.py

Deploys the sample service to a local cloud of its own, all regions in one wave: once new, once with
another value. An operation is as long as its slowest instance, and not the sum of all, so the ratio
of the two is printed, with what gen itself takes on top. Both come from the same run: the clock of
the operation and the events of its stacks.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).parents[1]
GEN = Path(sys.executable).parent / "gen"
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


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "project")
        for part in ("params", "templates", "lambda_code"):
            shutil.copytree(ROOT / part, root / part)
        (root / "build").mkdir()
        (root / "build" / "cache").symlink_to(ROOT / "build" / "cache")
        (root / "params" / "wide.yaml").write_text(PARAMETERS)
        try:
            endpoint = json.loads(gen(root, "local", "start"))["endpoint"]
            print(f"{'':24} {'slowest':>9} {'operation':>9} {'ratio':>6} {'all of gen':>11}")
            row("six new instances", root, endpoint)
            with (root / "params" / "wide.yaml").open("a") as parameters:
                parameters.write("functions: {orders: {memory: 640}}\n")
            row("another memory for all", root, endpoint)
        finally:
            gen(root, "local", "stop")


def row(title: str, root: Path, endpoint: str) -> None:
    """Render and deploy, then print the last operation's time and its slowest instance's."""
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
    print(f"{title:24} {slowest:8.2f}s {took:8.2f}s {took / slowest:6.2f} {whole:10.2f}s")


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


def gen(root: Path, *arguments: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GEN_", "AWS_"))}
    done = subprocess.run(
        [GEN, *arguments], cwd=root, env=kept, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
