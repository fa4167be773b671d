"""The function as its runtime starts it: a process of its own, its folder as the root."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

FUNCTION = Path(__file__).parents[2] / "lambda_code" / "orders_api"

REQUESTS = """
import json, sys, time
from types import SimpleNamespace

import app

NOT_FOR_HEALTH = ("boto3", "pydantic", "requests", "aws_lambda_powertools.utilities.validation")
event = {
    "rawPath": "/health",
    "headers": {},
    "requestContext": {
        "requestId": "r", "stage": "$default", "http": {"method": "GET", "path": "/health"},
    },
}
context = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1, invoked_function_arn="a", aws_request_id="r"
)
began = time.perf_counter()
statuses = {app.handler(event, context)["statusCode"] for _ in range(20)}
print(json.dumps({
    "statuses": list(statuses),
    "seconds": time.perf_counter() - began,
    "tracing": not app.tracer.disabled,
    "loaded": [name for name in NOT_FOR_HEALTH if name in sys.modules],
}))
"""


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    """Answer twenty requests in a process with only this environment."""
    return subprocess.run(
        [sys.executable, "-c", REQUESTS],
        cwd=FUNCTION,
        env={"PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def start(**environment: str) -> dict[str, object]:
    """Answer twenty requests, writing nothing that is not JSON; give what the last line says."""
    done = run(ORDERS_TABLE="orders", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()][-1]  # type: ignore[no-any-return]


def test_without_its_table_it_fails_before_there_is_a_handler():
    done = run()
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("RuntimeError: ORDERS_TABLE is not set")


def test_it_starts_with_nothing_but_its_table_and_loads_only_what_it_needs():
    report = start()
    assert report["statuses"] == [200]
    assert report["tracing"] is False
    assert report["loaded"] == []


LAMBDA = {
    "LAMBDA_TASK_ROOT": str(FUNCTION),
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9",  # nobody listens
}


@pytest.mark.parametrize(
    "trace", [{}, {"_X_AMZN_TRACE_ID": f"Root=1-5759e988-{'b' * 24};Parent={'5' * 16};Sampled=1"}]
)
def test_a_missing_xray_daemon_neither_slows_nor_fails_a_request(trace: dict[str, str]):
    report = start(**LAMBDA, **trace)
    assert report["tracing"] is True
    assert report["statuses"] == [200]
    assert float(str(report["seconds"])) < 1


def test_tracing_can_be_switched_off():
    assert start(**LAMBDA, POWERTOOLS_TRACE_DISABLED="true")["tracing"] is False


@pytest.mark.parametrize("when", ["provisioned-concurrency", "snap-start"])
def test_made_before_its_first_request_it_has_opened_the_table_by_then(when: str):
    place = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    assert "boto3" in start(**place, AWS_LAMBDA_INITIALIZATION_TYPE=when)["loaded"]
    assert start(**place, AWS_LAMBDA_INITIALIZATION_TYPE="on-demand")["loaded"] == []
