"""How rendering grows: 1 to 200 functions, 1 to 33 regions.

A service is one template, and CloudFormation takes 500 resources in one. A function with a route
has 17, so a service ends at 27 functions; more of them are several services, each an environment
(or a project) of its own, with its own build, release and rollback. That is how they are measured
here: 25 functions a service.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measure import Command
from benchmarks.project import BIN, ROOT, RULES, copy_to

A_SERVICE = 25
FUNCTIONS = (1, 5, 25, 50, 100, 200)
REGIONS = tuple(
    """us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 sa-east-1 mx-central-1
    eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
    ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4
    ap-southeast-5 ap-southeast-7 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-east-1 ap-east-2
    me-south-1 me-central-1 af-south-1 il-central-1""".split()
)
WIDTHS, WIDE = (1, 3, 10, 33), 10
"""Regions, and functions in all of them."""
PROVEN = ((1, 3), (5, 3), (25, 3), (5, 33))
"""Functions and regions of services that are judged."""


@dataclass(frozen=True, slots=True)
class Size:
    """What rendering so much took."""

    functions: int
    services: int
    regions: int
    passed: float
    """Seconds."""
    processor: float
    template_bytes: int
    all_bytes: int

    def cells(self) -> list[str]:
        """Write it down."""
        return [
            f"{self.functions}", f"{self.services}", f"{self.regions}", f"{self.passed:.2f}",
            f"{self.processor:.2f}", f"{1000 * self.processor / self.functions:.0f}",
            f"{self.template_bytes:,}", f"{self.all_bytes:,}",
        ]  # fmt: skip


HEAD = (
    "functions", "services", "regions", "s", "processor s", "ms a function", "bytes of templates",
    "bytes of builds",
)  # fmt: skip


def batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Part a list; itertools.batched is not in Python 3.11."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def write_services(root: Path, functions: int, regions: int) -> list[str]:
    """Write the parameter files of as many functions; name the environments."""
    for file in (root / "params").iterdir():
        file.unlink()
    environments = []
    for number, names in enumerate(batches(range(functions), A_SERVICE)):
        environments.append(f"s{number:02}")
        parameters = {
            "project": "shop",
            "environment": environments[-1],
            "tags": {"Owner": "benchmark", "CostCenter": "none"},
            "regions": {
                "primary": REGIONS[0],
                "waves": [list(wave) for wave in batches(REGIONS[:regions], 7)],
            },
            "targets": {"tools_account": "111111111111"},
            "functions": {
                f"worker-{name:03}": {
                    "source": "lambda_code/order_events",
                    "handler": "app.handler",
                    "routes": [f"GET /work/{name}"],
                }
                for name in names
            },
            "pipeline": {"source": {"type": "codecommit", "repository": "shop"}},
        }
        (root / "params" / f"{environments[-1]}.yaml").write_text(yaml.safe_dump(parameters))
    return environments


def measure(root: Path, functions: int, regions: int) -> Size:
    """Make and write the builds of so many functions, with nobody who judges them."""
    from generator.build.folder import write
    from generator.build.make import make
    from generator.config import load
    from generator.lint import workers

    workers.judge = lambda questions, **_: [[] for _ in questions]
    environments = write_services(root, functions, regions)
    began, busy = time.perf_counter(), time.process_time()
    builds = []
    for environment in environments:
        build = make(root, load(root, environment), cache=root / "build" / "cache")
        write(root, environment, build.files)
        builds.append(build.files)
    return Size(
        functions, len(environments), regions, time.perf_counter() - began,
        time.process_time() - busy,
        sum(len(t) for b in builds for name, t in b.items() if name.startswith("templates/")),
        sum(len(t) for b in builds for t in b.values()),
    )  # fmt: skip


def sizes(scratch: Path) -> Iterator[Size]:
    """Measure every size, each in a process where nothing was loaded or kept before."""
    root = copy_to(scratch / "sizes")
    in_a_process_of_its_own(root, 1, 3)  # what only the first build ever looks up
    for functions in FUNCTIONS:
        yield in_a_process_of_its_own(root, functions, 3)
    for regions in WIDTHS:
        yield in_a_process_of_its_own(root, WIDE, regions)


def in_a_process_of_its_own(root: Path, functions: int, regions: int) -> Size:
    command = [sys.executable, "-m", "benchmarks.size", root, str(functions), str(regions)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return Size(**json.loads(done.stdout))


PROOF_HEAD = ("functions in the service", "regions", "bytes", "processor s", "of the first")


def proofs(scratch: Path) -> Iterator[list[str]]:
    """Have cfn-lint with gen's rules judge services of growing size, for few regions and all."""
    root = scratch / "sizes"
    least = 0.0
    for functions, regions in PROVEN:
        in_a_process_of_its_own(root, functions, regions)
        template = root / "build" / "s00" / "templates" / "service.yaml"
        judge = [
            BIN / "cfn-lint", "--format", "quiet", "--non-zero-exit-code", "error",
            "--regions", *REGIONS[:regions], "--append-rules", RULES, "--", template,
        ]  # fmt: skip
        took = Command([judge], root).run().processor
        least = least or took
        yield [
            f"{functions}", f"{regions}", f"{template.stat().st_size:,}", f"{took:.2f}",
            f"{took / least:.2f}",
        ]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asdict(measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))))
