"""Time whole commands: starting up, rendering, and stock cfn-lint on the same templates.

    .venv/bin/python benchmarks/commands.py [RUNS]

Prints minimum, median and maximum of the wall time in seconds, after one run that is not counted.
Machines differ and are noisy: compare rows of one run, never of two.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def seconds(command: list[str], runs: int) -> list[float]:
    """Run a command once for warmth, then `runs` times."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        times.append(time.perf_counter() - started)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return times[1:]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    gen = str(BIN / "gen")
    subprocess.run([gen, "render", "-e", "dev"], cwd=ROOT, check=True, capture_output=True)
    templates = sorted(map(str, (ROOT / "build" / "dev" / "templates").glob("*.yaml")))
    regions = ["us-east-1", "us-west-2", "eu-central-1"]
    commands = {
        "gen --help": [gen, "--help"],
        "gen schema": [gen, "schema"],
        "gen render": [gen, "render", "-e", "dev"],
        "cfn-lint": [str(BIN / "cfn-lint"), "--regions", *regions, "--", *templates],
    }
    print(f"{'command':12} {'min':>7} {'median':>7} {'max':>7}   ({runs} runs)")
    for name, command in commands.items():
        times = seconds(command, runs)
        middle = statistics.median(times)
        print(f"{name:12} {min(times):7.2f} {middle:7.2f} {max(times):7.2f}")


if __name__ == "__main__":
    main()
