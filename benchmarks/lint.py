"""How much longer cfn-lint takes with the rule pack: each run next to one without, by turns.

    python benchmarks/lint.py                     # the rendered units of prod
    python benchmarks/lint.py --pairs 5 FILE…     # these files

Each run is a process of its own, `cfn-lint FILE…` as people start it, once with `--append-rules`.
The ratio of each pair is taken on its own, since what a machine does besides changes by the minute;
the middle one counts.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from generator.lint.linter import RULES

ROOT = Path(__file__).parents[1]
ALLOWED = 1.25
"""As much as the pack may cost, of what cfn-lint takes without it."""


def main() -> None:
    """Print each pair and the ratio in the middle; exit with 1 when it is more than allowed."""
    parser = argparse.ArgumentParser(description="cfn-lint with the rule pack and without it")
    parser.add_argument(
        "files", nargs="*", default=sorted((ROOT / "build/prod/templates").glob("*"))
    )
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--regions", default="us-east-1,eu-central-1,ap-southeast-2")
    options = parser.parse_args()
    if not options.files:
        sys.exit("there is nothing to judge: name files, or run gen render -e prod first")
    files = [str(file) for file in options.files]
    command = [
        str(Path(sys.executable).with_name("cfn-lint")), "--regions",
        *options.regions.split(","), "--format", "quiet",
    ]  # fmt: skip
    with_pack = [*command, "--append-rules", str(RULES)]
    ratios = []
    print(f"{len(files)} files, {options.pairs} pairs; seconds of processor time (and passed)")
    for pair in range(options.pairs):
        # By turns, so that neither always finds what the other has warmed up.
        order = [command, with_pack] if pair % 2 else [with_pack, command]
        took = {len(each): measured([*each, "--", *files]) for each in order}
        stock, ours = took[len(command)], took[len(with_pack)]
        ratios.append(ours[0] / stock[0])
        print(f"stock {stock[0]:6.2f} ({stock[1]:6.2f})   with pack {ours[0]:6.2f}"
              f" ({ours[1]:6.2f})   ratio {ratios[-1]:.3f}")  # fmt: skip
    middle = statistics.median(ratios)
    print(f"ratio {middle:.3f}, allowed {ALLOWED}")
    sys.exit(middle > ALLOWED)


def measured(command: list[str]) -> tuple[float, float]:
    """Run a command; give its processor time and the time that passed, in seconds."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    after, passed = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begun
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, passed


if __name__ == "__main__":
    main()
