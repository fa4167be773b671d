"""Call a deployed service's API in every region as a client would, and print what it answered.

    python tests/demo.py -e dev        (the local cloud; what `make demo` runs)

Creates an order in each region, reads it back, asks for the region's health, and prints a table
with the region, the release and the status that the functions themselves answered with. Ends with
exit code 1 when any region did not do all of it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

GEN = Path(sys.executable).with_name("gen")
ORDER = {
    "customer": "demo",
    "currency": "EUR",
    "items": [{"sku": "espresso-beans-1kg", "quantity": 2, "unit_price": 1890}],
}


@dataclass(frozen=True)
class Answer:
    """What a region did."""

    region: str
    release: str
    status: str
    order: str
    milliseconds: float
    """Of reading the order back."""
    ok: bool


def gen(*arguments: str) -> Any:
    """Run gen and read the JSON that it prints."""
    done = subprocess.run([GEN, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return json.loads(done.stdout)


class Client:
    """A client of one region's API, by way of the local cloud."""

    def __init__(self, endpoint: str, api_url: str, *, api_key: str | None = None):
        self._key = {"x-api-key": api_key} if api_key else {}
        local, api = urllib.parse.urlsplit(endpoint), urllib.parse.urlsplit(api_url)
        self._address = (str(local.hostname), local.port)
        # The API's real host does not resolve here; named in the header, it finds the same API.
        self._host = api.netloc
        self._base = api.path.rstrip("/")

    def call(
        self, method: str, path: str, body: object = None
    ) -> tuple[int, dict[str, Any], float]:
        """Send one request; give status, answer and milliseconds."""
        connection = http.client.HTTPConnection(*self._address, timeout=30)
        started = time.perf_counter()
        connection.request(
            method,
            self._base + path,
            body=None if body is None else json.dumps(body),
            headers={"Host": self._host, "Content-Type": "application/json", **self._key},
        )
        response = connection.getresponse()
        text = response.read()
        elapsed = (time.perf_counter() - started) * 1000
        connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"unreadable": text.decode(errors="replace")}
        return response.status, answer, elapsed


def api_key(endpoint: str, stack: dict[str, Any]) -> str | None:
    """Fetch the value of a stack's API key, which its outputs name by id only; None without one."""
    key = stack["outputs"].get("ApiKeyId")
    if key is None:
        return None
    gateway = boto3.client(
        "apigateway",
        endpoint_url=endpoint,
        region_name=stack["region"],
        aws_access_key_id=stack["account"],
        aws_secret_access_key="local",
    )
    return str(gateway.get_api_key(apiKey=key, includeValue=True)["value"])


def try_region(region: str, client: Client) -> Answer:
    """Ask for health, create an order, read it back."""
    _, health, _ = client.call("GET", "/health")
    created_status, created, _ = client.call("POST", "/orders", ORDER)
    read_status, read, elapsed = client.call("GET", f"/orders/{created.get('id')}")
    ok = (
        (created_status, read_status) == (201, 200)
        and read == created
        and health.get("status") == "ok"
        and health.get("region") == region
    )
    return Answer(
        region=region,
        release=str(health.get("release", health))[:12],
        status=str(health.get("status", "?")),
        order=f"{created.get('id')} {created.get('total')} {created.get('currency')}"
        if ok
        else f"POST {created_status}, GET {read_status}: {read}",
        milliseconds=elapsed,
        ok=ok,
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("-e", "--env", default="dev")
    environment = options.parse_args().env
    stacks = gen("outputs", "-e", environment, "--local")
    endpoint = gen("local", "status")["endpoint"]
    answers = [
        try_region(
            stack["region"],
            Client(endpoint, stack["outputs"]["ApiUrl"], api_key=api_key(endpoint, stack)),
        )
        for stack in stacks
        if stack["unit"] == "service"
    ]
    print(
        f"\n{'region':15} {'release':13} {'status':7} {'latency':>8}  order written and read back"
    )
    for answer in answers:
        print(
            f"{answer.region:15} {answer.release:13} {answer.status:7}"
            f" {answer.milliseconds:5.0f} ms  {answer.order}"
        )
    return 0 if answers and all(answer.ok for answer in answers) else 1


if __name__ == "__main__":
    sys.exit(main())
