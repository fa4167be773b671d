"""How planning grows: up to 100,000 stack instances, in a simulated account.

    .venv/bin/python -m benchmarks scale [--latency SECONDS] [--plot FILE] [--foreign] [ACCOUNTS...]

Ten sets in twenty regions of so many accounts. Of the sets one has another template, one gets an
account more, one has values of their own for five instances, one loses a region, one has failed
instances; the others are as they should be. Each size runs in a process of its own. Printed are the
time that `gen plan` takes (reading, deciding, and writing it as text and as JSON), the processor's
part of it, the most memory, and the calls: none but pages of listings, two for each set, and one
for each instance whose own values no listing tells.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.plot import svg
from benchmarks.simulated import (
    HOME,
    LAST,
    PAGE,
    REGIONS,
    TOOLS,
    SimulatedCloud,
    SimulatedSet,
    accounts,
)

ROOT = Path(__file__).parents[1]
SETS = 10
SIZES = (1, 5, 50, 150, 500)
OWN = 5
"""Instances with values of their own."""
FAILED_EVERY = 100
LIMIT_SECONDS, LIMIT_MEGABYTES = 60.0, 1024.0
TAGS = {"Owner": "team", "Project": "orders"}


@dataclass(frozen=True, slots=True)
class Measure:
    """What one size took."""

    instances: int
    seconds: float
    processor_seconds: float
    megabytes: float
    calls: dict[str, int]
    expected: dict[str, int]
    to_do: int
    """Calls that the plan would make."""


def template(memory: int, functions: int = 60) -> str:
    """Write a template as big as a service's."""
    lines = ["Parameters:", "  LogLevel: {Type: String, Default: INFO}"]
    lines += [f"  Memory{n}: {{Type: Number, Default: {memory}}}" for n in range(functions)]
    lines.append("Resources:")
    for n in range(functions):
        lines += [
            f"  Function{n}:",
            "    Type: AWS::Lambda::Function",
            "    Properties:",
            f"      FunctionName: orders-{n}",
            f"      MemorySize: !Ref Memory{n}",
            '      Role: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/orders"',
            "      Environment: {Variables: {LEVEL: !Ref LogLevel}}",
        ]
    return "\n".join(lines) + "\n"


def measure(number: int, *, latency: float, last_operation: str = LAST) -> Measure:
    """Plan once."""
    from rich.console import Console

    from generator.build.manifest import BuiltUnit, InstanceParameters, Manifest
    from generator.deploy.planning import Planner
    from generator.plan.schemas import FILE
    from generator.report.plan import picture
    from generator.units import Kind

    names, text = accounts(number), template(256)
    parameters = {"LogLevel": "INFO"}
    units, sets = list[BuiltUnit](), list[SimulatedSet]()
    for index in range(SETS):
        wanted, regions, own = list(names), REGIONS, ()
        there = SimulatedSet(f"orders-{index}", text, parameters, TAGS, names,
                             last_operation=last_operation)  # fmt: skip
        match index:
            case 1:
                there.template = template(128)
            case 2:
                wanted.append("9" * 12)
            case 3:
                pairs = [(names[0], region) for region in REGIONS[:OWN]]
                own = tuple(InstanceParameters(*pair, {"LogLevel": "DEBUG"}) for pair in pairs)
            case 4:
                regions = REGIONS[:-1]
            case 5:
                there.failed_every = FAILED_EVERY
        waves = tuple(
            tuple((account, region) for region in wave for account in wanted)
            for wave in (regions[:1], regions[1:5], regions[5:])
        )
        sets.append(there)
        units.append(
            BuiltUnit(
                name=f"service-{index}", kind=Kind.STACK_SET, stack_name=there.name,
                template="templates/service.yaml", sources="", parameters=parameters, waves=waves,
                needs_code=False, capabilities=("CAPABILITY_NAMED_IAM",), overrides=own,
            )
        )  # fmt: skip
    manifest = Manifest(
        project="orders", environment="scale", release="0", inputs="", tools_account=TOOLS,
        primary_region=HOME, administration_role=f"arn:aws:iam::{TOOLS}:role/admin",
        execution_role="exec", assume_role=None, artifact_buckets={}, tags=TAGS, bake_minutes=0,
        health_function=None, units=tuple(units), functions=(), files={},
    )  # fmt: skip
    cloud = SimulatedCloud(sets, latency=latency)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "templates").mkdir()
        (Path(folder) / "templates" / "service.yaml").write_text(text)
        (Path(folder) / FILE).write_text("{}")
        started, busy = time.perf_counter(), time.process_time()
        plan = Planner(manifest, Path(folder), cloud).plan()
        plan.to_json()
        Console(file=io.StringIO(), width=100).print(picture(plan, everything=False))
        seconds, processor = time.perf_counter() - started, time.process_time() - busy
    each = number * len(REGIONS)
    asked = OWN + -(-each // FAILED_EVERY)
    if last_operation != LAST:
        asked = SETS * each - number  # all but those of the region that is no target any more
    return Measure(
        instances=SETS * each,
        seconds=seconds,
        processor_seconds=processor,
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        calls=dict(cloud.calls),
        expected={
            "ListStackInstances": SETS * -(-each // PAGE),
            "DescribeStackSet": SETS,
            "ListStackSetOperations": SETS,
            "DescribeStackInstance": asked,
        },
        to_do=sum(len(unit.calls) for unit in plan.units),
    )


def in_a_process_of_its_own(number: int, *, latency: float, foreign: bool) -> Measure:
    """Measure where nothing has been loaded or kept before."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.scale",
        "--one",
        "--latency",
        str(latency),
        str(number),
    ]
    command += ["--foreign"] if foreign else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return Measure(**json.loads(done.stdout))


def row(one: Measure) -> str:
    """Write a row of the table."""
    counted = Counter(one.calls)
    cells = (
        f"{one.instances:9,}", f"{one.seconds:7.1f}", f"{one.processor_seconds:7.1f}",
        f"{one.megabytes:7.0f}", f"{sum(counted.values()):7,}",
        f"{counted['ListStackInstances']:7,}", f"{counted['DescribeStackInstance']:9,}",
        f"{one.to_do:6}",
    )  # fmt: skip
    return " ".join(cells)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("accounts", nargs="*", type=int)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds that a call takes")
    parser.add_argument("--plot", type=Path, help="where to draw it, as SVG")
    parser.add_argument(
        "--foreign", action="store_true",
        help="another tool's operation was the last one: every instance is asked for its values",
    )  # fmt: skip
    parser.add_argument("--one", action="store_true", help="measure one size, and print it as JSON")
    options = parser.parse_args(arguments)
    if options.one:
        last = "another-tools" if options.foreign else LAST
        one = measure(options.accounts[0], latency=options.latency, last_operation=last)
        print(json.dumps({name: getattr(one, name) for name in Measure.__slots__}))
        return
    print(f"{SETS} sets, {len(REGIONS)} regions, {options.latency:g} s a call\n")
    print("instances seconds    busy      MB   calls   pages  instance  to do")
    measures = []
    for number in options.accounts or SIZES:
        one = in_a_process_of_its_own(number, latency=options.latency, foreign=options.foreign)
        measures.append(one)
        print(row(one), flush=True)
        if one.calls != one.expected:
            sys.exit(f"not the expected calls: {one.expected}")
    if options.plot:
        lines = {
            "seconds": [(m.instances, m.seconds) for m in measures],
            "processor seconds": [(m.instances, m.processor_seconds) for m in measures],
            "calls": [(m.instances, sum(m.calls.values())) for m in measures],
            "megabytes": [(m.instances, m.megabytes) for m in measures],
        }
        options.plot.write_text(svg("gen plan", "stack instances", lines))
    last = measures[-1]
    if last.seconds > LIMIT_SECONDS or last.megabytes > LIMIT_MEGABYTES:
        sys.exit(f"over the limit of {LIMIT_SECONDS:g} s and {LIMIT_MEGABYTES:g} MB")


if __name__ == "__main__":
    main()
