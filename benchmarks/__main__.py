"""How fast everything is, in one run: ratios of commands that were run by turns.

    python -m benchmarks [PART …] [--runs N] [--write]
    python -m benchmarks scale …

Without a part all of them run. `--write` puts what was measured into docs/speed.md. `scale`, how
planning grows, has options and a page of its own (docs/scale.md).
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import commands, deployments, functions, peers, scale, size
from benchmarks.measure import SHORT
from benchmarks.plot import svg
from benchmarks.project import ROOT
from benchmarks.table import Row, comparison, markdown, put

PAGE = ROOT / "docs" / "speed.md"
RUNS = 3
Rows = Callable[[Path, int], Sequence[Row]]


def _compare(rows: Rows) -> Callable[[Path, int], tuple[str, bool]]:
    """Make a part of rows that compare."""

    def part(scratch: Path, runs: int) -> tuple[str, bool]:
        found = list(rows(scratch, runs))
        return comparison(found), all(row.is_kept for row in found)

    return part


def _deploy(scratch: Path, runs: int) -> tuple[str, bool]:
    head = ("what", "s (range)", "processor s", "at most")
    rows = list(deployments.deploy(scratch, runs))
    return markdown(head, rows), not any("missed" in row[-1] for row in rows)


def _concurrency(scratch: Path, _: int) -> tuple[str, bool]:
    head = ("what", "slowest s", "operation s", "ratio", "all of gen s")
    return markdown(head, deployments.concurrency(scratch)), True


def _size(scratch: Path, _: int) -> tuple[str, bool]:
    found = list(size.sizes(scratch))
    by_functions = found[: len(size.FUNCTIONS)]
    lines = {
        "processor s": [(float(one.functions), one.processor) for one in by_functions],
        "MB": [(float(one.functions), one.template_bytes / 1e6) for one in by_functions],
    }
    drawn = svg("gen render, without the proof", "functions", lines)
    (ROOT / "docs" / "speed.svg").write_text(drawn, encoding="utf-8")
    grown = markdown(size.HEAD, [one.cells() for one in found])
    return f"{grown}\n\n{markdown(size.PROOF_HEAD, list(size.proofs(scratch)))}", True


PARTS: dict[str, Callable[[Path, int], tuple[str, bool]]] = {
    "start": _compare(lambda *given: list(commands.start(*given))),
    "render": _compare(lambda *given: list(commands.render(*given))),
    "functions": _compare(lambda *given: list(functions.functions(*given))),
    "deploy": _deploy,
    "concurrency": _concurrency,
    "size": _size,
}


def main() -> None:
    """Measure the parts that were asked for; exit with 1 when a promise was missed."""
    if sys.argv[1:2] == ["scale"]:
        scale.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART",
                        help=", ".join(PARTS))  # fmt: skip
    parser.add_argument("--runs", type=int, default=RUNS, help="rounds of the slow commands")
    parser.add_argument("--write", action="store_true", help="put it into docs/speed.md")
    options = parser.parse_args()
    began, kept = time.perf_counter(), True
    machine = _machine(options.runs)
    print(machine)
    for name in options.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="gen-bench-") as scratch:
            text, is_kept = PARTS[name](Path(scratch), options.runs)
        kept &= is_kept
        print(f"\n{name}\n{text}", flush=True)
        if options.write:
            put(PAGE, name, f"{text}\n\n{machine}")
    print(f"\n{time.perf_counter() - began:.0f} seconds in all")
    sys.exit(not kept)


def _machine(runs: int) -> str:
    """Say where and how often this is measured, and how busy the machine is."""
    absent = peers.missing()
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python"
        f" {platform.python_version()}; {runs} rounds ({SHORT * runs} of short commands), after one"
        f" that is not counted; {os.getloadavg()[0]:.1f} processes were busy as it began."
        + (f" Not installed here: {', '.join(absent)}." if absent else "")
    )


if __name__ == "__main__":
    main()
