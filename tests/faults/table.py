"""Deploy an environment with every fault, and print what became of it: `make faults`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import shell
from faults.disturbances import DISTURBANCES
from faults.harness import HEADING, DeploymentError, Harness, Row
from local.conftest import LocalCloud, copy_project, start_cloud

SMALL = Path(__file__).with_name("small.yaml")
REGIONS = ["eu-central-1", "us-east-1", "us-west-2"]
ACCOUNTS = {"prod": ["111111111111", "222222222222"]}


def rows(harness: Harness, only: str, writes: list[int]) -> Iterator[tuple[str, Callable[[], Row]]]:
    """Name every disturbance, in the order of the calls."""
    if "undisturbed" in only:
        yield "undisturbed", lambda: harness.disturbed("undisturbed")
    if "faults" in only:
        for name, rules in DISTURBANCES.items():
            yield name, lambda name=name, rules=rules: harness.disturbed(name, *rules)
    if "chains" in only:
        for effect in ("hold-before", "hold-after"):
            yield "chain", lambda effect=effect: harness.chain(effect)
    if "kills" in only:
        for number in writes or range(1, len(harness.writes) + 1):
            for effect in ("hold-before", "hold-after"):
                yield f"write {number}", lambda e=effect, n=number: harness.killed(e, n)


def prepare(folder: Path, environment: str, cloud: LocalCloud) -> Iterator[tuple[str, Harness]]:
    """Give the environment's first deployment, and a change of code to what that made."""
    accounts = ACCOUNTS.get(environment, ["111111111111"])
    base = copy_project(folder / "project", cloud)
    (base.root / "params" / SMALL.name).write_text(SMALL.read_text())
    created = Harness(base, environment, accounts, REGIONS)
    created.prepare()
    yield "creation", created
    changed = copy_project(folder / "changed", cloud)
    (changed.root / "params" / SMALL.name).write_text(SMALL.read_text())
    changed.edit("lambda_code/orders_api/app.py", "from __future__", "# a line\nfrom __future__")
    updated = Harness(changed, environment, accounts, REGIONS, base=base)
    updated.prepare()
    yield "change", updated


def main() -> int:
    """Print the table; 0 when every end state was the undisturbed one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-e", "--env", default="prod")
    parser.add_argument("--only", default="undisturbed,faults,chains,kills")
    parser.add_argument("--of", default="creation,change")
    parser.add_argument("--writes", default="", help="kills at these only: 9,20")
    options = parser.parse_args()
    shell.forget()
    writes = [int(number) for number in options.writes.split(",") if number]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="gen-faults-", ignore_cleanup_errors=True) as folder:
        cloud = start_cloud(Path(folder) / "cloud")
        try:
            for what, harness in prepare(Path(folder), options.env, cloud):
                if what not in options.of:
                    continue
                print(f"{what} of params/{options.env}.yaml: {len(harness.writes)} writes")
                print(HEADING, flush=True)
                failed += sum(bool(row.differences) for row in play(harness, options.only, writes))
        finally:
            cloud.stop()
    print(f"{failed} end states differ" if failed else "every end state is the undisturbed one")
    return min(failed, 1)


def play(harness: Harness, only: str, writes: list[int]) -> Iterator[Row]:
    """Disturb one deployment after the other, and print what each left."""
    for name, disturb in rows(harness, only, writes):
        try:
            row = disturb()
        except DeploymentError as error:
            row = Row(name, "", 1, [str(error)], 0.0)
        print(row, flush=True)
        yield row


if __name__ == "__main__":
    sys.exit(main())
